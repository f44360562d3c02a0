//! The forms of the verbs, folded; an absent one says why.

use api::ModelCard;
use maud::{Markup, html};

use super::license::license;
use super::{Action, CardForms};
use crate::error_page::{alert, sentence};
use crate::icon::{Icon, icon};
use crate::link;
use crate::look::task_title;
use crate::parts::{Field, Kind, absent, choice, file_field, verb};

const SHOWN: [Action; 5] =
    [Action::Import, Action::Evaluate, Action::Finetune, Action::Deploy, Action::Batch];

/// Shows one row for each verb: its form, or why it is absent.
pub(super) fn actions(card: &ModelCard, forms: &CardForms) -> Markup {
    let reasons: Vec<_> =
        SHOWN.iter().map(|action| (*action, absent(card, action.capability()))).collect();
    let here = !card.versions.is_empty();
    html! {
        div.verb-list {
            @for (action, reason) in reasons {
                @match reason {
                    // What is here already need not be brought here.
                    Some(_) if action == Action::Import && here => {}
                    Some(reason) => (absent_row(action, reason, forms)),
                    None => (row(card, action, forms)),
                }
            }
        }
    }
}

/// A form that was sent all the same, from a page of before, gets its answer here too.
fn absent_row(action: Action, reason: &str, forms: &CardForms) -> Markup {
    let verb = verb(action.capability());
    html! {
        div.verb-row.absent id={ "act-" (action.word()) } {
            span.verb-icon { (icon(verb.icon)) }
            div {
                p.verb-title { (verb.title) }
                p.reason { (sentence(reason)) }
                @if let Some(error) = forms.error(action) { (alert(error)) }
            }
        }
    }
}

fn row(card: &ModelCard, action: Action, forms: &CardForms) -> Markup {
    let verb = verb(action.capability());
    let first = action == Action::Import && card.versions.is_empty();
    let open = forms.sent == Some(action) || (first && forms.sent.is_none());
    html! {
        details.verb-row id={ "act-" (action.word()) } name="verb" open[open] {
            summary {
                span.verb-icon { (icon(verb.icon)) }
                span { span.verb-title { (verb.title) } span.verb-about { (verb.about) } }
                (icon(Icon::Chevron))
            }
            (form(card, action, forms))
        }
    }
}

fn form(card: &ModelCard, action: Action, forms: &CardForms) -> Markup {
    let reference = match &card.shown_version {
        Some(version) if action != Action::Import => format!("{}@{version}", card.summary.model),
        _ => card.summary.model.clone(),
    };
    let path = format!("{}/{}", link::model(&reference), action.word());
    let upload = matches!(action, Action::Evaluate | Action::Finetune | Action::Batch);
    let body = html! {
        form.verb-form method="post" action=(path)
            enctype=[upload.then_some("multipart/form-data")]
        {
            @if let Some(error) = forms.error(action) { (alert(error)) }
            div.fields { (fields(card, action, forms)) }
            div.form-foot { button.primary type="submit" { span.label { (submit(action)) } } }
        }
    };
    if upload {
        html! { upload-form { (body) } }
    } else {
        body
    }
}

fn submit(action: Action) -> &'static str {
    match action {
        Action::Try => "Run",
        Action::Evaluate => "Start the evaluation",
        Action::Finetune => "Start training",
        Action::Deploy => "Deploy",
        Action::Batch => "Start the batch",
        Action::Import => "Import",
    }
}

fn fields(card: &ModelCard, action: Action, forms: &CardForms) -> Markup {
    match action {
        Action::Import => import(card, forms),
        Action::Evaluate => evaluate(card, forms),
        Action::Finetune => finetune(card, forms),
        Action::Deploy => deploy(card, forms),
        Action::Batch | Action::Try => batch(card, forms),
    }
}

/// Makes fields of one form that keep what was typed.
struct Fields<'a> {
    action: Action,
    forms: &'a CardForms,
}

