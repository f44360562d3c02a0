//! The facts beside a card.

use api::{ModelCard, Spec};
use maud::{Markup, html};
use serde_json::Value;

use super::license::license;
use crate::parts::{copyable, facts, table};
use crate::{format, link};

/// Shows what is known about a model.
pub(super) fn facts_of(now_ms: i64, card: &ModelCard) -> Markup {
    html! {
        section.panel {
            h2 { "Facts" }
            (main_facts(now_ms, card))
        }
        section.panel { h2 { "License" } (license(card)) }
        @if let Some(facts) = &card.facts { (from_files(facts)) }
        (deployments(card))
        (machine(card))
        (words("Languages", &card.languages))
        (words("Trained on", &card.datasets))
        (words("Keywords", &card.keywords))
    }
}

fn main_facts(now_ms: i64, card: &ModelCard) -> Markup {
    let summary = &card.summary;
    let text = |text: &str| html! { (text) };
    let search = |filter: &str, value: &str| {
        html! { a href={ "/?" (filter) "=" (link::escape(value)) } { (value) } }
    };
    let newest = card.versions.first();
    facts(&[
        ("License", Some(search("license", &summary.license))),
        ("Publisher", summary.publisher.as_deref().map(|name| search("publisher", name))),
        ("Parameters", summary.parameters.map(|count| text(&format::compact(count)))),
        (
            "Longest input",
            card.context_max.map(|most| text(&format!("{} tokens", format::count(most.into())))),
        ),
        ("Size here", newest.map(|version| text(&format::bytes(version.size_bytes)))),
        ("Library", summary.library.as_deref().map(|name| search("library", name))),
        ("Downloads", some_count(summary.downloads)),
        ("Likes", some_count(summary.likes)),
        ("Hub", card.hub_id.as_deref().map(copyable)),
        (
            "Revision",
            card.hub_revision.as_deref().map(|id| html! { code title=(id) { (short(id)) } }),
        ),
        ("Source", card.source_url.as_deref().map(|url| html! { span.source-url { (url) } })),
        ("Updated", (summary.updated_ms > 0).then(|| format::ago(now_ms, summary.updated_ms))),
    ])
}

/// A source that counts nothing says 0.
fn some_count(count: u64) -> Option<Markup> {
    (count > 0).then(|| html! { (format::count(count)) })
}

/// Shows what is asked first in one line below the title.
pub(super) fn quick(card: &ModelCard) -> Markup {
    let summary = &card.summary;
    let bytes = card.versions.first().map(|version| version.size_bytes).or(summary.size_bytes);
    let languages = match card.languages.len() {
        0 => None,
        1..=3 => Some(card.languages.join(", ")),
        many => Some(format!("{} and {} more", card.languages[..2].join(", "), many - 2)),
    };
    let facts = [
        ("Parameters", summary.parameters.map(format::compact)),
        ("Size", bytes.map(format::bytes)),
        ("Context", card.context_max.map(|most| format!("{} tokens", format::count(most.into())))),
        ("License", Some(summary.license.clone())),
        ("Languages", languages),
        ("Library", summary.library.clone()),
        ("Downloads", (summary.downloads > 0).then(|| format::compact(summary.downloads))),
        ("Likes", (summary.likes > 0).then(|| format::compact(summary.likes))),
    ];
    html! {
        dl.quick {
            @for (name, value) in facts {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// So many digits of a commit tell it from others.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Facts that the card shows elsewhere.
const ELSEWHERE: [&str; 5] =
    ["tasks", "finetuning_tasks", "parameters", "context_max", "size_bytes"];
/// Longer lists are counted.
const LISTED_MAX: usize = 3;

/// Shows the other facts that were read from the files.
fn from_files(facts_value: &Value) -> Markup {
    let none = serde_json::Map::new();
    let fields = facts_value.as_object().unwrap_or(&none);
    let entries: Vec<_> = fields
        .iter()
        .filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.replace('_', " "), scalar(value)?)))
        .collect();
    let rows: Vec<_> =
        entries.iter().map(|(name, value)| (name.as_str(), Some(html! { (value) }))).collect();
    html! { @if !rows.is_empty() { section.panel { h2 { "Read from its files" } (facts(&rows)) } } }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            Some(number.as_u64().map_or_else(|| number.to_string(), format::count))
        }
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Array(values) if values.len() > LISTED_MAX => {
            Some(format::counted(values.len(), "entry", "entries"))
        }
        Value::Array(values) if !values.is_empty() => {
            Some(values.iter().filter_map(scalar).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

fn deployments(card: &ModelCard) -> Markup {
    let endpoint = |both: &str| both.split('/').next().unwrap_or_default().to_owned();
    html! {
        @if !card.deployments.is_empty() {
            section.panel {
                h2 { "Deployed" }
                ul.plain-list {
                    @for one in &card.deployments {
                        li { a href={ "/endpoints#" (link::escape(&endpoint(one))) } { (one) } }
                    }
                }
            }
        }
    }
}

fn machine(card: &ModelCard) -> Markup {
    let spec = &card.minimum_spec;
    let uses =
        [("Run", &spec.inference), ("Evaluate", &spec.evaluation), ("Fine-tune", &spec.finetuning)];
    let row = |name: &str, spec: &Spec| {
        vec![
            html! { (name) },
            html! { (spec.cpus) },
            html! { (spec.gpus) },
            html! { (spec.memory_gib) },
            html! { (spec.disk_gib) },
        ]
    };
    let known = uses.iter().filter_map(|(name, spec)| Some(row(name, spec.as_ref()?)));
    let rows: Vec<_> = known.collect();
    let headings = ["Use", "CPUs", "GPUs", "GiB memory", "GiB disk"];
    html! {
        @if !rows.is_empty() {
            section.panel {
                h2 { "Least machine" }
                (table("Least machine for each use", &headings, &rows))
            }
        }
    }
}

fn words(title: &str, words: &[String]) -> Markup {
    html! {
        @if !words.is_empty() {
            section.panel {
                h2 { (title) }
                div.chips { @for word in words { span.chip.plain { (word) } } }
            }
        }
    }
}
