//! Versions, files and code samples of a model.

use api::{CodeSample, ModelCard, VersionView};
use maud::{Markup, html};
use serde_json::Value;

use crate::look::task_title;
use crate::parts::{code, copyable, json, table, tabs, verb};
use crate::{format, link};

/// Shows the versions with where each came from.
pub(super) fn versions(now_ms: i64, card: &ModelCard) -> Markup {
    let row = |version: &VersionView| {
        let reference = format!("{}@{}", card.summary.model, version.version);
        let shown = card.shown_version.as_ref() == Some(&version.version);
        vec![
            html! {
                a href=(link::model(&reference)) { (version.version) }
                @if shown { " " span.badge.plain { "shown" } }
            },
            html! { @match &version.parent {
                Some(parent) => a href=(link::model(parent)) { (parent) },
                None => span.muted { "none" },
            } },
            html! { (format::bytes(version.size_bytes)) },
            format::ago(now_ms, version.created_ms),
        ]
    };
    let rows: Vec<_> = card.versions.iter().map(row).collect();
    html! {
        (table("All versions", &["Version", "Made from", "Size", "Created"], &rows))
        @for version in card.versions.iter().filter(|version| !is_empty(&version.origin)) {
            details.origin {
                summary { "Where version " (version.version) " came from" }
                (json(&version.origin))
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Shows the files of the shown version.
pub(super) fn files(card: &ModelCard) -> Markup {
    let rows: Vec<_> = card
        .files
        .iter()
        .map(|file| {
            vec![
                html! { code { (file.path) } },
                html! { (format::bytes(file.size_bytes)) },
                html! { span.digest { (copyable(&file.sha256)) } },
            ]
        })
        .collect();
    table("All files", &["Path", "Size", "SHA-256"], &rows)
}

/// Shows code that runs against this server: a tab for each use, in it one for each task where the
/// model does several, and in that one for each language.
pub(super) fn samples(card: &ModelCard) -> Markup {
    let panel = |samples: &[CodeSample]| {
        let purpose = samples.first().map_or("", |sample| sample.purpose.as_str());
        let by_task = samples.chunk_by(|one, next| one.task == next.task);
        let panels: Vec<_> = by_task.map(|samples| of_task(purpose, samples)).collect();
        let content = match &panels[..] {
            [(_, only)] => only.clone(),
            several => tabs(&format!("sample-{purpose}"), "What the model is asked for", several),
        };
        (verb(purpose).title.to_owned(), content)
    };
    let purposes = card.samples.chunk_by(|one, next| one.purpose == next.purpose);
    tabs("sample", "What the code does", &purposes.map(panel).collect::<Vec<_>>())
}

/// Shows code for one use and one task.
fn of_task(purpose: &str, samples: &[CodeSample]) -> (String, Markup) {
    let task = samples.first().and_then(|sample| sample.task.as_deref()).unwrap_or_default();
    let block = |sample: &CodeSample| (language(&sample.language).to_owned(), code(&sample.code));
    let blocks: Vec<_> = samples.iter().map(block).collect();
    let group = format!("sample-{purpose}-{task}");
    (task_title(task).to_owned(), tabs(&group, "The language of the code", &blocks))
}

fn language(name: &str) -> &str {
    match name {
        "cli" => "Command line",
        "requests" => "Python",
        "openai" => "Python: openai",
        "huggingface_hub" => "Python: huggingface_hub",
        other => other,
    }
}
