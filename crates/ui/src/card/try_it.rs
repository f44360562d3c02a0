//! Trying a model: a form that posts, and the answer below it.

use api::ModelCard;
use maud::{Markup, html};
use serde_json::Value;

use super::output::output;
use super::{Action, CardForms};
use crate::error_page::alert;
use crate::format;
use crate::icon::{Icon, icon};
use crate::link;
use crate::look::task_title;
use crate::parts::{Field, Kind};

/// Tasks that take text and answer at once, those first that show best what a model can do.
const TASKS: [&str; 9] = [
    "zero-shot-classification",
    "text-classification",
    "token-classification",
    "question-answering",
    "chat-completion",
    "fill-mask",
    "text-generation",
    "sentence-similarity",
    "feature-extraction",
];

/// Shows the form and what the model answered.
pub(super) fn panel(card: &ModelCard, forms: &CardForms) -> Markup {
    let does = |task: &&str| card.summary.tasks.iter().any(|known| known == task);
    let tasks: Vec<_> = TASKS.iter().copied().filter(does).collect();
    let wanted = forms.value(Action::Try, "task");
    let task = tasks.iter().copied().find(|task| *task == wanted).or(tasks.first().copied());
    let task = task.unwrap_or_default();
    let chat = task == "chat-completion";
    html! {
        live-form #try-panel {
            form.try-form method="post" action={ (link::model(&reference(card))) "/try" } {
                @if tasks.len() > 1 {
                    (task_choice(&tasks, task))
                } @else {
                    input type="hidden" name="task" value=(task);
                }
                @if chat { (conversation(forms)) }
                @if task == "question-answering" {
                    (beside(card, forms, "question", "Question"))
                }
                div.field {
                    label for="try-input" { (label(task)) }
                    textarea #try-input name="input" rows="3" required
                        placeholder=(placeholder(task)) { (typed(card, forms, chat)) }
                }
                @if tasks.contains(&"zero-shot-classification") { (labels(card, forms)) }
                @if matches!(task, "text-generation" | "chat-completion") { (sampling(forms)) }
                div.form-foot {
                    button.primary type="submit" { (icon(Icon::Play)) span.label { "Run" } }
                    p.note { (hint(task)) }
                }
            }
            div.try-result aria-live="polite" {
                @if let Some(error) = forms.error(Action::Try) { (alert(error)) }
                @if let Some(answer) = &forms.tried {
                    @if !chat { (output(answer, forms.value(Action::Try, "input").trim())) }
                    p.note { "Answered in " (format::count(answer.milliseconds)) " ms" }
                }
            }
        }
    }
}

fn reference(card: &ModelCard) -> String {
    match &card.shown_version {
        Some(version) => format!("{}@{version}", card.summary.model),
        None => card.summary.model.clone(),
    }
}

fn task_choice(tasks: &[&str], chosen: &str) -> Markup {
    html! {
        fieldset.segments {
            legend { "Task" }
            @for task in tasks {
                label {
                    input type="radio" name="task" value=(task) checked[*task == chosen];
                    span { (task_title(task)) }
                }
            }
        }
    }
}

