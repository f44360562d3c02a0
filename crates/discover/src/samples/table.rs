//! The small data files that samples write.

use domain::Capability;
use serde_json::Value;

use super::Example;

/// The name of every file of data: a word that no file of the user has.
pub(super) const FILE: &str = "sample.csv";
/// Where answers are written.
pub(super) const ANSWERS: &str = "sample-answers.jsonl";

/// Rows to teach with: enough for both classes to keep one for validation.
const LESSONS: [(&str, &str); 8] = [
    ("Where is my card?", "card"),
    ("How do I send money abroad?", "transfer"),
    ("My card has not come yet.", "card"),
    ("What does a transfer cost?", "transfer"),
    ("I have lost my card.", "card"),
    ("When will the money arrive?", "transfer"),
    ("Can I have a second card?", "card"),
    ("I want to cancel a transfer.", "transfer"),
];

/// Rows to measure on: one for each of this many labels shows where they go.
const LABELS_MAX: usize = 4;

/// Returns the lines of the data for a use; `None` where it needs no data.
pub(super) fn lines(example: &Example<'_>, capability: Capability) -> Option<Vec<String>> {
    let labelled = |rows: &mut dyn Iterator<Item = (String, String)>| {
        let row = |(text, label): (String, String)| format!("{},{}", cell(&text), cell(&label));
        std::iter::once("text,label".to_owned()).chain(rows.map(row)).collect()
    };
    match capability {
        Capability::Evaluate => {
            let labels = example.subject.labels.iter().take(LABELS_MAX).cycle().cloned();
            let texts = LESSONS.iter().take(LABELS_MAX).map(|(text, _)| (*text).to_owned());
            Some(labelled(&mut texts.zip(labels)))
        }
        Capability::Finetune => {
            let rows = LESSONS.iter().map(|(text, label)| ((*text).to_owned(), (*label).into()));
            Some(labelled(&mut rows.into_iter()))
        }
        Capability::Batch => {
            let inputs = example.inputs();
            let header = match &inputs[0] {
                Value::Object(row) => row.keys().map(String::as_str).collect::<Vec<_>>().join(","),
                _ => "text".to_owned(),
            };
            Some(std::iter::once(header).chain(inputs.iter().map(line)).collect())
        }
        _ => None,
    }
}

/// Writes an input as a line of CSV.
fn line(input: &Value) -> String {
    match input {
        Value::Object(row) => row.values().map(line).collect::<Vec<_>>().join(","),
        Value::Array(labels) => {
            let labels: Vec<_> = labels.iter().filter_map(Value::as_str).collect();
            cell(&labels.join(", "))
        }
        value => cell(value.as_str().unwrap_or_default()),
    }
}

/// Writes a cell of CSV.
fn cell(text: &str) -> String {
    let text = text.replace('\0', "");
    match text.contains(['"', ',', '\n', '\r']) || text.trim() != text || text.is_empty() {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}
