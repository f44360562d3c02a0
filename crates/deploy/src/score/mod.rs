//! The scoring contract: the shapes of request that Azure's samples send, and their answers.

mod rows;
mod words;

use domain::Task;
use native::{Aggregation, Answer, Asked, Candidates, ChatMessage};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Error, Inputs, Labels, Outputs, Parameters};

/// The most inputs in one request: what is longer belongs into a batch.
const INPUTS_MAX: usize = 4_096;

/// A scoring request that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRequest {
    /// What to answer.
    pub inputs: Inputs,
    /// How.
    pub parameters: Parameters,
    /// Which shape it came in: decides the shape of the answer.
    pub shape: Shape,
}

/// The shape of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{"input_data": ["text", …]}`, or one column of it.
    List,
    /// `{"input_data": {"input_string": […], "parameters": {…}}}`.
    InputString,
    /// `{"input_data": {"question": …, "context": …}}`, or pandas' form with several columns.
    Columns,
}

/// The names of a column of texts.
const TEXTS: [&str; 4] = ["text", "sequence", "input_string", "sentence"];

/// Reads the body of `POST /endpoints/{name}/score`.
///
/// # Errors
/// Where the body has none of the accepted shapes; the error names the place.
pub fn parse(task: Task, body: &Value) -> Result<ScoreRequest, Error> {
    let fields = body.as_object().ok_or_else(|| shape("the body is not a JSON object"))?;
    let data = fields.get("input_data").or_else(|| fields.get("inputs"));
    let data = data.ok_or_else(|| shape("it has no `input_data`"))?;
    let beside = ["params", "parameters"].iter().find_map(|key| fields.get(*key));
    let inside = data.as_object().and_then(|data| data.get("parameters"));
    let parameters = parse_parameters(inside.or(beside))?;
    let (values, shape) = match task {
        Task::QuestionAnswering => rows::records(data, &["question"])?,
        Task::ZeroShotClassification => rows::records(data, &TEXTS)?,
        _ => rows::column(data)?,
    };
    check_count(values.len())?;
    let inputs = match task {
        Task::ChatCompletion => Inputs::Chat(messages(&values)?),
        Task::QuestionAnswering => Inputs::Questions(questions(&values)?),
        Task::ZeroShotClassification => Inputs::Candidates(candidates(&values, &parameters)?),
        _ => Inputs::Texts(texts(&values)?),
    };
    let parameters = match (task, shape) {
        // Azure's answer has the tag of every word.
        (Task::TokenClassification, Shape::InputString) => Parameters {
            aggregation_strategy: Some(Aggregation::None),
            ignore_labels: Some(Vec::new()),
            ..parameters
        },
        _ => parameters,
    };
    Ok(ScoreRequest { inputs, parameters, shape })
}

/// Writes the answer in the shape that the request's client expects.
pub fn render(request: &ScoreRequest, task: Task, outputs: Outputs) -> Value {
    let all_scores = request.parameters.return_all_scores == Some(true);
    match outputs {
        Outputs::Labels(rows) if all_scores => json!(rows),
        Outputs::Labels(rows) => {
            rows.into_iter().map(|row| json!(row.into_iter().next())).collect()
        }
        Outputs::Masks(rows) => {
            let best = |row: Vec<crate::MaskGuess>| json!(row.into_iter().next().map(|g| g.token));
            rows.into_iter().map(best).collect()
        }
        Outputs::Entities(rows) if request.shape == Shape::InputString => {
            words::tags(&request.inputs, &rows)
        }
        Outputs::Entities(rows) => json!(rows),
        Outputs::Answers(rows) => {
            let single = request.parameters.top_k.is_none_or(|count| count == 1);
            rows.into_iter().map(|row| answer(row, request.shape, single)).collect()
        }
        Outputs::Sorted(rows) => json!(rows),
        Outputs::Vectors(vectors, _) => json!(vectors),
        Outputs::Scores(scores, _) => json!(scores),
        Outputs::Texts(texts) if task == Task::ChatCompletion => {
            json!({ "output": texts.into_iter().next().map(|one| one.text).unwrap_or_default() })
        }
        Outputs::Texts(texts) => {
            let wrap = |text: String| match request.shape {
                Shape::List | Shape::Columns => json!(text),
                Shape::InputString => json!({ "0": text }),
            };
            texts.into_iter().map(|one| wrap(one.text)).collect()
        }
    }
}

