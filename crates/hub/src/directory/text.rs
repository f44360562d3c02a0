//! Values of strangers: what is too long, or would draw over its surroundings, is none.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The longest value: `base_model:quantized:` and an id of 193 characters.
const BYTES_MAX: usize = 220;
/// Values of a list that are kept; the tags of an honest model are fewer.
const ITEMS_MAX: usize = 100;
/// More than any model was downloaded, liked, or has parameters.
const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// Returns a text that can be shown.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let is_sound = !text.is_empty() && text.len() <= BYTES_MAX && !text.chars().any(is_odd);
    is_sound.then(|| text.to_owned())
}

/// Returns the texts of a list, or the one text in its place; counts what is left out.
pub(super) fn texts(value: &Value, dropped: &mut u64) -> Vec<String> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    let kept: Vec<String> = items.iter().take(ITEMS_MAX).filter_map(text).collect();
    *dropped += (items.len() - kept.len()) as u64;
    kept
}

/// Returns a count that can be one.
pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_u64().filter(|count| *count <= COUNT_MAX)
}

/// Returns a moment as milliseconds since the epoch.
pub(super) fn moment(value: &Value) -> Option<i64> {
    let moment = OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()?;
    let ms = moment.unix_timestamp() * 1_000 + i64::from(moment.millisecond());
    (ms > 0).then_some(ms)
}

/// Tells whether a character is a control, or turns the direction of what follows.
fn is_odd(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_shown_is_no_text() {
        let check = |value: Value, wanted: Option<&str>| {
            assert_eq!(text(&value).as_deref(), wanted, "{value}");
        };
        check(json!(" mit "), Some("mit"));
        check(json!("日本語"), Some("日本語"));
        check(json!(""), None);
        check(json!(7), None);
        check(json!("a\nb"), None);
        check(json!("a\u{202e}b"), None);
        check(json!("x".repeat(221)), None);
    }

    #[test]
    fn lists_are_bounded_and_what_is_left_out_is_counted() {
        let mut dropped = 0;
        assert_eq!(texts(&json!("en"), &mut dropped), ["en"]);
        assert_eq!(texts(&json!(["en", 3, "\0"]), &mut dropped), ["en"]);
        assert_eq!(dropped, 2);
        assert_eq!(texts(&json!(vec!["x"; 500]), &mut dropped).len(), 100);
        assert_eq!(dropped, 402);
    }

    #[test]
    fn moments_are_read_in_every_zone() {
        let check = |text: &str, ms: Option<i64>| assert_eq!(moment(&json!(text)), ms, "{text}");
        check("2024-09-25T12:32:56.000Z", Some(1_727_267_576_000));
        check("2024-09-25T14:32:56.250+02:00", Some(1_727_267_576_250));
        check("1969-01-01T00:00:00Z", None);
        check("yesterday", None);
    }
}
