//! A text with parts of it marked: what it names, or what answers a question.

use maud::{Markup, html};
use serde_json::Value;

use super::ranked;
use crate::format;

/// Hues that labels are told apart by, in the order in which they come.
const HUES: usize = 8;

/// A part of a text, in characters.
struct Part<'a> {
    start: usize,
    end: usize,
    found: &'a Value,
}

/// Marks every entity with its label.
pub(super) fn entities(text: &str, row: &Value) -> Markup {
    let parts = parts(row);
    let mut labels: Vec<&str> = Vec::new();
    for label in parts.iter().map(|part| label(part.found)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let mark = |part: &Part<'_>, inside: &str| {
        let label = label(part.found);
        let hue = labels.iter().position(|known| *known == label).unwrap_or_default() % HUES;
        let score = part.found.get("score").and_then(Value::as_f64).unwrap_or_default();
        html! {
            mark.entity.{ "hue" (hue) } title=(format::percent(score)) {
                (inside) span { (label) }
            }
        }
    };
    html! {
        p.marked { (marked(text, &parts, mark)) }
        @if parts.is_empty() { p.note { "The model finds nothing that the text names." } }
    }
}

/// Marks the likeliest answer and lists the others.
pub(super) fn answers(text: &str, row: &Value) -> Markup {
    let mut parts = parts(row);
    parts.truncate(1);
    html! {
        p.marked { (marked(text, &parts, |_, inside| html! { mark { (inside) } })) }
        (ranked(row, "answer"))
    }
}

fn label(found: &Value) -> &str {
    let field = |name| found.get(name).and_then(Value::as_str);
    field("entity_group").or_else(|| field("entity")).unwrap_or_default()
}

/// Reads where each of a list of findings is in its text.
fn parts(row: &Value) -> Vec<Part<'_>> {
    let part = |found| {
        let place = |name: &str| usize::try_from(Value::as_u64(Value::get(found, name)?)?).ok();
        Some(Part { start: place("start")?, end: place("end")?, found })
    };
    row.as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(part).collect()
}

/// Shows a text with `mark` around its parts; one that overlaps with the part before, or is not in
/// the text, is left out.
fn marked(text: &str, parts: &[Part<'_>], mark: impl Fn(&Part<'_>, &str) -> Markup) -> Markup {
    let characters: Vec<char> = text.chars().collect();
    let part_of = |start: usize, end: usize| characters[start..end].iter().collect::<String>();
    let (mut pieces, mut shown) = (Vec::new(), 0);
    for part in parts {
        if shown <= part.start && part.start < part.end && part.end <= characters.len() {
            pieces.push(html! { (part_of(shown, part.start)) });
            pieces.push(mark(part, &part_of(part.start, part.end)));
            shown = part.end;
        }
    }
    html! {
        @for piece in pieces { (piece) }
        (part_of(shown, characters.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_count_characters_and_odd_ones_are_left_out() {
        let check = |places: &[(u64, u64)], expected: &str| {
            let place = |(start, end): &(u64, u64)| json!({ "start": start, "end": end });
            let row: Value = places.iter().map(place).collect();
            let mark = |_: &Part<'_>, inside: &str| html! { "[" (inside) "]" };
            assert_eq!(marked("é & co", &parts(&row), mark).into_string(), expected);
        };
        check(&[], "é &amp; co");
        check(&[(0, 1), (4, 6)], "[é] &amp; [co]");
        check(&[(0, 3), (2, 4)], "[é &amp;] co");
        check(&[(4, 7), (3, 3), (5, 4)], "é &amp; co");
    }

    #[test]
    fn each_label_keeps_its_hue() {
        let one = |label: &str, start| json!({ "entity": label, "start": start, "end": start + 1 });
        let html = entities("abc", &json!([one("X", 0), one("Y", 1), one("X", 2)])).into_string();
        assert_eq!(html.matches("hue0").count(), 2, "{html}");
        assert_eq!(html.matches("hue1").count(), 1, "{html}");
        assert!(entities("abc", &json!([])).into_string().contains("finds nothing"));
    }
}
