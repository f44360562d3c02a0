//! The card of a model: what it is, trying it, the forms of the five verbs, and what came of them.

mod action;
mod actions;
mod diff;
mod facts;
mod license;
mod output;
mod records;
mod results;
mod try_it;

use api::ModelCard;
use maud::{Markup, PreEscaped, html};

pub use action::{Action, CardForms};

use crate::error_page::coded;
use crate::icon::{Icon, icon};
use crate::look::{monogram, task_chips};
use crate::parts::{absent, copyable};
use crate::shell::{Page, Section, Shell};
use crate::{fit, lineage, link};

/// Renders a model's card; `forms` says what a person typed and what came of it.
pub fn card(shell: &Shell, card: &ModelCard, forms: &CardForms) -> Markup {
    let parts = parts(shell, card, forms);
    let main = html! {
        (head(card))
        div.card-page {
            div.card-main {
                nav.section-nav aria-label="On this page" {
                    @for part in &parts { a href={ "#" (part.id) } { (part.title) } }
                }
                @for part in &parts {
                    section.panel id=(part.id) aria-labelledby={ (part.id) "-title" } {
                        h2 id={ (part.id) "-title" } { (part.title) }
                        (part.content)
                    }
                }
            }
            aside.card-side aria-label="Facts" { (facts::facts_of(shell.now_ms, card)) }
        }
    };
    let title = &card.summary.display_name;
    shell.page(Page { title, section: Section::Models, query: "", main })
}

/// Shows only the try-it panel, for a script that puts it into place.
pub fn try_panel(card: &ModelCard, forms: &CardForms) -> Markup {
    try_it::panel(card, forms)
}

struct Part {
    id: &'static str,
    title: &'static str,
    content: Markup,
}

/// What can be done comes first where the files are here, else what the model is.
fn parts(shell: &Shell, card: &ModelCard, forms: &CardForms) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |id, title, content: Option<Markup>| {
        parts.extend(content.map(|content| Part { id, title, content }));
    };
    let here = !card.versions.is_empty();
    let about = (!card.description_html.trim().is_empty()).then(|| about(card));
    let tried = absent(card, "try").is_none().then(|| try_it::panel(card, forms));
    let acts = Some(actions::actions(card, forms));
    let measured = (!card.evaluations.is_empty()).then(|| results::evaluations(shell.now_ms, card));
    if here {
        add("try-it", "Try it", tried);
        add("measured", "Evaluations", measured);
        add("actions", "Put it to work", acts);
        add("about", "About", about);
    } else {
        add("about", "About", about);
        add("actions", "What you can do", acts);
        add("measured", "Evaluations", measured);
    }
    let named = reference(card);
    add("fit", "Does it fit?", forms.fit.as_ref().map(|fit| fit::panel(&named, fit)));
    add("code", "Code", (!card.samples.is_empty()).then(|| records::samples(card)));
    let versions = || {
        html! {
            (records::versions(shell.now_ms, card))
            (diff::panel(card, forms.diff.as_ref()))
        }
    };
    add("versions", "Versions", here.then(versions));
    let related = forms.lineage.as_ref().filter(|lineage| lineage.nodes.len() > 1);
    add("lineage", "Lineage", related.map(|one| lineage::panel(shell.now_ms, one)));
    add("files", "Files", (!card.files.is_empty()).then(|| records::files(card)));
    parts
}

fn about(card: &ModelCard) -> Markup {
    html! { div.prose { (PreEscaped(&card.description_html)) } }
}

/// Names the shown version, where there is one.
fn reference(card: &ModelCard) -> String {
    match &card.shown_version {
        Some(version) => format!("{}@{version}", card.summary.model),
        None => card.summary.model.clone(),
    }
}

fn head(card: &ModelCard) -> Markup {
    let summary = &card.summary;
    let publisher = summary.publisher.as_deref();
    let reference = reference(card);
    let collection = format!("/?collection={}", link::escape(&summary.collection));
    html! {
        header.card-head {
            nav.crumbs aria-label="Where this is" {
                a href="/" { "Models" } (icon(Icon::Chevron))
                a href=(collection) { (summary.collection) }
            }
            div.card-title {
                (monogram(publisher, &summary.name))
                div {
                    h1 { (summary.display_name) }
                    p.reference { (copyable(&reference)) }
                }
                @if card.versions.is_empty() && absent(card, "import").is_none() {
                    a.button.primary href="#act-import" { (icon(Icon::Import)) "Import" }
                }
            }
            @if !summary.summary.is_empty() { p.lead { (coded(&summary.summary)) } }
            (facts::quick(card))
            div.chips {
                (task_chips(&summary.tasks, 6))
                @if card.shown_version.is_some() {
                    span.badge.here { (icon(Icon::Check)) "Ready here" }
                }
                @if summary.featured { span.badge.featured { "Featured" } }
                @if summary.preview { span.badge.preview { "Preview" } }
                @if summary.deprecated { span.badge.preview { "Deprecated" } }
                @if summary.gated { span.badge.preview { "Terms to accept" } }
                a.badge.compare-link href={ "/compare?model=" (link::escape(&summary.model)) } {
                    (icon(Icon::Compare)) "Compare"
                }
            }
        }
    }
}
