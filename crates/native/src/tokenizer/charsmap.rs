//! SentencePiece's compiled normalizers: the library takes as much memory as their beginning
//! claims.

use serde::Deserialize;
use serde_json::Value;

/// Six characters of base64 hold the four bytes of the size.
const SIZE_CHARS: usize = 6;

#[derive(Deserialize)]
struct Normalized {
    #[serde(default)]
    normalizer: Value,
}

/// Refuses a `tokenizer.json` with a map that claims more bytes than it has.
pub(super) fn check(json: &[u8]) -> tokenizers::Result<()> {
    // What is no JSON is refused with a better reason by the library.
    let found = serde_json::from_slice::<Normalized>(json).ok();
    found.map_or(Ok(()), |found| check_value(&found.normalizer))
}

fn check_value(value: &Value) -> tokenizers::Result<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check_value),
        Value::Object(fields) => {
            if let Some(map) = fields.get("precompiled_charsmap").and_then(Value::as_str) {
                check_map(map)?;
            }
            fields.values().try_for_each(check_value)
        }
        _ => Ok(()),
    }
}

fn check_map(map: &str) -> tokenizers::Result<()> {
    let (claimed, has) = (claimed_bytes(map), map.len() as u64 / 4 * 3);
    if claimed > has {
        let why = format!("`precompiled_charsmap` claims {claimed} bytes and has {has}");
        return Err(why.into());
    }
    Ok(())
}

/// Reads the little-endian number in front; 0 where there is none.
fn claimed_bytes(map: &str) -> u64 {
    let sextet = |c: u8| match c {
        b'A'..=b'Z' => Some(u64::from(c - b'A')),
        b'a'..=b'z' => Some(u64::from(c - b'a') + 26),
        b'0'..=b'9' => Some(u64::from(c - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let front = map.as_bytes().get(..SIZE_CHARS);
    let bits = front.and_then(|front| front.iter().try_fold(0, |n, c| Some(n << 6 | sextet(*c)?)));
    // 36 bits, of which the last four begin another byte.
    bits.map_or(0, |bits| u64::from(((bits >> 4) as u32).swap_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_map_that_claims_too_much_is_refused_wherever_it_is() {
        let with = |map: &str| {
            let one = json!({ "type": "Precompiled", "precompiled_charsmap": map });
            json!({ "normalizer": { "type": "Sequence", "normalizers": [one] } }).to_string()
        };
        let check = |map: &str| check(with(map).as_bytes()).map_err(|error| error.to_string());
        // 4 bytes of a size of 4, and 4 more.
        assert_eq!(check("BAAAAAAAAAA="), Ok(()));
        assert_eq!(check(""), Ok(()));
        let why = "`precompiled_charsmap` claims 184549376 bytes and has 9";
        assert_eq!(check("AAAACwAAAAAA"), Err(why.to_owned()));
    }
}
