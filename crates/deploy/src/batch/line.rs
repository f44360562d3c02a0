//! From a row of the input to a line of the output.

use data::{Record, Rows};
use domain::Task;
use native::{Asked, Candidates, ChatMessage, Entity, Sorted};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Job;
use crate::{Error, Generated, Inputs, LabelScore, Labels, MaskGuess, Outputs, Parameters};

const TEXT: &str = "text";
const MESSAGES: &str = "messages";
const QUESTION: &str = "question";
const CONTEXT: &str = "context";
const LABELS: &str = "candidate_labels";

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
    Entities(Vec<Entity>),
    Found(native::Answer),
    FoundAll(Vec<native::Answer>),
    Sorted(Sorted),
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

/// Returns what a row may hold, what a task is asked about first: a text, a conversation, a
/// question with its text, or a text with the labels that it may have.
pub(super) fn fields(task: Task) -> &'static [&'static str] {
    match task {
        Task::ChatCompletion => &[TEXT, MESSAGES],
        Task::QuestionAnswering => &[QUESTION, CONTEXT],
        Task::ZeroShotClassification => &[TEXT, LABELS],
        _ => &[TEXT],
    }
}

/// Returns the fields that every row of a job must have: a chat may have whole conversations, and
/// labels may be the same for all rows.
pub(super) fn needed(job: &Job) -> Result<&'static [&'static str], Error> {
    match job.task {
        Task::ZeroShotClassification if job.parameters.candidate_labels.is_some() => Ok(&[TEXT]),
        Task::ChatCompletion => {
            let first = Rows::open(&job.data)?.next().transpose()?;
            let column = job.mapping.column(MESSAGES);
            let has = first.is_some_and(|record| record.fields.contains_key(column));
            Ok(if has { &[MESSAGES] } else { &[TEXT] })
        }
        task => Ok(fields(task)),
    }
}

/// Returns what to ask about a row, or why there is nothing to ask; `column` is the first one.
pub(super) fn input(job: &Job, column: &str, record: &Record) -> Result<Inputs, String> {
    match job.task {
        Task::ChatCompletion => conversation(column, record).map(Inputs::Chat),
        Task::QuestionAnswering => {
            let question = text(column, record)?;
            let context = text(job.mapping.column(CONTEXT), record)?;
            Ok(Inputs::Questions(vec![Asked { question, context }]))
        }
        Task::ZeroShotClassification => {
            let labels = labels(job, record)?;
            Ok(Inputs::Candidates(vec![Candidates { text: text(column, record)?, labels }]))
        }
        _ => Ok(Inputs::Texts(vec![text(column, record)?])),
    }
}

fn cell<'a>(column: &str, record: &'a Record) -> Result<&'a Value, String> {
    let cell = record.fields.get(column).filter(|cell| !cell.is_null());
    cell.ok_or_else(|| format!("the row has no `{column}`"))
}

fn text(column: &str, record: &Record) -> Result<String, String> {
    let text = cell(column, record)?.as_str().map(str::to_owned);
    text.ok_or_else(|| format!("`{column}` is not a text"))
}

fn conversation(column: &str, record: &Record) -> Result<Vec<ChatMessage>, String> {
    match cell(column, record)? {
        Value::String(text) => Ok(vec![ChatMessage::new("user", text)]),
        messages => Vec::deserialize(messages).map_err(|error| {
            format!("`{column}` is neither a text nor a list of chat messages: {error}")
        }),
    }
}

/// Returns the labels of a row, or those of all rows.
fn labels(job: &Job, record: &Record) -> Result<Vec<String>, String> {
    let column = job.mapping.column(LABELS);
    let labels = match (cell(column, record), &job.parameters.candidate_labels) {
        (Ok(own), _) => Labels::deserialize(own)
            .map_err(|_| format!("`{column}` is neither a list of texts nor a text"))?
            .list(),
        (Err(_), Some(labels)) => labels.list(),
        (Err(absent), None) => return Err(absent),
    };
    if labels.is_empty() { Err(format!("`{column}` is empty")) } else { Ok(labels) }
}

/// Splits what a model said to several rows.
pub(super) fn split(outputs: Outputs, parameters: &Parameters) -> Vec<Answer> {
    let all_scores = parameters.return_all_scores == Some(true);
    match outputs {
        Outputs::Labels(rows) if all_scores => rows.into_iter().map(Answer::Labels).collect(),
        Outputs::Labels(rows) => {
            let best = rows.into_iter().map(|row| row.into_iter().next());
            best.map(|best| best.map_or(Answer::Labels(Vec::new()), Answer::Label)).collect()
        }
        Outputs::Masks(rows) => rows.into_iter().map(Answer::Masks).collect(),
        Outputs::Entities(rows) => rows.into_iter().map(Answer::Entities).collect(),
        Outputs::Answers(rows) if parameters.top_k.is_none_or(|count| count == 1) => {
            let best = rows.into_iter().map(|row| row.into_iter().next());
            best.map(|best| best.map_or(Answer::FoundAll(Vec::new()), Answer::Found)).collect()
        }
        Outputs::Answers(rows) => rows.into_iter().map(Answer::FoundAll).collect(),
        Outputs::Sorted(rows) => rows.into_iter().map(Answer::Sorted).collect(),
        Outputs::Vectors(vectors, _) => vectors.into_iter().map(Answer::Vector).collect(),
        // A batch asks for no pairs.
        Outputs::Scores(..) => Vec::new(),
        Outputs::Texts(texts) => texts.into_iter().map(Answer::Text).collect(),
    }
}

#[cfg(test)]
mod tests;
