//! The tools that a client offers, and which of them it wants called.

use std::collections::BTreeSet;

use api::openai::ChatRequest;
use native::Form;
use serde_json::{Map, Value, json};

use crate::worker::form::Asked;
use crate::worker::openai::OpenAiError;

/// OpenAI's own bound.
const TOOLS_MAX: usize = 128;
/// OpenAI's own bound.
const NAME_CHARS_MAX: usize = 64;

/// The tools of a request.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// As the chat template reads them; none where the client wants no calls.
    pub(super) offered: Vec<Value>,
    /// The names of those that may be called.
    pub(super) names: BTreeSet<String>,
    /// The form that an answer has where a call is required.
    pub(super) form: Option<Asked>,
}

impl Tools {
    /// Reads `tools` and `tool_choice`.
    pub(super) fn of(request: &ChatRequest) -> Result<Self, OpenAiError> {
        let tools = request.tools.clone().unwrap_or_default();
        if tools.len() > TOOLS_MAX {
            let message = format!("`tools` has {} entries, more than {TOOLS_MAX}", tools.len());
            return Err(OpenAiError::param("tools", message));
        }
        let names = tools.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        let wanted = match choice(request.tool_choice.as_ref(), &names)? {
            Choice::None => return Ok(Self::default()),
            Choice::Auto => Vec::new(),
            Choice::Required => tools.iter().collect(),
            Choice::Named(wanted) => {
                tools.iter().filter(|tool| tool["function"]["name"] == wanted).collect()
            }
        };
        let form = if wanted.is_empty() { None } else { Some((call_form(&wanted)?, "tools")) };
        Ok(Self { names: names.into_iter().map(str::to_owned).collect(), form, offered: tools })
    }
}

enum Choice<'a> {
    None,
    Auto,
    Required,
    Named(&'a str),
}

fn choice<'a>(asked: Option<&'a Value>, names: &[&str]) -> Result<Choice<'a>, OpenAiError> {
    let wrong = |message: String| Err(OpenAiError::param("tool_choice", message));
    match asked {
        None | Some(Value::Null) => Ok(if names.is_empty() { Choice::None } else { Choice::Auto }),
        Some(Value::String(word)) => match word.as_str() {
            "none" => Ok(Choice::None),
            _ if names.is_empty() => wrong(format!("`tool_choice` is `{word}` without `tools`")),
            "auto" => Ok(Choice::Auto),
            "required" => Ok(Choice::Required),
            _ => wrong(format!("`tool_choice` is `{word}`: use `none`, `auto` or `required`")),
        },
        Some(value) => match value["function"]["name"].as_str() {
            Some(name) if names.contains(&name) => Ok(Choice::Named(name)),
            Some(name) => wrong(format!("`tool_choice` names `{name}`, which is none of `tools`")),
            None => wrong("`tool_choice` names no function".to_owned()),
        },
    }
}

fn name(tool: &Value) -> Result<&str, OpenAiError> {
    let wrong = |message: String| Err(OpenAiError::param("tools", message));
    let function = &tool["function"];
    let Some(name) = function["name"].as_str().filter(|_| tool["type"] == "function") else {
        return wrong(
            "a tool is not `{\"type\": \"function\", \"function\": {…}}` with a name".into(),
        );
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(allowed) {
        let message = format!("`{name}` is not 1 to {NAME_CHARS_MAX} letters, digits, `_` or `-`");
        return wrong(message);
    }
    match &function["parameters"] {
        Value::Null | Value::Object(_) => Ok(name),
        _ => wrong(format!("`parameters` of `{name}` is not a JSON schema")),
    }
}

/// Returns the form of a call of one of some tools, as bare JSON.
fn call_form(tools: &[&Value]) -> Result<Form, OpenAiError> {
    let mut shared = Map::new();
    let mut calls = Vec::with_capacity(tools.len());
    for tool in tools {
        let function = &tool["function"];
        let mut arguments = match &function["parameters"] {
            Value::Object(schema) => schema.clone(),
            _ => Map::from_iter([("type".to_owned(), json!("object"))]),
        };
        // References count from the root: definitions go there.
        if let Some(Value::Object(own)) = arguments.remove("$defs") {
            for (name, schema) in own {
                if shared.get(&name).is_some_and(|other| *other != schema) {
                    let message = format!("two tools define `$defs.{name}` differently");
                    return Err(OpenAiError::param("tools", message));
                }
                shared.insert(name, schema);
            }
        }
        calls.push(json!({
            "type": "object",
            "properties": { "name": { "const": function["name"] }, "arguments": arguments },
            "required": ["name", "arguments"],
            "additionalProperties": false,
        }));
    }
    Ok(Form::JsonSchema(json!({ "anyOf": calls, "$defs": shared })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(tools: Value, choice: Value) -> Result<Tools, OpenAiError> {
        let request = json!({
            "model": "m", "messages": [], "tools": tools, "tool_choice": choice,
        });
        Tools::of(&serde_json::from_value(request).unwrap())
    }

    fn tool(name: &str) -> Value {
        json!({ "type": "function", "function": { "name": name } })
    }

    #[test]
    fn the_choice_decides_what_may_and_must_be_called() {
        let check = |choice: Value, names: &[&str], forced: bool| {
            let tools = tools(json!([tool("f"), tool("g")]), choice).unwrap();
            assert_eq!(tools.names.iter().collect::<Vec<_>>(), names);
            assert_eq!(tools.offered.len(), names.len());
            assert_eq!(tools.form.is_some(), forced);
        };
        check(Value::Null, &["f", "g"], false);
        check(json!("auto"), &["f", "g"], false);
        check(json!("none"), &[], false);
        check(json!("required"), &["f", "g"], true);
        check(json!({ "type": "function", "function": { "name": "g" } }), &["f", "g"], true);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let check = |asked: Value, choice: Value, param: &str, words: &str| {
            let error = tools(asked, choice).unwrap_err();
            assert_eq!(error.named(), Some(param));
            assert!(format!("{error:?}").contains(words), "{error:?}");
        };
        let one = || json!([tool("f")]);
        check(json!([]), json!("required"), "tool_choice", "without `tools`");
        check(one(), json!("any"), "tool_choice", "use `none`");
        check(one(), json!({ "function": { "name": "g" } }), "tool_choice", "none of `tools`");
        check(one(), json!(7), "tool_choice", "names no function");
        check(json!([{ "type": "retrieval" }]), Value::Null, "tools", "with a name");
        check(json!([tool("a b")]), Value::Null, "tools", "letters, digits");
        check(json!(vec![tool("f"); 129]), Value::Null, "tools", "129 entries");
        let with = |parameters: Value| {
            let function = json!({ "name": "f", "parameters": parameters });
            json!({ "type": "function", "function": function })
        };
        check(json!([with(json!([]))]), Value::Null, "tools", "not a JSON schema");
        let (a, b) = (with(json!({ "$defs": { "x": 1 } })), with(json!({ "$defs": { "x": 2 } })));
        check(json!([a, b]), json!("required"), "tools", "differently");
    }
}
