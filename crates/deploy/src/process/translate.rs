//! Scoring by a command: a scoring request becomes calls of what it speaks, and their answers
//! become outputs.

use domain::Task;
use serde_json::{Map, Value, json};

use super::Protocol;
use crate::question::sampling;
use crate::score::ScoreRequest;
use crate::{Error, Generated, Inputs, LabelScore, Outputs};

/// One request to a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Where it goes.
    pub path: &'static str,
    /// What it says.
    pub body: Value,
}

/// Writes the calls that answer a scoring request.
///
/// # Errors
/// Where scoring has no spelling in what the command speaks.
pub fn calls(
    protocol: Protocol,
    task: Task,
    model: &str,
    request: &ScoreRequest,
) -> Result<Vec<Call>, Error> {
    let call = |path, body| vec![Call { path, body }];
    let calls = match (protocol, task, &request.inputs) {
        (Protocol::OpenAi, Task::ChatCompletion, Inputs::Chat(messages)) => {
            let what = json!({ "model": model, "messages": messages });
            call("/v1/chat/completions", generation(what, request))
        }
        (Protocol::OpenAi, Task::TextGeneration, Inputs::Texts(texts)) => {
            let of = |text: &String| Call {
                path: "/v1/completions",
                body: generation(json!({ "model": model, "prompt": text }), request),
            };
            texts.iter().map(of).collect()
        }
        (Protocol::OpenAi, task, Inputs::Texts(texts)) if embeds(task) => {
            let body = json!({ "model": model, "input": texts, "encoding_format": "float" });
            call("/v1/embeddings", body)
        }
        (Protocol::Tei, task, Inputs::Texts(texts)) if embeds(task) => {
            call("/embed", json!({ "inputs": texts }))
        }
        (Protocol::Tei, Task::TextClassification, Inputs::Texts(texts)) => {
            // A list in a list: two texts in one list would be a pair.
            let inputs: Vec<_> = texts.iter().map(|text| [text]).collect();
            call("/predict", json!({ "inputs": inputs }))
        }
        _ => return Err(Error::NotScored { protocol, task }),
    };
    Ok(calls)
}

fn embeds(task: Task) -> bool {
    matches!(task, Task::FeatureExtraction | Task::SentenceSimilarity)
}

/// Adds how to write: what was said, and the defaults of scoring.
fn generation(mut body: Value, request: &ScoreRequest) -> Value {
    let parameters = &request.parameters;
    let (tokens_max, temperature) = sampling(parameters);
    let mut more = Map::new();
    more.insert("max_tokens".into(), json!(tokens_max));
    more.insert("temperature".into(), json!(temperature));
    let optional = [
        ("top_p", parameters.top_p.map(|value| json!(value))),
        ("top_k", parameters.top_k.map(|value| json!(value))),
        ("seed", parameters.seed.map(|value| json!(value))),
        ("stop", (!parameters.stop.is_empty()).then(|| json!(parameters.stop))),
    ];
    let said = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    more.extend(said);
    if let Some(fields) = body.as_object_mut() {
        fields.extend(more);
    }
    body
}

/// Reads the answers to [`calls`], in their order.
///
/// # Errors
/// Where an answer has not the shape of what the command is said to speak.
pub fn outputs(
    protocol: Protocol,
    task: Task,
    request: &ScoreRequest,
    answers: &[Value],
) -> Result<Outputs, Error> {
    let strange = |what: &str| Error::Answer { protocol, what: what.to_owned() };
    let first = answers.first().ok_or_else(|| strange("nothing"))?;
    match (protocol, task) {
        (Protocol::OpenAi, task) if embeds(task) => {
            let rows = first["data"].as_array().ok_or_else(|| strange("no `data`"))?;
            let tokens = count(first, "prompt_tokens");
            vectors(rows.iter().map(|row| &row["embedding"]), tokens)
                .ok_or_else(|| strange("an `embedding` that is no list of numbers"))
        }
        (Protocol::Tei, Task::TextClassification) => {
            let rows: Result<Vec<Vec<LabelScore>>, _> = serde_json::from_value(first.clone());
            rows.map(Outputs::Labels).map_err(|error| strange(&error.to_string()))
        }
        (Protocol::Tei, _) => first
            .as_array()
            .and_then(|rows| vectors(rows.iter(), 0))
            .ok_or_else(|| strange("no list of vectors")),
        _ => {
            let written = answers.iter().enumerate().map(|(number, answer)| {
                generated(request, number, answer).ok_or_else(|| strange("no text"))
            });
            written.collect::<Result<_, _>>().map(Outputs::Texts)
        }
    }
}

fn vectors<'a>(rows: impl Iterator<Item = &'a Value>, tokens: usize) -> Option<Outputs> {
    let vector = |row: &Value| serde_json::from_value(row.clone()).ok();
    Some(Outputs::Vectors(rows.map(vector).collect::<Option<_>>()?, tokens))
}

