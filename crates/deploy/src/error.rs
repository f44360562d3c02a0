//! What can go wrong while a model is put to work.

use domain::{Fault, Kind};

/// A failure of deploying or scoring.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request body has none of the shapes that scoring accepts.
    #[error("cannot read the scoring request: {why}")]
    Shape {
        /// What is wrong with it.
        why: String,
    },
    /// The model does not do this task.
    #[error("`{model}` cannot do `{task}`: it does {does}")]
    Task {
        /// The model.
        model: String,
        /// The task that was asked for.
        task: String,
        /// The tasks that it does, joined.
        does: String,
    },
    /// The shares of traffic are wrong.
    #[error(transparent)]
    Traffic(#[from] crate::TrafficError),
    /// A number is out of its range.
    #[error("`{field}` is {value}, but must be between {least} and {most}")]
    Range {
        /// The field.
        field: &'static str,
        /// What was given.
        value: u64,
        /// The least value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// Only decoders write for many at once.
    #[error("`engine` is for models that write text, not for `{task}`")]
    Engine {
        /// What the model is to do.
        task: domain::Task,
    },
    /// Only decoders go with adapters.
    #[error("adapters go with models that write text, not with `{task}`")]
    Adapters {
        /// What the model is to do.
        task: domain::Task,
    },
    /// There is no such adapter.
    #[error("`{endpoint}` has no adapter `{adapter}`: {has}")]
    NoAdapter {
        /// The endpoint, or one deployment of it.
        endpoint: String,
        /// The name.
        adapter: String,
        /// Those that it has, in words.
        has: String,
    },
    /// The command of a deployment cannot be.
    #[error("cannot deploy this command: {why}")]
    Command {
        /// What is wrong with it.
        why: String,
    },
    /// A word is none of those that a field knows.
    #[error("`{field}` is `{value}`: use {known}")]
    Unknown {
        /// The field.
        field: &'static str,
        /// What was given.
        value: String,
        /// What it knows, joined.
        known: String,
    },
    /// Scoring has no spelling in what a command speaks.
    #[error("`{task}` has no request in `{protocol}`, which the command of this deployment speaks")]
    NotScored {
        /// What it speaks.
        protocol: crate::Protocol,
        /// The deployment's task.
        task: domain::Task,
    },
    /// A command answered in another shape.
    #[error("the command answered with {what}, which is not `{protocol}`")]
    Answer {
        /// What it is said to speak.
        protocol: crate::Protocol,
        /// What it said.
        what: String,
    },
    /// There is no such endpoint.
    #[error("there is no endpoint `{name}`")]
    NoEndpoint {
        /// The endpoint.
        name: String,
    },
    /// There is no such deployment.
    #[error("endpoint `{endpoint}` has no deployment `{deployment}`")]
    NoDeployment {
        /// The endpoint.
        endpoint: String,
        /// The deployment.
        deployment: String,
    },
    /// A stored row cannot be read.
    #[error("the stored deployment `{name}` cannot be read: {why}")]
    Stored {
        /// Endpoint and deployment.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The data of a batch cannot be read.
    #[error("cannot read the data of the batch")]
    Data(#[from] data::Error),
    /// The answers of a batch cannot be written.
    #[error("cannot write the answers to `{}`", path.display())]
    Output {
        /// The file.
        path: std::path::PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The text of a comparison cannot be read.
    #[error("cannot read `{name}`: {why}")]
    Text {
        /// The file.
        name: String,
        /// Why not.
        why: String,
    },
    /// A comparison was stopped.
    #[error("the comparison was stopped before it was complete")]
    Stopped,
    /// A batch was stopped.
    #[error("the batch was stopped: its committed rows stay")]
    Cancelled,
    /// The database failed.
    #[error("cannot reach the endpoint records")]
    Database(#[from] db::Error),
    /// The model failed.
    #[error("the model cannot answer")]
    Model(#[from] native::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::Data(source) => source.into(),
            Error::Model(source) => source.into(),
            Error::Shape { .. } => Self::wrap(Kind::Invalid, error)
                .hint("send {\"input_data\": [\"text\", …]}; the model's card shows an example"),
            Error::Task { .. } => Self::wrap(Kind::Unsupported, error)
                .hint("choose one of its tasks, or another model: `modeldex search --task …`"),
            Error::Engine { .. } => Self::wrap(Kind::Unsupported, error)
                .hint("leave it out: requests to encoders share passes as they come"),
            Error::Adapters { .. } => Self::wrap(Kind::Unsupported, error)
                .hint("leave them out: encoders are fine-tuned as a whole"),
            Error::NoAdapter { .. } => Self::wrap(Kind::NotFound, error),
            Error::Traffic(_) | Error::Range { .. } | Error::Unknown { .. } => {
                Self::wrap(Kind::Invalid, error)
            }
            Error::Command { .. } => Self::wrap(Kind::Invalid, error)
                .hint("for example: vllm serve {model} --host 127.0.0.1 --port {port}"),
            Error::NotScored { .. } => Self::wrap(Kind::Unsupported, error)
                .hint("ask the endpoint in that protocol, or deploy with another task"),
            Error::Answer { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("deploy again with the protocol that the command speaks"),
            Error::Output { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("check that the disk of the data directory has space"),
            Error::Text { .. } => Self::wrap(Kind::Invalid, error)
                .hint("give plain text in UTF-8, or rows with a column `text`"),
            Error::Cancelled | Error::Stopped => Self::wrap(Kind::Conflict, error),
            Error::NoEndpoint { .. } | Error::NoDeployment { .. } => {
                Self::wrap(Kind::NotFound, error)
                    .hint("`modeldex endpoints list` shows what there is")
            }
            Error::Stored { .. } => Self::wrap(Kind::Internal, error),
        }
    }
}
