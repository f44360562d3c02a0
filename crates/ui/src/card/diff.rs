//! What differs between two versions, below a form that chooses them.

use api::{DiffView, EvaluationChange, FileChange, ModelCard, ValueChange};
use maud::{Markup, html};

use crate::parts::{choice, table};
use crate::{format, link};

/// Shows the form, and what differs where two versions were chosen.
pub(super) fn panel(card: &ModelCard, diff: Option<&DiffView>) -> Markup {
    let names: Vec<_> = card.versions.iter().map(|version| version.version.as_str()).collect();
    let options: Vec<_> = names.iter().map(|name| (*name, *name)).collect();
    let from = diff.map_or_else(|| names.get(1).copied(), |diff| Some(diff.from.as_str()));
    let to = diff.map_or_else(|| names.first().copied(), |diff| Some(diff.to.as_str()));
    html! {
        @if names.len() > 1 {
            form.diff-form action={ (link::model(&card.summary.model)) "#versions" } {
                (choice("diff", "from", "From version", &options, from.unwrap_or_default()))
                (choice("diff", "to", "to version", &options, to.unwrap_or_default()))
                button type="submit" { span.label { "What changed" } }
            }
        }
        @if let Some(diff) = diff { (changes(diff)) }
    }
}

fn changes(diff: &DiffView) -> Markup {
    let same = diff.files.is_empty() && diff.facts.is_empty() && diff.origin.is_empty();
    let title = format!("Version {} to version {}", diff.from, diff.to);
    html! {
        section.diff aria-label=(title) {
            h3 { (title) }
            @if same { p.note { "Both hold the same." } }
            (files(diff))
            (values("Facts", &diff.facts))
            (values("Where they came from", &diff.origin))
            (evaluations(&diff.evaluations))
        }
    }
}

fn files(diff: &DiffView) -> Markup {
    let row = |file: &FileChange| {
        vec![
            html! { code { (file.path) } },
            html! { span.change.(file.change) { (file.change) } },
            size(file.from_bytes),
            size(file.to_bytes),
            html! { (digest(file.from_sha256.as_deref())) },
            html! { (digest(file.to_sha256.as_deref())) },
        ]
    };
    let rows: Vec<_> = diff.files.iter().map(row).collect();
    let headings = ["File", "Change", "Size before", "after", "SHA-256 before", "after"];
    html! {
        @if !rows.is_empty() {
            h4 { "Files" }
            (table("Files that differ", &headings, &rows))
            p.note { (format::counted(diff.files_same, "file is", "files are")) " the same." }
        }
    }
}

fn size(bytes: Option<u64>) -> Markup {
    html! { @match bytes { Some(bytes) => (format::bytes(bytes)), None => span.muted { "—" } } }
}

fn digest(sha256: Option<&str>) -> Markup {
    html! {
        @match sha256 {
            Some(all) => code.digest title=(all) { (all.get(..12).unwrap_or(all)) },
            None => span.muted { "—" },
        }
    }
}

fn values(title: &str, changes: &[ValueChange]) -> Markup {
    let shown = |value: &Option<String>| {
        html! { @match value { Some(value) => (value), None => span.muted { "—" } } }
    };
    let row = |change: &ValueChange| {
        vec![html! { (change.name.replace('_', " ")) }, shown(&change.from), shown(&change.to)]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    html! {
        @if !rows.is_empty() {
            h4 { (title) }
            (table(title, &["What", "Before", "After"], &rows))
        }
    }
}

fn evaluations(changes: &[EvaluationChange]) -> Markup {
    let figure = |value: Option<f64>| {
        html! {
            @match value { Some(value) => (format::metric(value)), None => span.muted { "—" } }
        }
    };
    let row = |change: &EvaluationChange| {
        let gain = change.from.zip(change.to).map(|(from, to)| to - from);
        vec![
            html! { (change.data_name) },
            html! { (change.metric.replace('_', " ")) },
            figure(change.from),
            figure(change.to),
            html! { @if let Some(gain) = gain { (format!("{gain:+.4}")) } },
        ]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    html! {
        @if !rows.is_empty() {
            h4 { "Evaluations" }
            (table(
                "Evaluations side by side",
                &["Data", "Metric", "Before", "After", "Difference"],
                &rows,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_and_what_is_missing_is_a_dash() {
        let diff = DiffView {
            model: "workspace/a".into(),
            from: "1".into(),
            to: "2".into(),
            files: vec![FileChange {
                path: "model.safetensors".into(),
                change: "added".into(),
                from_bytes: None,
                to_bytes: Some(1_000),
                from_sha256: None,
                to_sha256: Some("ab".repeat(32)),
            }],
            files_same: 1,
            facts: vec![],
            origin: vec![ValueChange {
                name: "hyperparameters.epochs".into(),
                from: Some("3".into()),
                to: None,
            }],
            evaluations: vec![EvaluationChange {
                data_name: "test.csv".into(),
                metric: "accuracy".into(),
                from: Some(0.5),
                to: Some(0.75),
            }],
        };
        let html = changes(&diff).into_string();
        for part in ["added", "1 file is the same", "—", "+0.2500", "hyperparameters.epochs"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let same = DiffView { files: vec![], origin: vec![], evaluations: vec![], ..diff };
        assert!(changes(&same).into_string().contains("Both hold the same"));
    }
}
