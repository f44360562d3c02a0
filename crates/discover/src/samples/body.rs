//! The requests of the API that samples send, for curl and Python alike.

use domain::Capability;
use serde_json::{Value, json};

use super::{Example, input};

/// A request with a body.
pub(super) struct Request {
    /// The path on the server.
    pub(super) path: String,
    /// The fields of the body.
    pub(super) fields: Vec<(&'static str, Field)>,
}

/// What a field holds.
pub(super) enum Field {
    /// A value that is known.
    Known(Value),
    /// What the upload of the data answered.
    Data,
}

impl Request {
    fn new<const N: usize>(path: &str, fields: [(&'static str, Option<Value>); N]) -> Self {
        let known = |(name, value): (_, Option<Value>)| Some((name, Field::Known(value?)));
        Self { path: path.to_owned(), fields: fields.into_iter().filter_map(known).collect() }
    }

    fn over_data(mut self) -> Self {
        self.fields.push(("data", Field::Data));
        self
    }
}

/// Returns the request that starts a use.
pub(super) fn of(example: &Example<'_>, capability: Capability) -> Request {
    let model = Some(json!(example.subject.model));
    let task = example.task_to_name().map(|task| json!(task.tag()));
    match capability {
        Capability::Try => {
            let ask = json!(input::ask(example.task, &example.inputs()));
            Request::new("/api/v1/try", [("model", model), ("task", task), ("input", Some(ask))])
        }
        Capability::Evaluate => Request::new("/api/v1/evaluations", [("model", model)]).over_data(),
        Capability::Finetune => {
            let name = Some(json!(example.taught()));
            Request::new("/api/v1/finetunes", [("model", model), ("name", name)]).over_data()
        }
        Capability::Online => {
            let endpoint = Some(json!(example.endpoint()));
            let fields = [("model", model), ("endpoint", endpoint), ("task", task)];
            Request::new("/api/v1/deployments", fields)
        }
        Capability::Batch => {
            Request::new("/api/v1/batches", [("target", model), ("task", task)]).over_data()
        }
        Capability::Import => Request::new("/api/v1/imports", [("source", model)]),
    }
}

/// Returns the request that asks the endpoint of the sample.
pub(super) fn score(example: &Example<'_>) -> Request {
    let data = input::score(example.task, &example.inputs());
    let path = format!("/endpoints/{}/score", example.endpoint());
    Request::new(&path, [("input_data", Some(data))])
}
