//! A model in the catalog.

use api::ModelSummary;
use maud::{Markup, html};

use crate::error_page::coded;
use crate::icon::{Icon, icon};
use crate::look::{monogram, task_chips};
use crate::{format, link};

/// Shows a model; the whole tile leads to its card.
pub(crate) fn tile(model: &ModelSummary) -> Markup {
    let publisher = model.publisher.as_deref();
    let id = format!("m-{}", link::escape(&model.model));
    html! {
        article.tile aria-labelledby=(id) {
            div.tile-head {
                (monogram(publisher, &model.name))
                div.tile-title {
                    h2 id=(id) {
                        a href=(link::model(&model.model)) title=(model.model) {
                            (model.display_name)
                        }
                    }
                    p.by { (publisher.unwrap_or(&model.collection)) }
                }
                (pick(model))
            }
            p.summary { (coded(&model.summary)) }
            div.chips { (task_chips(&model.tasks, 2)) }
            div.tile-foot {
                @if model.version.is_some() {
                    span.badge.here { (icon(Icon::Check)) "Ready here" }
                }
                @if model.featured { span.badge.featured { "Featured" } }
                @if model.preview { span.badge.preview { "Preview" } }
                @if let Some(parameters) = model.parameters {
                    span title="Parameters" { (icon(Icon::Box)) (format::compact(parameters)) }
                }
                @if !model.finetuning_tasks.is_empty() {
                    span title="Can be fine-tuned" {
                        (icon(Icon::Teach)) span.hidden { "Can be fine-tuned" }
                    }
                }
                span.license title="License" { (model.license) }
            }
        }
    }
}

/// A check box that puts the model beside others.
fn pick(model: &ModelSummary) -> Markup {
    html! {
        label.pick title="Compare" {
            input type="checkbox" name="model" value=(model.model) form="compare"
                aria-label={ "Compare " (model.display_name) };
            (icon(Icon::Compare))
        }
    }
}