/// Shows what was said so far, and carries it along in the form.
fn conversation(forms: &CardForms) -> Markup {
    let messages = forms.value(Action::Try, "messages");
    let said: Vec<Value> = serde_json::from_str(messages).unwrap_or_default();
    html! {
        @if !said.is_empty() {
            input type="hidden" name="messages" value=(messages);
            ol.conversation {
                @for message in &said {
                    @let role = message.get("role").and_then(Value::as_str).unwrap_or("user");
                    li.said.(role) {
                        span.who { (if role == "assistant" { "Model" } else { "You" }) }
                        p { (message.get("content").and_then(Value::as_str).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn label(task: &str) -> &'static str {
    match task {
        "chat-completion" => "Your message",
        "question-answering" => "Text to search",
        _ => "Input",
    }
}

/// A field that a task wants besides its text: what was typed, else the sample's.
fn beside(card: &ModelCard, forms: &CardForms, name: &str, label: &str) -> Markup {
    let typed = forms.value(Action::Try, name);
    let sample = card.sample_input.as_ref().filter(|_| forms.sent.is_none());
    let sample = sample.and_then(|sample| field_of(sample, name));
    let value = sample.filter(|_| typed.is_empty()).unwrap_or_else(|| typed.to_owned());
    Field { value: &value, required: true, ..Field::new("try", name, label) }.render()
}

/// The labels that a text may have, and whether several fit.
fn labels(card: &ModelCard, forms: &CardForms) -> Markup {
    let several = forms.value(Action::Try, "multi_label") == "on";
    html! {
        div.fields {
            (beside(card, forms, "candidate_labels", "Labels, with commas between them"))
            label.check {
                input type="checkbox" name="multi_label" checked[several];
                span { "Several may fit" }
            }
        }
    }
}

fn sampling(forms: &CardForms) -> Markup {
    let field = |name, label, kind| Field {
        kind,
        value: forms.value(Action::Try, name),
        ..Field::new("try", name, label)
    };
    html! {
        details.more {
            summary { "Sampling" }
            div.fields {
                (field("max_new_tokens", "Longest answer in tokens", Kind::Whole).render())
                (field("temperature", "Temperature", Kind::Decimal).render())
                (field("top_p", "Top p", Kind::Decimal).render())
            }
        }
    }
}

/// What was typed, else the sample; a chat starts its next message empty.
fn typed(card: &ModelCard, forms: &CardForms, chat: bool) -> String {
    let typed = forms.value(Action::Try, "input");
    let said = chat && forms.tried.is_some();
    match &card.sample_input {
        _ if !typed.is_empty() && !said => typed.to_owned(),
        Some(sample) if forms.sent.is_none() => first_text(sample).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Finds the text that a model is asked in a sample request, which comes in several shapes.
fn first_text(sample: &Value) -> Option<String> {
    match sample {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values.iter().find_map(first_text),
        Value::Object(fields) => {
            let wrapped = ["input_data", "input_string", "input", "inputs", "messages"];
            let inner = ["content", "context", "text", "data"];
            let by_name = wrapped.iter().chain(&inner).filter_map(|name| fields.get(*name));
            by_name.into_iter().find_map(first_text)
        }
        _ => None,
    }
}

/// Finds a field of the first row that has it: a text, or a list as one text.
fn field_of(sample: &Value, name: &str) -> Option<String> {
    match sample {
        Value::Array(rows) => rows.iter().find_map(|row| field_of(row, name)),
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Array(texts)) => {
                Some(texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
            }
            _ => fields.values().find_map(|inner| field_of(inner, name)),
        },
        _ => None,
    }
}

fn placeholder(task: &str) -> &'static str {
    match task {
        "chat-completion" => "Say something",
        "text-generation" => "The beginning of a text",
        "fill-mask" => "A sentence with [MASK] or <mask> in it",
        "feature-extraction" | "sentence-similarity" => "One text a line",
        "token-classification" => "A text that names people, places or things",
        "question-answering" => "A text that may hold the answer",
        _ => "A text to classify",
    }
}

fn hint(task: &str) -> &'static str {
    match task {
        "feature-extraction" | "sentence-similarity" => {
            "Each line is one text; two or more are compared."
        }
        "fill-mask" => "The masked word is guessed.",
        "token-classification" => "What the text names is marked.",
        "question-answering" => "The answer is a part of the text.",
        "zero-shot-classification" => "Each line is one text; the labels may be any words.",
        "chat-completion" | "text-generation" => {
            "The first answer waits until the model is loaded."
        }
        _ => "Each line is one text.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sample_gives_its_first_text() {
        for sample in [
            json!({ "input_data": ["hi", "no"] }),
            json!({ "input_data": { "input_string": [{ "role": "user", "content": "hi" }] } }),
            json!({ "inputs": { "input_string": ["hi"] }, "params": {} }),
            json!({ "input_data": { "columns": ["x"], "data": [["hi"]] } }),
            json!({ "input_data": [{ "question": "why", "context": "hi" }] }),
            json!({ "input_data": [{ "text": "hi", "candidate_labels": ["a", "b"] }] }),
            json!("hi"),
        ] {
            assert_eq!(first_text(&sample).as_deref(), Some("hi"), "{sample}");
        }
        assert_eq!(first_text(&json!({ "input_data": { "image": 3 } })), None);
    }

    #[test]
    fn a_sample_gives_what_stands_beside_its_text() {
        let check = |sample: Value, name: &str, expected: Option<&str>| {
            assert_eq!(field_of(&sample, name).as_deref(), expected, "{sample}");
        };
        let asked = json!({ "input_data": [{ "question": "why", "context": "hi" }] });
        check(asked.clone(), "question", Some("why"));
        check(asked, "candidate_labels", None);
        let sorted = json!({ "input_data": [{ "text": "hi", "candidate_labels": ["a", "b"] }] });
        check(sorted, "candidate_labels", Some("a, b"));
        check(json!("hi"), "question", None);
    }
}
