//! One collection: what it is, what can be done with its models, and keeping it up to date.

use api::{CollectionView, ErrorBody};
use maud::{Markup, html};

use super::{browse, description, extent, sort};
use crate::error_page::{alert, sentence};
use crate::icon::{Icon, icon};
use crate::parts::{facts, table, verb};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

/// Kinds whose models come from elsewhere, so that they can fall behind.
const SYNCED: [&str; 4] = ["hub", "assets", "modeldex", "provider"];

/// Kinds that are always there.
const BUILT_IN: [&str; 4] = ["curated", "workspace", "hub", "provider"];

/// Renders a collection; `error` is why a form was refused.
pub fn collection(shell: &Shell, view: &CollectionView, error: Option<&ErrorBody>) -> Markup {
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            a href="/collections" { "Collections" } (icon(Icon::Chevron)) span { (view.name) }
        }
        header.card-title {
            span.verb-icon.large { (icon(sort(&view.kind).icon)) }
            div {
                h1 { (view.title) }
                p.muted { (description(view)) }
            }
            a.button.primary href=(browse(view)) {
                "Browse " (format::counted(view.models, "model", "models"))
            }
        }
        @if let Some(error) = error { (alert(error)) }
        div.card-page {
            div.card-main {
                (capabilities(view))
                (attributes(view))
            }
            div.card-side {
                section.panel { h2 { "About" } (about(shell, view)) }
                @if SYNCED.contains(&view.kind.as_str()) { (sync(shell, view)) }
                @if !BUILT_IN.contains(&view.name.as_str()) { (remove(view)) }
            }
        }
    };
    shell.page(Page { title: &view.title, section: Section::Collections, query: "", main })
}

fn capabilities(view: &CollectionView) -> Markup {
    let row = |one: &api::CollectionCapability| {
        let verb = verb(&one.capability);
        vec![
            html! { span.capability { (icon(verb.icon)) (verb.title) } },
            extent(one, view.models),
            match &one.reason {
                Some(reason) => html! { (sentence(reason)) },
                None => html! { span.muted { (verb.about) } },
            },
        ]
    };
    let rows: Vec<_> = view.capabilities.iter().map(row).collect();
    html! {
        section.panel {
            h2 { "What can be done with its models" }
            @if rows.is_empty() {
                p.muted { "Nothing is known yet: it lists no model." }
            } @else {
                (table(
                    "What can be done",
                    &["Action", "Models", "What it is, or why not with all"],
                    &rows,
                ))
            }
        }
    }
}

fn attributes(view: &CollectionView) -> Markup {
    let row = |one: &api::CollectionAttribute| vec![html! { (one.name) }, html! { (one.value) }];
    let rows: Vec<_> = view.attributes.iter().map(row).collect();
    html! {
        @if !rows.is_empty() {
            section.panel {
                h2 { "Attributes" }
                (table("Attributes", &["Attribute", "Here"], &rows))
            }
        }
    }
}

fn about(shell: &Shell, view: &CollectionView) -> Markup {
    facts(&[
        ("Name", Some(html! { code { (view.name) } })),
        ("Kind", Some(html! { (sort(&view.kind).title) })),
        ("Models", Some(html! { (format::count(view.models as u64)) })),
        ("Source", view.source.as_ref().map(|source| html! { code { (source) } })),
        ("Synced", view.synced_ms.map(|then| format::ago(shell.now_ms, then))),
    ])
}

fn sync(shell: &Shell, view: &CollectionView) -> Markup {
    let remote = view.kind != "assets";
    html! {
        section.panel {
            h2 { "Bring it up to date" }
            @if shell.offline && remote {
                p.note { "This server is offline and asks nobody." }
            } @else {
                form method="post" action={ (link::collection(&view.name)) "/sync" } {
                    @if view.kind == "hub" {
                        div.field {
                            label for="sync-filter" {
                                "Only models with" span.optional { "optional" }
                            }
                            input #sync-filter type="text" name="filter" autocomplete="off"
                                placeholder="task=fill-mask,author=acme";
                        }
                        div.field {
                            label for="sync-limit" {
                                "How many at most" span.optional { "optional" }
                            }
                            input #sync-limit type="number" min="1" name="limit" placeholder="all";
                        }
                    }
                    div.form-foot {
                        button.primary type="submit" { (icon(Icon::Sync)) "Sync" }
                    }
                }
                p.note { "It runs as a job, and goes on where it was stopped." }
            }
        }
    }
}

fn remove(view: &CollectionView) -> Markup {
    html! {
        details.panel.asked {
            summary { "Remove this collection" }
            form method="post" action={ (link::collection(&view.name)) "/delete" } {
                p { "Its listings go; models in your workspace stay." }
                div.form-foot { button.danger type="submit" { "Remove" } }
            }
        }
    }
}
