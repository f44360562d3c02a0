//! Tools for models whose chat template knows none: they are told of them in words.

use serde_json::{Value, json};

use super::request::{ChatMessage, Conversation};

/// Returns the conversation without tools: they, their calls and results become texts in the form
/// that most models have seen.
pub(super) fn in_words(conversation: &Conversation) -> Vec<ChatMessage> {
    let mut messages: Vec<ChatMessage> = conversation.messages.iter().map(message).collect();
    if conversation.tools.is_empty() {
        return messages;
    }
    let told = introduction(&conversation.tools);
    match messages.first_mut() {
        Some(first) if first.role == "system" => {
            first.content = format!("{}\n\n{told}", first.content);
        }
        _ => messages.insert(0, ChatMessage::new("system", told)),
    }
    messages
}

fn introduction(tools: &[Value]) -> String {
    let list: Vec<String> = tools.iter().map(Value::to_string).collect();
    format!(
        "You may call these functions:\n<tools>\n{}\n</tools>\n\
         To call one, write its name and arguments as JSON:\n<tool_call>\n\
         {{\"name\": \"…\", \"arguments\": {{…}}}}\n</tool_call>",
        list.join("\n")
    )
}

fn message(message: &ChatMessage) -> ChatMessage {
    if message.role == "tool" {
        let content = format!("<tool_response>\n{}\n</tool_response>", message.content);
        return ChatMessage::new("user", content);
    }
    let call = |call: &Value| {
        let function = &call["function"];
        let call = json!({ "name": function["name"], "arguments": function["arguments"] });
        format!("<tool_call>\n{call}\n</tool_call>")
    };
    let said = Some(&message.content).filter(|content| !content.is_empty()).cloned();
    let texts: Vec<String> = said.into_iter().chain(message.tool_calls.iter().map(call)).collect();
    ChatMessage::new(&message.role, texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_calls_and_results_become_texts() {
        let mut called = ChatMessage::new("assistant", "");
        let arguments = json!({ "a": 1 });
        called.tool_calls = vec![json!({ "function": { "name": "f", "arguments": arguments } })];
        let conversation = Conversation {
            messages: vec![ChatMessage::new("user", "go"), called, ChatMessage::new("tool", "7")],
            tools: vec![json!({ "type": "function" })],
        };
        let messages = in_words(&conversation);
        let said: Vec<(&str, &str)> =
            messages.iter().map(|one| (one.role.as_str(), one.content.as_str())).collect();
        assert_eq!(said[0].0, "system");
        assert!(said[0].1.contains("<tools>\n{\"type\":\"function\"}\n</tools>"), "{}", said[0].1);
        assert_eq!(said[1], ("user", "go"));
        let call = "<tool_call>\n{\"name\":\"f\",\"arguments\":{\"a\":1}}\n</tool_call>";
        assert_eq!(said[2], ("assistant", call));
        assert_eq!(said[3], ("user", "<tool_response>\n7\n</tool_response>"));
    }
}