/// Writes the answers to one question: Azure's clients want the text alone.
fn answer(row: Vec<Answer>, shape: Shape, single: bool) -> Value {
    match (shape, single) {
        (Shape::Columns, _) => json!(row.into_iter().next().map(|one| one.answer)),
        (_, true) => json!(row.into_iter().next()),
        (_, false) => json!(row),
    }
}

fn check_count(count: usize) -> Result<(), Error> {
    match count {
        0 => Err(shape("`input_data` is empty")),
        1..=INPUTS_MAX => Ok(()),
        _ => Err(shape(format!("{count} inputs are more than {INPUTS_MAX}: run a batch"))),
    }
}

fn shape(why: impl Into<String>) -> Error {
    Error::Shape { why: why.into() }
}

fn parse_parameters(value: Option<&Value>) -> Result<Parameters, Error> {
    match value {
        None | Some(Value::Null) => Ok(Parameters::default()),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|error| shape(format!("a parameter is wrong: {error}"))),
    }
}

fn texts(values: &[Value]) -> Result<Vec<String>, Error> {
    let text = |(number, value): (usize, &Value)| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(cells) if cells.len() == 1 && cells[0].is_string() => {
            Ok(cells[0].as_str().unwrap_or_default().to_owned())
        }
        _ => Err(shape(format!("input {number} is not a text"))),
    };
    values.iter().enumerate().map(text).collect()
}

fn questions(values: &[Value]) -> Result<Vec<Asked>, Error> {
    let asked = |(number, value): (usize, &Value)| {
        serde_json::from_value(value.clone())
            .map_err(|_| shape(format!("input {number} needs the texts `question` and `context`")))
    };
    values.iter().enumerate().map(asked).collect()
}

/// Pairs texts with their own labels, or with those of all.
fn candidates(values: &[Value], parameters: &Parameters) -> Result<Vec<Candidates>, Error> {
    let candidates = |(number, value): (usize, &Value)| {
        let field = |name: &&str| value.get(*name).and_then(Value::as_str);
        let text = value.as_str().or_else(|| TEXTS.iter().find_map(field));
        let text = text.ok_or_else(|| shape(format!("input {number} has no `text`")))?;
        let own = value.get("candidate_labels").map(Labels::deserialize);
        let own = own.transpose().map_err(|_| {
            shape(format!("`candidate_labels` of input {number} is neither a list nor a text"))
        })?;
        let labels = own.as_ref().or(parameters.candidate_labels.as_ref()).map(Labels::list);
        match labels {
            Some(labels) if !labels.is_empty() => Ok(Candidates { text: text.to_owned(), labels }),
            _ => {
                let where_to = "put them beside the text or into `parameters`";
                Err(shape(format!("input {number} has no `candidate_labels`: {where_to}")))
            }
        }
    };
    values.iter().enumerate().map(candidates).collect()
}

fn messages(values: &[Value]) -> Result<Vec<ChatMessage>, Error> {
    let message = |(number, value): (usize, &Value)| {
        let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        match (field("role"), field("content"), value) {
            (Some(role), Some(content), _) => Ok(ChatMessage::new(role, content)),
            (_, _, Value::String(text)) => Ok(ChatMessage::new("user", text)),
            _ => Err(shape(format!("message {number} needs the texts `role` and `content`"))),
        }
    };
    values.iter().enumerate().map(message).collect()
}

#[cfg(test)]
mod tests;
