//! Texts as literals of a shell and of Python, whatever is in them.

use serde_json::{Value, json};

/// The widest line of code that a page shows without scrolling.
const WIDTH_MAX: usize = 72;

/// Writes a text as one word of a shell.
pub(super) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", inside_quotes(text)),
    }
}

/// Writes a text so that it stays inside single quotes; a shell cannot hold the null character.
pub(super) fn inside_quotes(text: &str) -> String {
    text.replace('\0', "").replace('\'', "'\\''")
}

/// Writes a text for Python: what JSON escapes, Python reads the same way.
pub(super) fn python(text: &str) -> String {
    json!(text).to_string()
}

/// Writes a document for a shell under a word that none of its lines is.
pub(super) fn document(text: &str) -> String {
    let text = text.replace('\0', "");
    let mut end = "END".to_owned();
    while text.lines().any(|line| line.trim_end() == end) {
        end.push('_');
    }
    format!("<<'{end}'\n{text}{end}")
}

/// Writes JSON of texts, lists and mappings on one line; Python reads it too.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let field =
                |(name, value): (&String, &Value)| format!("{}: {}", python(name), inline(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// Writes written fields in braces: on one line, or one on each where that is too long.
pub(super) fn braces(fields: &[String], before: usize) -> String {
    let line = format!("{{{}}}", fields.join(", "));
    match before + line.chars().count() <= WIDTH_MAX {
        true => line,
        false => format!("{{\n    {}\n}}", fields.join(",\n    ")),
    }
}
