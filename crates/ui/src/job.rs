//! One job: its state, what it made or why it failed, charts and log. What changes is patched.

use api::{JobView, LogLine, MetricPoint};
use maud::{Markup, html};
use serde_json::Value;

use crate::chart::{Line, line_chart};
use crate::error_page::sentence;
use crate::evaluation::report;
use crate::icon::{Icon, icon};
use crate::jobs::seconds;
use crate::parts::{code, json, progress, state_badge, verb};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

/// The end of the log that is shown; the API has all of it.
const LINES_SHOWN: usize = 200;

/// Charts: a title, and the metrics that share its scale with the names of their lines.
const CHARTS: [(&str, &[(&str, &str)]); 3] = [
    ("Loss", &[("train/loss", "training"), ("validation/loss", "validation")]),
    ("Validation accuracy", &[("validation/accuracy", "accuracy")]),
    ("Learning rate", &[("train/learning_rate", "learning rate")]),
];

/// Everything about a job at one moment.
#[derive(Clone, Copy, Debug)]
pub struct JobFacts<'a> {
    /// The job.
    pub job: &'a JobView,
    /// Its metrics.
    pub points: &'a [MetricPoint],
    /// Its log.
    pub lines: &'a [LogLine],
}

/// Renders the page of a job.
pub fn job(shell: &Shell, facts: JobFacts) -> Markup {
    let JobFacts { job, .. } = facts;
    let live = (!job.is_over()).then(|| format!("{}/live", link::job(&job.id)));
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            a href="/jobs" { "Jobs" } (icon(Icon::Chevron)) span { (verb(&job.kind).title) }
        }
        live-region src=[live] {
            (job_head(shell.now_ms, job))
            (job_charts(facts.points))
            (log(facts.lines))
        }
        details.panel.asked { summary { "What was asked for" } (json(&job.payload)) }
    };
    shell.page(Page { title: &job.title, section: Section::Jobs, query: "", main })
}

/// Renders a job's state, buttons, progress and result.
pub fn job_head(now_ms: i64, job: &JobView) -> Markup {
    html! {
        section #job-head .panel.job-head {
            div.job-title {
                span.verb-icon { (icon(verb(&job.kind).icon)) }
                div {
                    h1 { (job.title) }
                    p.note {
                        "Started " (format::ago(now_ms, job.started_ms.unwrap_or(job.created_ms)))
                        @if let Some(took) = seconds(now_ms, job) { " · " (format::duration(took)) }
                        @if job.attempt > 1 { " · attempt " (job.attempt) }
                        " · " code { (job.id) }
                    }
                }
                (state_badge(&job.state))
                (buttons(job))
            }
            @if !job.is_over() {
                @if let Some(done) = &job.progress { (progress(done)) }
            }
            @if let Some(error) = &job.error {
                div.alert role="alert" {
                    (icon(Icon::Warning))
                    div {
                        p { (sentence(&error.message)) }
                        @if let Some(hint) = &error.hint { p.hint-line { (sentence(hint)) } }
                    }
                }
            }
            @if let Some(made) = &job.result { (result(&job.kind, made)) }
        }
    }
}

fn buttons(job: &JobView) -> Markup {
    let button = |word: &str, title: &str| {
        html! {
            form method="post" action={ (link::job(&job.id)) "/" (word) } {
                button type="submit" { (title) }
            }
        }
    };
    match job.state.as_str() {
        "queued" | "running" => button("cancel", "Cancel"),
        "failed" | "cancelled" => button("resume", "Resume"),
        _ => html! {},
    }
}

/// Shows what a job made, and leads to it.
fn result(kind: &str, made: &Value) -> Markup {
    let model = made.get("model").and_then(Value::as_str);
    let metrics = made.get("metrics").cloned().unwrap_or_default();
    html! {
        div.result {
            h2 { "Result" }
            @if let Some(model) = model.filter(|_| kind != "batch") {
                p { (made_what(kind)) " " a.strong href=(link::model(model)) { (model) } }
            }
            @match kind {
                "evaluate" => (report(&metrics, made.get("report").unwrap_or(&Value::Null))),
                "finetune" => (report(&metrics, &Value::Null)),
                "batch" => (batch(made)),
                "import" => (imported(made)),
                "parity" => (parity(made)),
                _ => (json(made)),
            }
        }
    }
}

