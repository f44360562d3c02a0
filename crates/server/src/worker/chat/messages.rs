//! The messages of a request, as chat templates read them.

use api::openai::Message;
use native::ChatMessage;
use serde_json::Value;

use crate::worker::openai::OpenAiError;

/// Reads the messages of a request.
///
/// # Errors
/// Where there are none, or one holds what is not text.
pub fn messages(messages: &[Message]) -> Result<Vec<ChatMessage>, OpenAiError> {
    if messages.is_empty() {
        return Err(OpenAiError::param("messages", "`messages` is empty"));
    }
    let read = |(number, message): (usize, &Message)| match message.text() {
        Some(content) => Ok(read(message, content)),
        None => {
            let why = format!("message {number} holds a part that is not text");
            Err(OpenAiError::param("messages", why))
        }
    };
    messages.iter().enumerate().map(read).collect()
}

fn read(message: &Message, content: String) -> ChatMessage {
    // What OpenAI calls a developer, templates call the system.
    let role = if message.role == "developer" { "system" } else { &message.role };
    let mut calls = message.tool_calls.clone().unwrap_or_default();
    calls.iter_mut().for_each(read_arguments);
    ChatMessage {
        tool_calls: calls,
        tool_call_id: message.tool_call_id.clone(),
        name: message.name.clone(),
        ..ChatMessage::new(role, content)
    }
}

/// Clients send arguments as the text of a JSON object, templates write them as the object.
fn read_arguments(call: &mut Value) {
    let Some(arguments) = call.pointer_mut("/function/arguments") else { return };
    let parsed = arguments.as_str().and_then(|text| serde_json::from_str(text).ok());
    if let Some(parsed @ Value::Object(_)) = parsed {
        *arguments = parsed;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_and_their_answers_are_read() {
        let call = |arguments: Value| {
            let function = json!({ "name": "f", "arguments": arguments });
            json!([{ "id": "c", "function": function }])
        };
        let asked = json!([
            { "role": "developer", "content": [{ "type": "text", "text": "be" }] },
            { "role": "assistant", "content": null, "tool_calls": call(json!("{\"a\": 1}")) },
            { "role": "assistant", "tool_calls": call(json!("{")) },
            { "role": "tool", "content": "7", "tool_call_id": "c" },
        ]);
        let asked: Vec<Message> = serde_json::from_value(asked).unwrap();
        let read = messages(&asked).unwrap();
        assert_eq!((read[0].role.as_str(), read[0].content.as_str()), ("system", "be"));
        assert_eq!(json!(read[1].tool_calls), call(json!({ "a": 1 })));
        assert_eq!(json!(read[2].tool_calls), call(json!("{")));
        assert_eq!(read[3].tool_call_id.as_deref(), Some("c"));
    }
}
