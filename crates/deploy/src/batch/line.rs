//! From a row of the input to a line of the output.

use data::{Record, Rows};
use domain::Task;
use native::ChatMessage;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{FIELDS, Job};
use crate::{Error, Generated, Inputs, LabelScore, MaskGuess, Outputs};

/// One line of the output.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// Counts the rows of the input from 1.
    row: u64,
    /// The row as it was read.
    input: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What the model says to one row.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Label(LabelScore),
    Labels(Vec<LabelScore>),
    Masks(Vec<MaskGuess>),
    Vector(Vec<f32>),
    Text(Generated),
}

impl Line {
    pub(super) fn new(row: u64, record: &Record, answer: Result<Answer, String>) -> Self {
        let (output, error) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(why) => (None, Some(why)),
        };
        Self { row, input: record.fields.clone(), output, error }
    }

    /// Tells whether it holds an error.
    pub(super) fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Appends it as JSON with a line break.
    pub(super) fn write(&self, text: &mut Vec<u8>) {
        // Writing to memory cannot fail, and every key is a text.
        let _ = serde_json::to_writer(&mut *text, self);
        text.push(b'\n');
    }
}

/// Returns the field that a job reads: a chat may have whole conversations.
pub(super) fn field(job: &Job) -> Result<&'static str, Error> {
    let [text, messages] = FIELDS;
    if job.task != Task::ChatCompletion {
        return Ok(text);
    }
    let first = Rows::open(&job.data)?.next().transpose()?;
    let column = job.mapping.column(messages);
    let has = first.is_some_and(|record| record.fields.contains_key(column));
    Ok(if has { messages } else { text })
}

/// Returns what to ask about a row, or why there is nothing to ask.
pub(super) fn input(task: Task, column: &str, record: &Record) -> Result<Inputs, String> {
    match (record.fields.get(column), task) {
        (None | Some(Value::Null), _) => Err(format!("the row has no `{column}`")),
        (Some(Value::String(text)), Task::ChatCompletion) => {
            Ok(Inputs::Chat(vec![ChatMessage::new("user", text)]))
        }
        (Some(value), Task::ChatCompletion) => {
            serde_json::from_value(value.clone()).map(Inputs::Chat).map_err(|error| {
                format!("`{column}` is neither a text nor a list of chat messages: {error}")
            })
        }
        (Some(Value::String(text)), _) => Ok(Inputs::Texts(vec![text.clone()])),
        (Some(_), _) => Err(format!("`{column}` is not a text")),
    }
}

/// Splits what a model said to several rows.
pub(super) fn split(outputs: Outputs, all_scores: bool) -> Vec<Answer> {
    match outputs {
        Outputs::Labels(rows) if all_scores => rows.into_iter().map(Answer::Labels).collect(),
        Outputs::Labels(rows) => {
            let best = rows.into_iter().map(|row| row.into_iter().next());
            best.map(|best| best.map_or(Answer::Labels(Vec::new()), Answer::Label)).collect()
        }
        Outputs::Masks(rows) => rows.into_iter().map(Answer::Masks).collect(),
        Outputs::Vectors(vectors, _) => vectors.into_iter().map(Answer::Vector).collect(),
        // A batch asks for no pairs.
        Outputs::Scores(..) => Vec::new(),
        Outputs::Texts(texts) => texts.into_iter().map(Answer::Text).collect(),
    }
}
