//! The scoring contract: the shapes of request that Azure's samples send, and their answers.

use domain::Task;
use native::ChatMessage;
use serde_json::{Map, Value, json};

use crate::{Error, Inputs, Outputs, Parameters};

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
}

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
    let (values, shape) = rows(data)?;
    let inputs = match task {
        Task::ChatCompletion => Inputs::Chat(messages(&values)?),
        _ => Inputs::Texts(texts(&values)?),
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
        Outputs::Vectors(vectors, _) => json!(vectors),
        Outputs::Scores(scores, _) => json!(scores),
        Outputs::Texts(texts) if task == Task::ChatCompletion => {
            json!({ "output": texts.into_iter().next().map(|one| one.text).unwrap_or_default() })
        }
        Outputs::Texts(texts) => {
            let wrap = |text: String| match request.shape {
                Shape::List => json!(text),
                Shape::InputString => json!({ "0": text }),
            };
            texts.into_iter().map(|one| wrap(one.text)).collect()
        }
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

/// Finds the values of the one input column.
fn rows(data: &Value) -> Result<(Vec<Value>, Shape), Error> {
    let (values, shape_of) = match data {
        Value::String(_) => (vec![data.clone()], Shape::List),
        Value::Array(values) => (values.clone(), Shape::List),
        Value::Object(fields) => match fields.get("data") {
            Some(table) if fields.contains_key("columns") => {
                (split_column(fields, table)?, Shape::List)
            }
            _ => named_column(fields)?,
        },
        _ => return Err(shape("`input_data` is neither a list nor an object")),
    };
    if values.is_empty() {
        return Err(shape("`input_data` is empty"));
    }
    if values.len() > INPUTS_MAX {
        let count = values.len();
        return Err(shape(format!("{count} inputs are more than {INPUTS_MAX}: run a batch")));
    }
    Ok((values, shape_of))
}

/// Reads `{"input_string": […]}` or any one column by name.
fn named_column(fields: &Map<String, Value>) -> Result<(Vec<Value>, Shape), Error> {
    let wrap = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    };
    if let Some(value) = fields.get("input_string") {
        return Ok((wrap(value), Shape::InputString));
    }
    let mut columns = fields.iter().filter(|(name, _)| *name != "parameters");
    match (columns.next(), columns.next()) {
        (Some((_, value)), None) => Ok((wrap(value), Shape::List)),
        (None, _) => Err(shape("`input_data` has no column")),
        (Some(_), Some(_)) => {
            Err(shape("`input_data` has several columns: name the text column `input_string`"))
        }
    }
}

/// Reads pandas' split form: `columns`, `index`, `data`.
fn split_column(fields: &Map<String, Value>, table: &Value) -> Result<Vec<Value>, Error> {
    let names: Vec<&str> = fields
        .get("columns")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let known = ["input_string", "text", "sentence"];
    let column = names.iter().position(|name| known.contains(name)).unwrap_or(0);
    let table = table.as_array().ok_or_else(|| shape("`data` is not a list of rows"))?;
    let cell = |(number, row): (usize, &Value)| match row {
        Value::Array(cells) => cells
            .get(column)
            .cloned()
            .ok_or_else(|| shape(format!("row {number} of `data` has no column {column}"))),
        value => Ok(value.clone()),
    };
    table.iter().enumerate().map(cell).collect()
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
mod tests {
    use super::*;
    use crate::{Generated, LabelScore};

    fn texts_of(body: Value) -> Vec<String> {
        match parse(Task::TextClassification, &body).unwrap().inputs {
            Inputs::Texts(texts) => texts,
            other => panic!("read as {other:?}"),
        }
    }

    #[test]
    fn every_shape_that_samples_use_is_read() {
        let expected = ["a", "b"];
        let check = |body: Value| assert_eq!(texts_of(body), expected);
        check(json!({ "input_data": ["a", "b"] }));
        check(json!({ "input_data": [["a"], ["b"]] }));
        check(json!({ "input_data": { "input_string": ["a", "b"] } }));
        check(json!({ "inputs": { "input_string": ["a", "b"] }, "parameters": {} }));
        check(json!({ "inputs": ["a", "b"] }));
        check(json!({ "input_data": { "text": ["a", "b"] } }));
        check(json!({ "input_data": {
            "columns": ["id", "input_string"], "index": [0, 1], "data": [[1, "a"], [2, "b"]] } }));
        check(json!({ "input_data": { "columns": ["x"], "index": [0, 1], "data": ["a", "b"] } }));
    }

    #[test]
    fn a_wrong_shape_says_where() {
        let check = |body: Value, why: &str| {
            let error = parse(Task::TextClassification, &body).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        check(json!([1]), "not a JSON object");
        check(json!({ "data": [] }), "no `input_data`");
        check(json!({ "input_data": [] }), "empty");
        check(json!({ "input_data": ["a", 3] }), "input 1 is not a text");
        check(json!({ "input_data": { "a": ["x"], "b": ["y"] } }), "several columns");
        check(json!({ "input_data": 3 }), "neither a list nor an object");
        check(json!({ "input_data": ["a"], "params": { "top_p": "x" } }), "a parameter is wrong");
        check(json!({ "input_data": vec!["a"; INPUTS_MAX + 1] }), "run a batch");
    }

    #[test]
    fn a_chat_is_one_conversation_with_parameters_inside() {
        let body = json!({ "input_data": {
            "input_string": [{ "role": "user", "content": "hello" }],
            "parameters": { "max_new_tokens": 7, "do_sample": false } } });
        let request = parse(Task::ChatCompletion, &body).unwrap();
        assert_eq!(request.parameters.max_new_tokens, Some(7));
        let reply = Generated { text: "hi".into(), prompt_tokens: 1, completion_tokens: 1 };
        let answer = render(&request, Task::ChatCompletion, Outputs::Texts(vec![reply]));
        assert_eq!(answer, json!({ "output": "hi" }));
    }

    #[test]
    fn the_best_label_answers_unless_all_are_asked_for() {
        let labels = || {
            let one = |label: &str, score| LabelScore { label: label.into(), score };
            Outputs::Labels(vec![vec![one("yes", 0.75), one("no", 0.25)]])
        };
        let task = Task::TextClassification;
        let request = parse(task, &json!({ "input_data": ["a"] })).unwrap();
        assert_eq!(render(&request, task, labels()), json!([{ "label": "yes", "score": 0.75 }]));
        let body = json!({ "input_data": ["a"], "params": { "return_all_scores": true } });
        let request = parse(task, &body).unwrap();
        assert_eq!(render(&request, task, labels())[0].as_array().map(Vec::len), Some(2));
    }
}
