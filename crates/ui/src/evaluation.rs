//! What an evaluation found: figures, per-class table, confusion matrix.

use api::EvaluationView;
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::chart::{confused, heat_map};
use crate::format;
use crate::link;
use crate::look::task_title;
use crate::parts::{share_bar, table};

/// Figures that people ask for first, with the names that they know.
const FIRST: [(&str, &str); 5] = [
    ("accuracy", "Accuracy"),
    ("validation_accuracy", "Accuracy, validation"),
    ("f1_macro", "F1, macro"),
    ("precision_macro", "Precision, macro"),
    ("recall_macro", "Recall, macro"),
];

/// Shows one evaluation.
pub(crate) fn evaluation(now_ms: i64, evaluation: &EvaluationView) -> Markup {
    html! {
        article.evaluation {
            (head(now_ms, evaluation))
            (report(&evaluation.metrics, &evaluation.report))
        }
    }
}

/// Shows the figures of one evaluation; its tables are with its job.
pub(crate) fn brief(now_ms: i64, evaluation: &EvaluationView) -> Markup {
    let none = Map::new();
    let metrics = evaluation.metrics.as_object().unwrap_or(&none);
    html! {
        article.evaluation { (head(now_ms, evaluation)) (figures(metrics)) (rest(metrics)) }
    }
}

fn head(now_ms: i64, evaluation: &EvaluationView) -> Markup {
    html! {
        p.evaluation-head {
            strong { (task_title(&evaluation.task)) }
            " on " span.data-name title=[evaluation.data_digest.as_deref()] {
                (evaluation.data_name)
            }
            @if let Some(rows) = evaluation.rows { " · " (format::count(rows)) " rows" }
            " · " (format::ago(now_ms, evaluation.created_ms))
            @if let Some(by) = &evaluation.published_by {
                " · " span.badge.published { "published by " (by) }
            }
            @if let Some(job) = &evaluation.job { " · " a href=(link::job(job)) { "job" } }
        }
    }
}

/// Shows figures and tables, as they are on cards and in results of jobs.
pub(crate) fn report(metrics: &Value, report: &Value) -> Markup {
    let none = Map::new();
    let metrics = metrics.as_object().unwrap_or(&none);
    let labels: Vec<_> = list(report, "labels").iter().filter_map(Value::as_str).collect();
    let matrix: Vec<_> = list(report, "confusion").iter().map(numbers).collect();
    html! {
        (figures(metrics))
        (rest(metrics))
        @if !matrix.is_empty() {
            div.report {
                div { h3 { "Confusion matrix" } (heat_map(&labels, &matrix)) }
                div { h3 { "Most often confused" } (confused(&labels, &matrix)) }
            }
        }
        (per_class(list(report, "per_class")))
    }
}

/// Shows the first figures large.
fn figures(metrics: &Map<String, Value>) -> Markup {
    html! {
        dl.figures {
            @for (name, title) in FIRST {
                @if let Some(value) = metrics.get(name).and_then(Value::as_f64) {
                    div.figure {
                        dt { (title) }
                        dd { (format::percent(value)) (share_bar(value)) }
                    }
                }
            }
        }
    }
}

fn rest(metrics: &Map<String, Value>) -> Markup {
    let first = |name: &str| FIRST.iter().any(|(known, _)| *known == name);
    let rest: Vec<_> = metrics
        .iter()
        .filter(|(name, _)| !first(name))
        .filter_map(|(name, value)| Some((name, value.as_f64()?)))
        .collect();
    html! {
        @if !rest.is_empty() {
            dl.metrics {
                @for (name, value) in rest {
                    div { dt { (name.replace('_', " ")) } dd { (format::metric(value)) } }
                }
            }
        }
    }
}

fn per_class(classes: &[Value]) -> Markup {
    if classes.is_empty() {
        return html! {};
    }
    let cell = |class: &Value, name: &str| {
        let value = class.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        html! { (format!("{value:.3}")) }
    };
    let row = |class: &Value| {
        let label = class.get("label").and_then(Value::as_str).unwrap_or_default();
        let support = class.get("support").and_then(Value::as_u64).unwrap_or(0);
        vec![
            html! { (label) },
            cell(class, "precision"),
            cell(class, "recall"),
            cell(class, "f1"),
            html! { (format::count(support)) },
        ]
    };
    let rows: Vec<_> = classes.iter().map(row).collect();
    let headings = ["Label", "Precision", "Recall", "F1", "Rows"];
    html! {
        details.per-class {
            summary { "Each of " (classes.len()) " labels" }
            (table("Figures for each label", &headings, &rows))
        }
    }
}

fn list<'a>(report: &'a Value, name: &str) -> &'a [Value] {
    report.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn numbers(row: &Value) -> Vec<u64> {
    row.as_array().map(|row| row.iter().filter_map(Value::as_u64).collect()).unwrap_or_default()
}