impl<'a> Fields<'a> {
    fn field(&self, name: &'a str, label: &'a str, placeholder: &'a str) -> Field<'a> {
        let value = self.forms.value(self.action, name);
        Field { value, placeholder, ..Field::new(self.action.word(), name, label) }
    }

    fn text(&self, name: &'a str, label: &'a str, placeholder: &'a str) -> Markup {
        self.field(name, label, placeholder).render()
    }

    fn required(&self, name: &'a str, label: &'a str, placeholder: &'a str) -> Markup {
        Field { required: true, ..self.field(name, label, placeholder) }.render()
    }

    fn number(&self, name: &'a str, label: &'a str, placeholder: &'a str) -> Markup {
        Field { kind: Kind::Decimal, ..self.field(name, label, placeholder) }.render()
    }

    fn choice(&self, name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
        choice(self.action.word(), name, label, options, self.forms.value(self.action, name))
    }

    fn task(&self, tasks: &[String]) -> Markup {
        let options: Vec<_> = tasks.iter().map(|task| (task.as_str(), task_title(task))).collect();
        html! { @if options.len() > 1 { (self.choice("task", "Task", &options)) } }
    }

    fn file(&self, name: &str, label: &str) -> Markup {
        file_field(self.action.word(), name, label, true)
    }
}

fn import(card: &ModelCard, forms: &CardForms) -> Markup {
    let fields = Fields { action: Action::Import, forms };
    let hub = card.hub_id.as_deref().unwrap_or(&card.summary.model);
    let revision = card.hub_revision.as_deref().unwrap_or("main");
    html! {
        div.wide { (license(card)) }
        p.note.wide { "Fetches " code { (hub) } " and checks every file. Nothing from it is run." }
        (fields.text("name", "Name in your workspace", last_part(&card.summary.name)))
        (fields.text("revision", "Revision", revision))
        (fields.text("hub_url", "Hub", "the server's setting"))
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn evaluate(card: &ModelCard, forms: &CardForms) -> Markup {
    let fields = Fields { action: Action::Evaluate, forms };
    html! {
        (fields.file("data", "Test data"))
        (fields.text("map.text", "Column with the text", "text"))
        (fields.text("map.label", "Column with the label", "label"))
        (fields.task(&card.summary.tasks))
    }
}

const SCHEDULES: [(&str, &str); 4] = [
    ("", "As the recipe says"),
    ("linear", "Linear"),
    ("cosine", "Cosine"),
    ("constant", "Constant"),
];

fn finetune(card: &ModelCard, forms: &CardForms) -> Markup {
    let fields = Fields { action: Action::Finetune, forms };
    let methods = [("lora", "LoRA: a few weights"), ("full", "Full: every weight")];
    html! {
        (fields.file("data", "Training data"))
        (fields.text("map.text", "Column with the text", "text"))
        (fields.text("map.label", "Column with the label", "label"))
        (fields.required("name", "Name of the new model", "my-classifier"))
        (fields.choice("method", "Method", &methods))
        (fields.task(&card.summary.finetuning_tasks))
        details.more.wide {
            summary { "Hyper-parameters" }
            div.fields {
                (fields.number("hyper.epochs", "Epochs", "as the recipe says"))
                (fields.number("hyper.batch_size", "Batch size", ""))
                (fields.number("hyper.learning_rate", "Learning rate", ""))
                (fields.number("hyper.warmup_ratio", "Warm-up, share of all steps", ""))
                (fields.choice("hyper.schedule", "Schedule", &SCHEDULES))
                (fields.number("hyper.patience", "Stop after so many epochs without gain", ""))
                (fields.number("hyper.validation_split", "Share kept for validation", ""))
                (fields.number("hyper.seed", "Seed", ""))
            }
        }
        (file_field("finetune", "validation", "Validation data", false))
    }
}

/// How weights are held; what fewer bits change is measured once it is deployed.
const WEIGHTS: [(&str, &str); 5] = [
    ("", "As its import said"),
    ("none", "As in the files"),
    ("bf16", "In 16 bits (bf16)"),
    ("int8", "In 8 bits (int8)"),
    ("q4", "In 4 bits (q4)"),
];

fn deploy(card: &ModelCard, forms: &CardForms) -> Markup {
    let fields = Fields { action: Action::Deploy, forms };
    html! {
        (fields.required("endpoint", "Endpoint", last_part(&card.summary.name)))
        (fields.text("deployment", "Deployment", "default"))
        (fields.task(&card.summary.tasks))
        (fields.choice("quantize", "Weights in memory", &WEIGHTS))
        (fields.number("replicas", "Worker processes", "1"))
        (fields.number("traffic", "Percent of the requests", "100 for the first"))
    }
}

/// The columns of a batch: the task that reads each, where it is not every other one.
const COLUMNS: [(Option<&str>, &str, &str, &str); 4] = [
    (None, "map.text", "Column with the text", "text"),
    (Some("question-answering"), "map.question", "Column with the question", "question"),
    (Some("question-answering"), "map.context", "Column with the text to search", "context"),
    (
        Some("zero-shot-classification"),
        "map.candidate_labels",
        "Column with the labels",
        "candidate_labels",
    ),
];

fn batch(card: &ModelCard, forms: &CardForms) -> Markup {
    let fields = Fields { action: Action::Batch, forms };
    let does = |task: &str| card.summary.tasks.iter().any(|known| known == task);
    let reads_texts = card.summary.tasks.iter().any(|task| task != "question-answering");
    html! {
        (fields.file("data", "Input file"))
        @for (task, name, label, column) in COLUMNS {
            @if task.map_or(reads_texts, does) { (fields.text(name, label, column)) }
        }
        (fields.task(&card.summary.tasks))
        (fields.number("chunk_rows", "Rows in a chunk", "256"))
    }
}
