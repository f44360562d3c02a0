//! Models side by side.

use api::{CompareView, ModelCard};
use maud::{Markup, html};
use serde_json::Value;

use crate::error_page::{coded, sentence};
use crate::icon::{Icon, icon};
use crate::look::{monogram, task_chips};
use crate::parts::{absent, verb};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

const CAPABILITIES: [&str; 6] = ["try", "evaluate", "finetune", "online", "batch", "import"];
const METRICS: [(&str, &str); 3] =
    [("accuracy", "Accuracy"), ("f1_macro", "F1, macro"), ("log_loss", "Log loss")];

/// A row: its name, and what it shows of a model.
type Row = (&'static str, fn(&ModelCard) -> Markup);

const ROWS: [Row; 9] = [
    ("Summary", |card| html! { p.summary { (coded(&card.summary.summary)) } }),
    ("Tasks", |card| html! { div.chips { (task_chips(&card.summary.tasks, 4)) } }),
    ("Fine-tuning tasks", |card| {
        html! { div.chips { (task_chips(&card.summary.finetuning_tasks, 4)) } }
    }),
    ("License", |card| {
        let family = &card.summary.license_family;
        html! { (card.summary.license) " " span.family.(family) { (family) } }
    }),
    ("Publisher", |card| text(card.summary.publisher.clone())),
    ("Parameters", |card| text(card.summary.parameters.map(format::compact))),
    ("Longest input", |card| {
        text(card.context_max.map(|most| format!("{} tokens", format::count(most.into()))))
    }),
    ("Languages", |card| text((!card.languages.is_empty()).then(|| card.languages.join(", ")))),
    ("Memory to run", |card| {
        let spec = card.minimum_spec.inference.as_ref();
        text(spec.map(|spec| format!("{} GiB", spec.memory_gib)))
    }),
];

/// Renders models as columns.
pub fn compare(shell: &Shell, view: &CompareView) -> Markup {
    let models = &view.models;
    let main = html! {
        header.page-head { h1 { "Compare models" } a.button href="/" { "More models" } }
        div.table-frame.compare tabindex="0" role="region" aria-label="Models side by side" {
            table {
                caption.hidden { "Models side by side" }
                thead { tr {
                    td {}
                    @for card in models { th scope="col" { (column_head(card)) } }
                } }
                tbody {
                    @for (title, cell) in ROWS { (row(title, models, cell)) }
                    @for capability in CAPABILITIES {
                        (row(verb(capability).title, models, |card| support(card, capability)))
                    }
                    @for (name, title) in METRICS {
                        @if models.iter().any(|card| measured(card, name).is_some()) {
                            (row(title, models, |card| text(measured(card, name))))
                        }
                    }
                }
            }
        }
    };
    shell.page(Page { title: "Compare", section: Section::Models, query: "", main })
}

fn column_head(card: &ModelCard) -> Markup {
    html! {
        a.column-head href=(link::model(&card.summary.model)) {
            (monogram(card.summary.publisher.as_deref(), &card.summary.name))
            span { (card.summary.display_name) small { (card.summary.model) } }
        }
    }
}

fn row(title: &str, models: &[ModelCard], cell: impl Fn(&ModelCard) -> Markup) -> Markup {
    html! {
        tr { th scope="row" { (title) } @for card in models { td { (cell(card)) } } }
    }
}

fn text(value: Option<String>) -> Markup {
    match value {
        Some(value) => html! { (value) },
        None => html! { span.muted { "not known" } },
    }
}

fn support(card: &ModelCard, capability: &str) -> Markup {
    match absent(card, capability) {
        None => html! { span.yes { (icon(Icon::Check)) "yes" } },
        Some(reason) => {
            html! { span.no { (icon(Icon::Cross)) "no" } p.reason { (sentence(reason)) } }
        }
    }
}

/// Reads a metric of the newest evaluation that has it, with the data that it was measured on.
fn measured(card: &ModelCard, metric: &str) -> Option<String> {
    card.evaluations.iter().find_map(|one| {
        let value = one.metrics.get(metric).and_then(Value::as_f64)?;
        Some(format!("{} on {}", format::metric(value), one.data_name))
    })
}
