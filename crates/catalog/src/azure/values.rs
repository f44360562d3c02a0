//! Values as Azure's assets write them: lists as text with commas, flags as empty text.

use serde_json::Value;

/// Reads a list: an array of scalars, or a text with commas.
pub(super) fn list(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        Value::Null => Ok(Vec::new()),
        Value::String(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(parts.map(str::to_owned).collect())
        }
        other => text(other).map(|text| vec![text]),
    }
}

/// Reads a text; a number or a truth value is read as the text that it prints as.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) => Err("a list stands where a text belongs".to_owned()),
        Value::Object(_) => Err("a mapping stands where a text belongs".to_owned()),
    }
}

/// Reads a flag, which is set by being there: an empty text is true.
pub(super) fn flag(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::Null => Ok(true),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "" | "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("`{text}` is neither true nor false")),
        },
        other => Err(format!("`{other}` is neither true nor false")),
    }
}

/// The two-letter codes of ISO 639-1, each followed by a blank.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce \
    ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv \
    ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv jw ka kg ki kj kk kl km kn ko \
    kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl \
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn \
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo \
    xh yi yo za zh zu ";

/// Three-letter codes of languages that have no two-letter one, as speech models list them.
const LANGUAGES_LONG: [&str; 3] = ["haw", "yue", "ceb"];

/// Tells whether a lower-case text is the code of a language, with or without a region.
pub fn is_language(code: &str) -> bool {
    let base = code.split(['-', '_']).next().unwrap_or(code);
    LANGUAGES_LONG.contains(&base)
        || (base.len() == 2 && LANGUAGES.split_whitespace().any(|known| known == base))
}

/// Licenses that say that there are terms, but not which.
const NO_LICENSE: [&str; 4] = ["custom", "other", "unknown", "proprietary"];

/// Tells whether a license only says that its terms stand elsewhere.
pub(super) fn names_no_license(license: &str) -> bool {
    NO_LICENSE.contains(&license)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_flags_read_in_each_spelling() {
        let check = |value: Value, expected: &[&str]| assert_eq!(list(&value).unwrap(), expected);
        check(json!("a, b ,,c"), &["a", "b", "c"]);
        check(json!(["a", " b", 3]), &["a", "b", "3"]);
        check(json!(null), &[]);
        assert!(list(&json!([["a"]])).is_err());
        for (value, expected) in
            [(json!(""), true), (json!("True"), true), (json!(false), false), (json!("0"), false)]
        {
            assert_eq!(flag(&value), Ok(expected), "{value}");
        }
        assert!(flag(&json!("maybe")).is_err());
    }

    #[test]
    fn languages_are_known_by_code() {
        for code in ["en", "haw", "zh-hans", "jw"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["moe", "english", "xx", "", "e"] {
            assert!(!is_language(code), "{code}");
        }
    }
}
