//! What was measured of several models: bars over the data that they share, and every figure.

use api::{CompareView, MetricView, ResultValue, SharedResult};
use maud::{Markup, html};

use crate::chart::{Bars, Group, bar_chart, letter};
use crate::format;
use crate::look::task_title;

/// More groups of bars than this are a list: the table has them all.
const DRAWN_MAX: usize = 16;

/// Shows the results; where there are none, how to come by some.
pub(super) fn results(view: &CompareView) -> Markup {
    if view.results.is_empty() {
        return html! {
            section.panel.results-empty {
                h2 { "Results" }
                p.muted {
                    "None of them was measured. Evaluate each on the same data, or add results \
                     that others published: "
                    code { "modeldex catalog add-results FILE.csv" }
                }
            }
        };
    }
    let names = names(view);
    let shared = shared(view);
    html! {
        section.panel.results {
            h2 { "Results" }
            @if !shared.is_empty() {
                div.charts {
                    @for (title, results) in families(&shared) { (chart(&title, &results, &names)) }
                }
            }
            (figures(view, &names))
        }
    }
}

fn names(view: &CompareView) -> Vec<&str> {
    view.models.iter().map(|card| card.summary.display_name.as_str()).collect()
}

/// Returns one metric of each data set that at least two were measured on; of one model, all.
fn shared(view: &CompareView) -> Vec<&SharedResult> {
    let least = view.models.len().min(2);
    let mut shared: Vec<&SharedResult> = Vec::new();
    for one in &view.results {
        let measured = one.values.iter().flatten().count();
        let is_new = |known: &&SharedResult| known.data != one.data || known.task != one.task;
        if measured >= least && shared.iter().all(is_new) {
            shared.push(one);
        }
    }
    shared.truncate(DRAWN_MAX);
    shared
}

/// Values that run over the same range share a chart; any other metric has one of its own.
fn families<'a>(shared: &[&'a SharedResult]) -> Vec<(String, Vec<&'a SharedResult>)> {
    let mut families: Vec<(String, Vec<&SharedResult>)> = Vec::new();
    for one in shared {
        let title = family(&one.metric);
        match families.iter_mut().find(|(known, _)| *known == title) {
            Some((_, members)) => members.push(one),
            None => families.push((title, vec![one])),
        }
    }
    families
}

fn family(metric: &MetricView) -> String {
    match (metric.low, metric.high) {
        (Some(0.0), Some(1.0)) => "Share of the best possible".to_owned(),
        (Some(1.0), Some(5.0)) => "Grades from 1 to 5".to_owned(),
        (Some(-1.0), Some(1.0)) => "Correlation".to_owned(),
        _ if metric.lower_is_better => format!("{}, lower is better", metric.title),
        _ => metric.title.clone(),
    }
}

fn chart(title: &str, results: &[&SharedResult], names: &[&str]) -> Markup {
    let labels: Vec<_> =
        results.iter().map(|one| format!("{} · {}", one.data, one.metric.title)).collect();
    let groups: Vec<_> = results
        .iter()
        .zip(&labels)
        .map(|(one, label)| Group {
            name: label,
            values: one.values.iter().map(|one| one.as_ref().map(|one| one.value)).collect(),
        })
        .collect();
    let range = results.first().and_then(|one| one.metric.low.zip(one.metric.high));
    bar_chart(&Bars { title, what: "Data", series: names, groups: &groups, range })
}

fn figures(view: &CompareView, names: &[&str]) -> Markup {
    html! {
        div.table-frame.figures-table tabindex="0" role="region" aria-label="Every result" {
            table {
                caption.hidden { "Every result" }
                thead { tr {
                    th scope="col" { "Data" }
                    th scope="col" { "Metric" }
                    @for (at, name) in names.iter().enumerate() {
                        th scope="col" { span.mark.{ "s" (at) } { (letter(at)) } " " (name) }
                    }
                } }
                tbody { @for one in &view.results { (figure(one)) } }
            }
        }
    }
}

fn figure(one: &SharedResult) -> Markup {
    html! {
        tr {
            th scope="row" { (one.data) small.muted { (task_title(&one.task)) } }
            td {
                (one.metric.title)
                @if one.metric.lower_is_better { small.muted { "lower is better" } }
            }
            @for value in &one.values {
                td.best[is_best(value.as_ref(), one.best)] { (cell(value.as_ref(), one.best)) }
            }
        }
    }
}

fn is_best(value: Option<&ResultValue>, best: Option<f64>) -> bool {
    value.is_some_and(|value| best == Some(value.value))
}

fn cell(value: Option<&ResultValue>, best: Option<f64>) -> Markup {
    let Some(result) = value else { return html! { span.muted { "–" } } };
    html! {
        (format::metric(result.value))
        @if best == Some(result.value) { span.badge.here { "best" } }
        (source(result))
    }
}

/// Says where a figure comes from: what was published is never taken for what was measured here.
pub(crate) fn source(result: &ResultValue) -> Markup {
    html! {
        small.source {
            @match &result.published_by {
                Some(by) => span title="Published, not measured here" { "published by " (by) },
                None => span.own { "measured here" },
            }
            @if let Some(setting) = &result.setting { " · " (setting) }
            @if let Some(rows) = result.rows { " · " (format::count(rows)) " rows" }
        }
    }
}
