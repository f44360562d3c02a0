//! What differs between two versions of a model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A longer list is compared as a whole: differences of vocabularies are not read.
const LISTED_MAX: usize = 16;
/// Longer values are cut in the middle of what they say.
const VALUE_CHARS_MAX: usize = 200;

/// A file of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Bytes.
    pub size_bytes: u64,
    /// Hexadecimal SHA-256.
    pub sha256: String,
}

/// What became of something between two versions: absent before, or absent after, or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// Its name.
    pub name: String,
    /// What it was.
    pub from: Option<T>,
    /// What it is.
    pub to: Option<T>,
}

/// Compares two sets of named things; what is the same on both sides is left out.
pub fn changes<T: Clone + PartialEq>(
    from: &BTreeMap<String, T>,
    to: &BTreeMap<String, T>,
) -> Vec<Change<T>> {
    let names: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let change = |name: &&String| from.get(*name) != to.get(*name);
    let pair = |name: &String| Change {
        name: name.clone(),
        from: from.get(name).cloned(),
        to: to.get(name).cloned(),
    };
    names.into_iter().filter(change).map(pair).collect()
}

/// Lays a JSON object out as paths and values: `metrics.accuracy` and `0.94`.
pub fn flat(value: &Value) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    walk(value, &mut String::new(), &mut leaves);
    leaves
}

fn walk(value: &Value, path: &mut String, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                walk(value, path, leaves);
                path.truncate(length);
            }
        }
        Value::Null => {}
        other if path.is_empty() => {
            leaves.insert("value".to_owned(), shown(other));
        }
        other => {
            leaves.insert(path.clone(), shown(other));
        }
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.len() > LISTED_MAX => {
            let start: Vec<_> = values.iter().take(3).map(shown).collect();
            format!("{} entries: {}, …", values.len(), start.join(", "))
        }
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    match text.chars().count() {
        0..=VALUE_CHARS_MAX => text,
        _ => text.chars().take(VALUE_CHARS_MAX).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_added_removed_and_changed_is_told() {
        let set = |pairs: &[(&str, u8)]| -> BTreeMap<String, u8> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
        };
        let found =
            changes(&set(&[("a", 1), ("b", 1), ("c", 1)]), &set(&[("b", 1), ("c", 2), ("d", 3)]));
        let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.from, one.to)).collect();
        assert_eq!(found, [("a", Some(1), None), ("c", Some(1), Some(2)), ("d", None, Some(3))]);
        assert_eq!(changes(&set(&[("a", 1)]), &set(&[("a", 1)])), []);
    }

    #[test]
    fn objects_become_paths() {
        let value = json!({ "metrics": { "accuracy": 0.94, "none": null }, "labels": ["a", "b"],
            "empty": {}, "many": (0..20).collect::<Vec<_>>() });
        let expected = [
            ("empty", "{}"),
            ("labels", "a, b"),
            ("many", "20 entries: 0, 1, 2, …"),
            ("metrics.accuracy", "0.94"),
        ];
        let found = flat(&value);
        let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found, expected);
        assert_eq!(flat(&json!("x".repeat(300)))["value"].chars().count(), 201);
        assert!(flat(&json!(null)).is_empty());
    }
}
