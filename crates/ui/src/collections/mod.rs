//! Collections: where models come from, what can be done with them, and defining one.

mod form;
mod one;

use std::collections::BTreeMap;

use api::{CollectionCapability, CollectionView, ErrorBody};
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::parts::verb;
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

pub use one::collection;

/// What was sent to define a collection, and why it was refused.
#[derive(Clone, Debug, Default)]
pub struct CollectionForm {
    /// What was typed, by the name of its field.
    pub values: BTreeMap<String, String>,
    /// Why it was refused.
    pub error: Option<ErrorBody>,
}

/// Renders all collections.
pub fn collections(shell: &Shell, views: &[CollectionView], form: &CollectionForm) -> Markup {
    let main = html! {
        header.page-head {
            h1 { "Collections" }
            p { "Where models come from, and what can be done with them here." }
        }
        div.collections { @for view in views { (card(shell, view)) } }
        (matrix(views))
        (form::define(form))
    };
    shell.page(Page { title: "Collections", section: Section::Collections, query: "", main })
}

/// How a kind of collection is shown.
pub(super) struct Sort {
    pub title: &'static str,
    pub about: &'static str,
    pub icon: Icon,
}

pub(super) fn sort(kind: &str) -> Sort {
    let (title, about, icon) = match kind {
        "curated" => ("Curated", "Chosen and checked, and part of this program", Icon::Star),
        "workspace" => ("Workspace", "What was imported or taught here", Icon::Box),
        "hub" => ("Hub", "What a hub of the Hugging Face protocol lists", Icon::Download),
        "provider" => ("Hosted", "Models that a provider runs", Icon::Deploy),
        "assets" => ("Folder", "Asset specs in a folder of the server", Icon::Batch),
        "modeldex" => ("Modeldex", "What another Modeldex lists", Icon::Compare),
        "query" => ("Saved query", "What a search finds, always fresh", Icon::Search),
        _ => ("Collection", "", Icon::Shelf),
    };
    Sort { title, about, icon }
}

/// What `about` says where nobody wrote a description.
pub(super) fn description(view: &CollectionView) -> &str {
    match view.description.as_str() {
        "" => sort(&view.kind).about,
        text => text,
    }
}

/// The search that finds the models of a collection.
pub(super) fn browse(view: &CollectionView) -> String {
    match (view.kind.as_str(), &view.source) {
        ("query", Some(query)) => format!("/?{query}"),
        _ => format!("/?collection={}", link::escape(&view.name)),
    }
}

fn card(shell: &Shell, view: &CollectionView) -> Markup {
    let sort = sort(&view.kind);
    html! {
        article.collection {
            div.collection-head {
                span.verb-icon { (icon(sort.icon)) }
                div {
                    h2 { a href=(link::collection(&view.name)) { (view.title) } }
                    p.muted { (sort.title) @if view.title != view.name { " · " (view.name) } }
                }
                strong.models {
                    (format::compact(view.models as u64))
                    small { (if view.models == 1 { "model" } else { "models" }) }
                }
            }
            p { (description(view)) }
            p.collection-foot {
                @if let Some(then) = view.synced_ms {
                    span { (icon(Icon::Sync)) "Synced " (format::ago(shell.now_ms, then)) }
                }
                a href=(browse(view)) { "Browse" span.hidden { " " (view.title) } }
            }
        }
    }
}

/// Every collection against everything that can be done.
fn matrix(views: &[CollectionView]) -> Markup {
    let known: Vec<_> = views.iter().filter(|view| !view.capabilities.is_empty()).collect();
    let Some(first) = known.first() else {
        return html! {};
    };
    let heads: Vec<_> = first.capabilities.iter().map(|one| one.capability.as_str()).collect();
    html! {
        section.capability-matrix {
            h2 { "What can be done" }
            div.table-frame tabindex="0" role="region" aria-label="What can be done" {
                table {
                    thead { tr {
                        th scope="col" { "Collection" }
                        @for head in &heads { th scope="col" { (verb(head).title) } }
                    } }
                    tbody {
                        @for view in known {
                            tr {
                                th scope="row" {
                                    a href=(link::collection(&view.name)) { (view.title) }
                                }
                                @for head in &heads { td { (cell(view, head)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(view: &CollectionView, capability: &str) -> Markup {
    let found = view.capabilities.iter().find(|one| one.capability == capability);
    html! {
        @match found {
            Some(one) => span title=[one.reason.as_deref()] { (extent(one, view.models)) },
            None => span.muted { "not known" },
        }
    }
}

/// With how many models something can be done.
pub(super) fn extent(one: &CollectionCapability, models: usize) -> Markup {
    html! {
        @match one.models {
            0 => span.no { (icon(Icon::Cross)) "none" },
            all if all == models => span.yes { (icon(Icon::Check)) "all" },
            some => span.some {
                (icon(Icon::Check)) (format::count(some as u64)) " of "
                (format::count(models as u64))
            },
        }
    }
}