fn made_what(kind: &str) -> &'static str {
    match kind {
        "evaluate" => "Measured",
        "parity" => "Compared with itself in fewer bits:",
        "finetune" => "Taught",
        _ => "Brought here:",
    }
}

fn imported(made: &Value) -> Markup {
    let number = |name: &str| made.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (files, size) = (number("files"), number("size_bytes"));
    html! {
        p.note { (format::count(files)) " files, " (format::bytes(size)) }
        @if let Some(parity) = made.get("parity").and_then(Value::as_str) { p { (parity) } }
    }
}

/// Shows what fewer bits change, and on which text that was measured.
fn parity(made: &Value) -> Markup {
    let text = |name: &str| made.get(name).and_then(Value::as_str);
    let difference = made.get("difference").and_then(Value::as_f64).unwrap_or(0.0);
    html! {
        p { (text("summary").unwrap_or_default()) }
        p.note {
            "Read: " (text("data").unwrap_or("the built-in text"))
            ". The log-probabilities differ by " (format::metric(difference)) " on average."
        }
    }
}

fn batch(made: &Value) -> Markup {
    let number = |name: &str| made.get(name).and_then(Value::as_u64).unwrap_or(0);
    let output = made.get("output");
    let text = |name: &str| output.and_then(|file| file.get(name)).and_then(Value::as_str);
    let size = output.and_then(|file| file.get("size_bytes")).and_then(Value::as_u64);
    html! {
        p {
            strong { (format::count(number("rows"))) } " rows answered, "
            strong { (format::count(number("failed"))) } " failed"
        }
        @if let Some(digest) = text("digest") {
            p { a.button.primary href={ "/api/v1/files/" (link::escape(digest)) } download {
                (icon(Icon::Import)) "Download " (text("name").unwrap_or("the answers"))
                @if let Some(size) = size { " (" (format::bytes(size)) ")" }
            } }
        }
    }
}

/// Draws the metrics of a job; nothing but the place for them where there are none yet.
pub fn job_charts(points: &[MetricPoint]) -> Markup {
    html! {
        section #job-charts .charts aria-label="Charts" {
            @for (title, metrics) in CHARTS {
                @let series: Vec<_> =
                    metrics.iter().map(|(metric, name)| (*name, series(points, metric))).collect();
                @let lines: Vec<_> =
                    series.iter().map(|(name, points)| line(name, points)).collect();
                @if lines.iter().any(|line| !line.points.is_empty()) {
                    div.panel { (line_chart(title, &lines)) }
                }
            }
        }
    }
}

/// Each step's loss is that of a few rows only.
fn line<'a>(name: &'a str, points: &'a [(f64, f64)]) -> Line<'a> {
    Line { name, points, noisy: name == "training" }
}

fn series(points: &[MetricPoint], name: &str) -> Vec<(f64, f64)> {
    let mut series: Vec<_> = points
        .iter()
        .filter(|point| point.name == name)
        .map(|point| (point.step as f64, point.value))
        .collect();
    // A resumed job repeats the steps after its checkpoint: the later value counts.
    series.sort_by(|a, b| a.0.total_cmp(&b.0));
    series.reverse();
    series.dedup_by_key(|point| point.0);
    series.reverse();
    series
}

/// Shows the end of a log.
pub fn log(lines: &[LogLine]) -> Markup {
    let hidden = lines.len().saturating_sub(LINES_SHOWN);
    let shown: Vec<_> = lines[hidden..].iter().map(|line| line.line.as_str()).collect();
    html! {
        section #log .panel.log aria-label="Log" {
            h2 { "Log" }
            @if hidden > 0 {
                p.note { (format::count(hidden as u64)) " earlier lines are left out" }
            }
            @if shown.is_empty() {
                p.note { "Nothing was logged yet." }
            } @else {
                (code(&shown.join("\n")))
            }
        }
    }
}