fn generated(request: &ScoreRequest, number: usize, answer: &Value) -> Option<Generated> {
    let choice = answer["choices"].get(0)?;
    let message = &choice["message"]["content"];
    // A chat that answers with a call of a tool says nothing.
    let text = choice["text"].as_str().or(message.as_str());
    let text = text.or(choice.get("message").map(|_| ""))?;
    let repeats = request.parameters.return_full_text == Some(true);
    let before = match &request.inputs {
        Inputs::Texts(texts) if repeats => texts.get(number)?.as_str(),
        _ => "",
    };
    Some(Generated {
        text: format!("{before}{text}"),
        prompt_tokens: count(answer, "prompt_tokens"),
        completion_tokens: count(answer, "completion_tokens"),
    })
}

fn count(answer: &Value, name: &str) -> usize {
    usize::try_from(answer["usage"][name].as_u64().unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score;

    /// Checks the calls of a scoring request, and what comes of answers to them.
    fn check(
        (protocol, task): (Protocol, Task),
        body: Value,
        expected: &[(&'static str, Value)],
        (answers, rendered): (&[Value], Value),
    ) {
        let request = score::parse(task, &body).unwrap();
        let made = calls(protocol, task, "m", &request).unwrap();
        let expected = expected.iter().map(|(path, body)| Call { path, body: body.clone() });
        assert_eq!(made, expected.collect::<Vec<_>>());
        let read = outputs(protocol, task, &request, answers).unwrap();
        assert_eq!(score::render(&request, task, read), rendered);
    }

    #[test]
    fn a_chat_is_asked_as_openai_chats() {
        let body = json!({ "input_data": { "input_string": [{ "role": "user", "content": "hi" }],
            "parameters": { "temperature": 0.5, "top_k": 3, "stop": ["."] } } });
        let asked = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }],
            "max_tokens": 50, "temperature": 0.5, "top_k": 3, "stop": ["."] });
        let answer = json!({ "choices": [{ "message": { "content": "hello" } }] });
        check(
            (Protocol::OpenAi, Task::ChatCompletion),
            body,
            &[("/v1/chat/completions", asked)],
            (&[answer], json!({ "output": "hello" })),
        );
    }

    #[test]
    fn each_prompt_is_a_completion() {
        let body = json!({ "input_data": ["a", "b"], "params": {
            "max_new_tokens": 7, "return_full_text": true } });
        let asked = |text: &str| {
            let body = json!({ "model": "m", "prompt": text, "max_tokens": 7, "temperature": 0.0 });
            ("/v1/completions", body)
        };
        let answers = ["1", "2"].map(|text| json!({ "choices": [{ "text": text }] }));
        check(
            (Protocol::OpenAi, Task::TextGeneration),
            body,
            &[asked("a"), asked("b")],
            (&answers, json!(["a1", "b2"])),
        );
    }

    #[test]
    fn texts_become_vectors_and_labels() {
        let body = || json!({ "input_data": ["a", "b"] });
        let openai = json!({ "model": "m", "input": ["a", "b"], "encoding_format": "float" });
        let data = json!({ "data": [{ "embedding": [0.5] }, { "embedding": [1.0] }] });
        check(
            (Protocol::OpenAi, Task::FeatureExtraction),
            body(),
            &[("/v1/embeddings", openai)],
            (&[data], json!([[0.5], [1.0]])),
        );
        check(
            (Protocol::Tei, Task::SentenceSimilarity),
            body(),
            &[("/embed", json!({ "inputs": ["a", "b"] }))],
            (&[json!([[0.5], [1.0]])], json!([[0.5], [1.0]])),
        );
        let label = |text: &str| json!([{ "score": 0.5, "label": text }]);
        check(
            (Protocol::Tei, Task::TextClassification),
            body(),
            &[("/predict", json!({ "inputs": [["a"], ["b"]] }))],
            (
                &[json!([label("x"), label("y")])],
                json!([{ "label": "x", "score": 0.5 }, { "label": "y", "score": 0.5 }]),
            ),
        );
    }

    #[test]
    fn what_has_no_spelling_is_refused() {
        let request = score::parse(Task::FillMask, &json!({ "input_data": ["a"] })).unwrap();
        for protocol in [Protocol::OpenAi, Protocol::OpenInference, Protocol::Tei] {
            let error = calls(protocol, Task::FillMask, "m", &request).unwrap_err().to_string();
            assert!(error.contains("`fill-mask` has no request"), "{error}");
        }
    }

    #[test]
    fn a_strange_answer_is_an_error() {
        let check = |protocol, task, answer: Value, words: &str| {
            let request = score::parse(task, &json!({ "input_data": ["a"] })).unwrap();
            let error = outputs(protocol, task, &request, &[answer]).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        let openai = Protocol::OpenAi;
        check(openai, Task::TextGeneration, json!({ "choices": [] }), "no text");
        check(openai, Task::FeatureExtraction, json!({}), "no `data`");
        let data = json!({ "data": [{ "embedding": "AAAA" }] });
        check(openai, Task::FeatureExtraction, data, "no list of numbers");
        check(Protocol::Tei, Task::FeatureExtraction, json!({ "a": 1 }), "no list of vectors");
        check(Protocol::Tei, Task::TextClassification, json!([["x"]]), "the command answered");
    }
}
