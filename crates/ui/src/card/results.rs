//! Evaluations of a model: what was measured here in full, what others published by data set.

use std::collections::BTreeMap;

use api::{EvaluationView, ModelCard};
use maud::{Markup, html};

use crate::chart::{Bars, Group, bar_chart};
use crate::evaluation::{brief, evaluation};
use crate::format;
use crate::look::task_title;
use crate::parts::table;

/// Charts of published figures, one for each metric; the rest is in the table.
const CHARTS_MAX: usize = 2;
/// Bars that can be read in one chart.
const BARS_MAX: usize = 24;
/// A chart of one bar says less than its number.
const BARS_MIN: usize = 2;

/// Shows the evaluations; the newest own one in full, the figures of earlier ones folded.
pub(super) fn evaluations(now_ms: i64, card: &ModelCard) -> Markup {
    let (published, own): (Vec<_>, Vec<_>) =
        card.evaluations.iter().partition(|one| one.published_by.is_some());
    html! {
        @if let Some((newest, earlier)) = own.split_first() {
            (evaluation(now_ms, newest))
            @if !earlier.is_empty() {
                details.earlier {
                    summary {
                        (format::counted(earlier.len(), "earlier result", "earlier results"))
                    }
                    @for one in earlier { (brief(now_ms, one)) }
                }
            }
        }
        @if !published.is_empty() { (published_results(&published)) }
    }
}

/// Figures of one metric, by data set.
type ByMetric<'a> = BTreeMap<&'a str, Vec<(&'a str, f64)>>;

fn published_results(published: &[&EvaluationView]) -> Markup {
    let mut publishers: Vec<&str> =
        published.iter().filter_map(|one| one.published_by.as_deref()).collect();
    publishers.sort_unstable();
    publishers.dedup();
    html! {
        section.published-results aria-label="Published results" {
            h3 { "Published by " (publishers.join(", ")) }
            p.note { "Measured elsewhere; this server only repeats them." }
            @for (metric, figures) in charted(published) { (chart(metric, &figures)) }
            (in_rows(published))
        }
    }
}

/// Returns the metrics that most data sets have, with their figures, best first.
fn charted<'a>(published: &[&'a EvaluationView]) -> Vec<(&'a str, Vec<(&'a str, f64)>)> {
    let mut by_metric = ByMetric::new();
    for one in published {
        for (metric, value) in one.metrics.as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64() {
                by_metric.entry(metric).or_default().push((&one.data_name, value));
            }
        }
    }
    let mut metrics: Vec<_> =
        by_metric.into_iter().filter(|(_, figures)| figures.len() >= BARS_MIN).collect();
    metrics.sort_by_key(|(metric, figures)| (std::cmp::Reverse(figures.len()), *metric));
    metrics.truncate(CHARTS_MAX);
    for (_, figures) in &mut metrics {
        figures.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        figures.truncate(BARS_MAX);
    }
    metrics
}

fn chart(metric: &str, figures: &[(&str, f64)]) -> Markup {
    let title = format!("{} by data set", metric.replace('_', " "));
    let groups: Vec<_> =
        figures.iter().map(|(name, value)| Group { name, values: vec![Some(*value)] }).collect();
    let is_share = figures.iter().all(|(_, value)| (0.0..=1.0).contains(value));
    bar_chart(&Bars {
        title: &title,
        what: "Data set",
        series: &[metric],
        groups: &groups,
        range: is_share.then_some((0.0, 1.0)),
    })
}

/// Lists every figure, grouped by data set.
fn in_rows(published: &[&EvaluationView]) -> Markup {
    let mut sorted = published.to_vec();
    sorted.sort_by(|a, b| a.data_name.cmp(&b.data_name).then(a.id.cmp(&b.id)));
    let row = |one: &&EvaluationView| {
        let figures = one.metrics.as_object().into_iter().flatten();
        let figures: Vec<_> = figures
            .filter_map(|(name, value)| {
                Some(format!("{} {}", name.replace('_', " "), format::metric(value.as_f64()?)))
            })
            .collect();
        vec![
            html! { (one.data_name) },
            html! { (task_title(&one.task)) },
            html! { (figures.join(" · ")) },
            html! { @if let Some(rows) = one.rows { (format::count(rows)) } },
        ]
    };
    let rows: Vec<_> = sorted.iter().map(row).collect();
    table("Published results by data set", &["Data set", "Task", "Figures", "Rows"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn published(data_name: &str, metrics: serde_json::Value) -> EvaluationView {
        EvaluationView {
            id: data_name.into(),
            model: "curated/a".into(),
            task: "text-generation".into(),
            data_name: data_name.into(),
            data_digest: None,
            rows: None,
            published_by: Some("Microsoft".into()),
            metrics,
            report: json!(null),
            job: None,
            created_ms: 0,
        }
    }

    #[test]
    fn published_figures_are_charted_by_data_set_best_first() {
        let all = [
            published("boolq", json!({ "accuracy": 0.5, "f1": 0.4 })),
            published("arc", json!({ "accuracy": 0.75 })),
            published("mmlu", json!({ "accuracy": 0.25, "loss": 3 })),
        ];
        let all: Vec<_> = all.iter().collect();
        let metrics = charted(&all);
        assert_eq!(metrics.len(), 1);
        assert_eq!(metrics[0].1, [("arc", 0.75), ("boolq", 0.5), ("mmlu", 0.25)]);
        let html = published_results(&all).into_string();
        for part in ["Published by Microsoft", "accuracy by data set", "loss 3", "<svg"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
