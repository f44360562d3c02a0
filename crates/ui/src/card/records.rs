//! Versions, files and code samples of a model.

use api::{ModelCard, VersionView};
use maud::{Markup, html};
use serde_json::Value;

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

/// Shows code that runs against this server, one tab for each use.
pub(super) fn samples(card: &ModelCard) -> Markup {
    let mut panels: Vec<(String, Markup)> = Vec::new();
    for sample in &card.samples {
        let title = verb(&sample.purpose).title;
        let block = html! {
            p.language { (language(&sample.language)) }
            (code(&sample.code))
        };
        match panels.iter_mut().find(|(known, _)| known == title) {
            Some((_, panel)) => *panel = html! { (panel) (block) },
            None => panels.push((title.to_owned(), block)),
        }
    }
    tabs("sample", "What the code does", &panels)
}

fn language(name: &str) -> &str {
    match name {
        "cli" => "Command line",
        "python" => "Python",
        other => other,
    }
}
