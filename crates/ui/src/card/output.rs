//! What a model answered, in the shape that fits the task.

mod marked;

use api::TryResponse;
use maud::{Markup, html};
use serde_json::Value;

use crate::format;
use crate::parts::{json, share_bar, table};

/// More candidates than this are not looked at.
const SHOWN: usize = 8;
/// So many values of a vector give an idea of it.
const VALUES_SHOWN: usize = 96;

/// Shows the answer to a text; one of an unknown shape is shown as JSON.
pub(super) fn output(answer: &TryResponse, text: &str) -> Markup {
    let rows = answer.output.as_array().map_or(&[][..], Vec::as_slice);
    match answer.task.as_str() {
        "text-classification" => html! { @for row in rows { (ranked(row, "label")) } },
        "token-classification" => html! { @for row in rows { (marked::entities(text, row)) } },
        "question-answering" => html! { @for row in rows { (marked::answers(text, row)) } },
        "zero-shot-classification" => html! { @for row in rows { (sorted(row)) } },
        "fill-mask" => html! { @for row in rows { (ranked(row, "token")) } },
        "feature-extraction" | "sentence-similarity" => vectors(rows),
        "text-generation" => html! { @for row in rows { (generated(row)) } },
        _ => json(&answer.output),
    }
}

/// Names with their probabilities, best first.
fn ranked(row: &Value, name: &str) -> Markup {
    let candidates = row.as_array().map_or(&[][..], Vec::as_slice);
    html! {
        ol.ranked {
            @for candidate in candidates.iter().take(SHOWN) {
                @let found = candidate.get(name).and_then(Value::as_str).unwrap_or_default();
                li {
                    (share(found, candidate.get("score").and_then(Value::as_f64)))
                    @if let Some(text) = candidate.get("sequence").and_then(Value::as_str) {
                        span.sequence { (text) }
                    }
                }
            }
        }
    }
}

/// A name, a bar and a number.
fn share(name: &str, score: Option<f64>) -> Markup {
    let score = score.unwrap_or(0.0);
    html! {
        span.name { (name) }
        (share_bar(score))
        span.score { (format::percent(score)) }
    }
}

/// A text and the labels that were asked about, best first.
fn sorted(row: &Value) -> Markup {
    let list = |name: &str| row.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    html! {
        ol.ranked {
            @for (label, score) in list("labels").iter().zip(list("scores")) {
                li { (share(label.as_str().unwrap_or_default(), score.as_f64())) }
            }
        }
        p.note { (row.get("sequence").and_then(Value::as_str).unwrap_or_default()) }
    }
}

fn generated(row: &Value) -> Markup {
    let tokens = row.get("completion_tokens").and_then(Value::as_u64);
    html! {
        blockquote.generated { (row.get("text").and_then(Value::as_str).unwrap_or_default()) }
        @if let Some(tokens) = tokens { p.note { (format::count(tokens)) " tokens" } }
    }
}

/// Pictures of vectors, and how alike they are.
fn vectors(rows: &[Value]) -> Markup {
    let vectors: Vec<Vec<f64>> = rows.iter().map(numbers).collect();
    let number = |at: usize| format!("Text {}", at + 1);
    let similarities = |(at, one): (usize, &Vec<f64>)| {
        let cells = vectors.iter().map(|other| html! { (format!("{:.3}", cosine(one, other))) });
        std::iter::once(html! { (number(at)) }).chain(cells).collect::<Vec<_>>()
    };
    let table_rows: Vec<_> = vectors.iter().enumerate().map(similarities).collect();
    let names: Vec<_> = (0..vectors.len()).map(number).collect();
    let headings: Vec<_> = std::iter::once("").chain(names.iter().map(String::as_str)).collect();
    html! {
        @for (vector, name) in vectors.iter().zip(&names) {
            figure.vector {
                figcaption { (name) ": " (vector.len()) " values" }
                (strip(vector))
            }
        }
        @if vectors.len() > 1 {
            h3 { "Similarity" }
            (table("Cosine similarity of the texts", &headings, &table_rows))
        }
    }
}

/// Draws the first values of a vector as bars around a middle line.
fn strip(vector: &[f64]) -> Markup {
    let shown = &vector[..vector.len().min(VALUES_SHOWN)];
    let peak = shown.iter().fold(1e-12_f64, |peak, value| peak.max(value.abs()));
    let bar = |value: f64| {
        let height = value.abs() / peak * 20.0;
        (if value >= 0.0 { 20.0 - height } else { 20.0 }, height)
    };
    html! {
        svg.strip width="100%" height="40" viewBox={ "0 0 " (shown.len().max(1)) " 40" }
            preserveAspectRatio="none" aria-hidden="true" focusable="false"
        {
            @for (at, value) in shown.iter().enumerate() {
                @let (top, height) = bar(*value);
                rect x=(at) y=(format!("{top:.1}")) width="0.7" height=(format!("{height:.1}")) {}
            }
        }
    }
}

fn numbers(row: &Value) -> Vec<f64> {
    row.as_array().map(|row| row.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms = dot(a, a).sqrt() * dot(b, b).sqrt();
    if norms > 0.0 { dot(a, b) / norms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(task: &str, value: Value) -> String {
        let answer = TryResponse { task: task.into(), output: value, milliseconds: 1 };
        output(&answer, "ada in london").into_string()
    }

    #[test]
    fn every_task_has_its_shape() {
        let labels =
            json!([[{ "label": "lost_card", "score": 0.75 }, { "label": "x", "score": 0.25 }]]);
        let cases = [
            ("text-classification", labels, "lost_card"),
            ("text-classification", json!([[{ "label": "<b>", "score": 1 }]]), "&lt;b&gt;"),
            (
                "fill-mask",
                json!([[{ "token": "paris", "score": 0.5, "sequence": "in paris" }]]),
                "in paris",
            ),
            ("feature-extraction", json!([[1.0, 0.0], [0.0, 2.0]]), "0.000"),
            ("text-generation", json!([{ "text": "once", "completion_tokens": 3 }]), "3 tokens"),
            (
                "zero-shot-classification",
                json!([{ "sequence": "hi", "labels": ["travel"], "scores": [0.5] }]),
                "travel",
            ),
            (
                "token-classification",
                json!([[{ "entity_group": "PER", "score": 0.9, "start": 0, "end": 3 }]]),
                "<mark class=\"entity hue0\" title=\"90.0 %\">ada<span>PER</span></mark> in london",
            ),
            (
                "question-answering",
                json!([[{ "answer": "london", "score": 0.9, "start": 7, "end": 13 }]]),
                "ada in <mark>london</mark>",
            ),
            ("new-task", json!({ "a": 1 }), "&quot;a&quot;: 1"),
        ];
        for (task, value, part) in cases {
            let html = shown(task, value);
            assert!(html.contains(part), "{task}: {html}");
        }
    }

    #[test]
    fn the_same_text_is_wholly_alike() {
        assert!((cosine(&[1.0, 2.0], &[2.0, 4.0]) - 1.0).abs() < 1e-12);
        assert_eq!(cosine(&[0.0], &[1.0]), 0.0);
    }
}
