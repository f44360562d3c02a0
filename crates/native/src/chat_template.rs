//! Where a model keeps its chat template.

use std::path::Path;

use serde_json::Value;

use crate::files;
use crate::{Error, Result};

const OWN_FILE: &str = "chat_template.jinja";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// Tells whether a model comes with a chat template.
pub fn is_present(dir: &Path) -> Result<bool> {
    read(dir).map(|template| template.is_some())
}

/// Returns a model's default chat template: its own file, or a field of `tokenizer_config.json`.
pub fn read(dir: &Path) -> Result<Option<String>> {
    let path = dir.join(OWN_FILE);
    if path.exists() {
        let text = String::from_utf8(files::read(&path)?);
        let why = "is not UTF-8".to_owned();
        let wrong = |_| Error::Field { field: OWN_FILE.to_owned(), path: dir.to_owned(), why };
        return text.map(Some).map_err(wrong);
    }
    let config: Option<Value> = files::read_json_if_present(&dir.join(TOKENIZER_CONFIG))?;
    Ok(config.and_then(|config| default_template(config.get("chat_template")?)))
}

/// Several templates are a list of names and texts; the one named `default` is meant.
fn default_template(field: &Value) -> Option<String> {
    let text = match field {
        Value::Array(templates) => {
            templates.iter().find(|template| template["name"] == "default")?["template"].as_str()
        }
        other => other.as_str(),
    };
    text.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_template_is_found_in_a_text_and_in_a_list() {
        let check = |field: Value, expected: Option<&str>| {
            assert_eq!(default_template(&field).as_deref(), expected);
        };
        check(json!("{{ messages }}"), Some("{{ messages }}"));
        check(
            json!([{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]),
            Some("d"),
        );
        check(json!([{"name": "rag", "template": "r"}]), None);
        check(json!(7), None);
    }
}
