//! YAML as JSON values, with a bound on what aliases may grow into.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Nodes and bytes of text in one document once its aliases are written out. The largest
/// published file has some 300 nodes and 7 KB.
const NODES_MAX: usize = 20_000;
const BYTES_MAX: usize = 4 << 20;

/// Parses one document.
///
/// # Errors
/// A sentence where the text is not YAML, names a key twice, or grows beyond the bound.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let budget = Budget { nodes: Cell::new(NODES_MAX), bytes: Cell::new(BYTES_MAX) };
    let document = serde_yaml_ng::Deserializer::from_str(text);
    Node(&budget).deserialize(document).map_err(|error| format!("not valid YAML: {error}"))
}

struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
}

impl Budget {
    fn node<E: serde::de::Error>(&self) -> Result<(), E> {
        spend(&self.nodes, 1)
    }

    fn text<E: serde::de::Error>(&self, text: &str) -> Result<String, E> {
        spend(&self.bytes, text.len()).map(|()| text.to_owned())
    }
}

fn spend<E: serde::de::Error>(left: &Cell<usize>, amount: usize) -> Result<(), E> {
    match left.get().checked_sub(amount) {
        Some(rest) => {
            left.set(rest);
            Ok(())
        }
        None => Err(E::custom("the document grows too large when its aliases are written out")),
    }
}

struct Node<'a>(&'a Budget);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.node()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value without a `!tag`")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.0.text(text).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Node(self.0))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key_seed(Node(self.0))? {
            let key = match key {
                Value::String(text) => text,
                Value::Bool(_) | Value::Number(_) => key.to_string(),
                _ => return Err(A::Error::custom("a key is neither a text nor a number")),
            };
            let value = map.next_value_seed(Node(self.0))?;
            if fields.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_yaml_becomes_json() {
        let text = "a: [1, 2.5, yes, 'no', ~, true]\nb: {1: x}\nc: >-\n  two\n  words\nd: 5e-6\n";
        let expected = json!({
            "a": [1, 2.5, "yes", "no", null, true], "b": { "1": "x" }, "c": "two words", "d": 5e-6,
        });
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("a: &x [1]\nb: *x\n").unwrap(), json!({ "a": [1], "b": [1] }));
    }

    #[test]
    fn broken_and_hostile_yaml_is_refused_with_a_reason() {
        let check = |text: &str, why: &str| {
            let error = parse(text).unwrap_err();
            assert!(error.contains(why), "{text:.60}: {error}");
        };
        check("a: [1, 2", "line");
        check("a: 1\na: 2\n", "the key `a` is there twice");
        check("a: !python/object:os.system x\n", "`!tag`");
        check("? [1]\n: 2\n", "a key is neither");
        check("a: 1\n---\nb: 2\n", "more than one document");
        check(&"[".repeat(10_000), "recursion");
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let of = format!("*a{}, ", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{of}]\n"));
        }
        let error = parse(&bomb).unwrap_err();
        assert!(error.contains("too large") || error.contains("repetition"), "{error}");
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(1_000));
        check(&long, "too large");
    }
}
