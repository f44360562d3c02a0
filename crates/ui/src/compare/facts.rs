//! Facts, capabilities and costs as columns; rows that differ are told from those that do not.

use api::{CompareView, ModelCard, RunCost};
use maud::{Markup, html};

use super::path;
use crate::error_page::{coded, sentence};
use crate::icon::{Icon, icon};
use crate::look::{monogram, task_chips};
use crate::parts::{absent, verb};
use crate::{format, link};

const CAPABILITIES: [&str; 6] = ["try", "evaluate", "finetune", "online", "batch", "import"];

/// A row: its name, and what it shows of a model.
type Row<T> = (&'static str, fn(&T) -> Markup);

const FACTS: [Row<ModelCard>; 9] = [
    ("Summary", |card| html! { p.summary { (coded(&card.summary.summary)) } }),
    ("Tasks", |card| html! { div.chips { (task_chips(&card.summary.tasks, 4)) } }),
    ("Fine-tuning tasks", |card| match card.summary.finetuning_tasks.as_slice() {
        [] => text(None),
        tasks => html! { div.chips { (task_chips(tasks, 4)) } },
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
    ("Version here", |card| text(card.shown_version.clone())),
];

const COSTS: [Row<RunCost>; 4] = [
    ("Files", |cost| text(cost.size_bytes.map(format::bytes))),
    ("Memory to run", |cost| text(cost.memory_bytes.map(format::bytes))),
    ("On this machine", |cost| {
        let tone = match cost.verdict.as_str() {
            "fits" => "good",
            "tight" => "warn",
            "does not fit" => "bad",
            _ => "idle",
        };
        html! { span.state.(tone) { (cost.verdict) } p.reason { (sentence(&cost.because)) } }
    }),
    ("Speed, evaluated here", |cost| {
        text(cost.rows_per_second.map(|rate| format!("{} rows/s", format::metric(rate))))
    }),
];

/// Shows the models as columns.
pub(super) fn columns(view: &CompareView) -> Markup {
    let models = &view.models;
    let all: Vec<_> = models.iter().map(|card| card.summary.model.as_str()).collect();
    html! {
        @if models.len() > 1 {
            label.only-differences {
                input #only-differences type="checkbox" autocomplete="off";
                "Only what differs"
            }
        }
        div.table-frame.compare tabindex="0" role="region" aria-label="Models side by side" {
            table {
                caption.hidden { "Models side by side" }
                thead { tr {
                    td {}
                    @for card in models { th scope="col" { (head(card, &all)) } }
                } }
                tbody {
                    @for (title, cell) in FACTS { (row(title, models.iter().map(cell))) }
                }
                tbody {
                    (part("What can be done", models.len()))
                    @for capability in CAPABILITIES {
                        @let cells = models.iter().map(|card| support(card, capability));
                        (row(verb(capability).title, cells))
                    }
                }
                @if view.costs.len() == models.len() {
                    tbody {
                        (part("What it takes to run", models.len()))
                        @for (title, cell) in COSTS { (row(title, view.costs.iter().map(cell))) }
                    }
                }
            }
        }
    }
}

fn head(card: &ModelCard, all: &[&str]) -> Markup {
    let model = card.summary.model.as_str();
    let others = all.iter().copied().filter(|one| *one != model);
    html! {
        div.column-top {
            a.column-head href=(link::model(model)) {
                (monogram(card.summary.publisher.as_deref(), &card.summary.name))
                span { (card.summary.display_name) small { (model) } }
            }
            a.column-remove href=(path(others)) title="Take away"
                aria-label={ "Take " (card.summary.display_name) " away" }
            { (icon(Icon::Cross)) }
        }
    }
}

fn part(title: &str, models: usize) -> Markup {
    html! { tr.part { th scope="colgroup" colspan=(models + 1) { (title) } } }
}

/// A row whose cells are not all the same differs.
fn row(title: &str, cells: impl Iterator<Item = Markup>) -> Markup {
    let cells: Vec<_> = cells.collect();
    let differs = cells.iter().any(|cell| cell.0 != cells[0].0);
    html! {
        tr.(if differs { "differs" } else { "same" }) {
            th scope="row" { (title) }
            @for cell in cells { td { (cell) } }
        }
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
