//! Adding a model: a form that searches, and what it found as links.

use api::ModelSummary;
use maud::{Markup, html};

use super::{Adding, COMPARED_MAX, path};
use crate::format;
use crate::icon::{Icon, icon};
use crate::look::monogram;

pub(super) fn form(models: &[&str], adding: Adding) -> Markup {
    if models.len() >= COMPARED_MAX {
        return html! {
            p.note.add-full { "Six models are the most that fit: take one away to add another." }
        };
    }
    html! {
        section.adding aria-label="Add a model" {
            form.add-model action="/compare" {
                @for model in models { input type="hidden" name="model" value=(model); }
                label.hidden for="add" { "Add a model" }
                input #add type="search" name="add" value=(adding.query) autocomplete="off"
                    placeholder="Add a model: name, publisher, task" spellcheck="false";
                button type="submit" { (icon(Icon::Search)) "Find" }
            }
            (found(models, adding))
        }
    }
}

fn found(models: &[&str], adding: Adding) -> Markup {
    let new: Vec<_> =
        adding.found.iter().filter(|one| !models.contains(&one.model.as_str())).collect();
    html! {
        @if !new.is_empty() {
            ul.add-found aria-label={ "Found for " (adding.query) } {
                @for model in new { li { (offer(models, model)) } }
            }
        } @else if !adding.query.is_empty() {
            p.note role="status" { "No other model is found for “" (adding.query) "”." }
        }
    }
}

fn offer(models: &[&str], model: &ModelSummary) -> Markup {
    let all = models.iter().copied().chain([model.model.as_str()]);
    html! {
        a.add-offer href=(path(all)) {
            (monogram(model.publisher.as_deref(), &model.name))
            span {
                (model.display_name)
                small {
                    (model.model)
                    @if let Some(count) = model.parameters { " · " (format::compact(count)) }
                }
            }
            span.hidden { "Add to the comparison" }
        }
    }
}
