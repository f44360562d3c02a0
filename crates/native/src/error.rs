//! Everything that can go wrong while models are read, run and trained.

use std::path::{Path, PathBuf};

use domain::{Fault, Kind};

use crate::gguf::BlockFormat;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A file that every model needs is not there.
    #[error("`{dir}` has no `{file}`")]
    MissingFile {
        /// The model's folder.
        dir: PathBuf,
        /// The file's name.
        file: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// A file is larger than anything sensible.
    #[error("`{path}` has {bytes} bytes, more than the {bytes_max} that are read")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A file is not the JSON that it should be.
    #[error("`{path}` is not the JSON that was expected")]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why it fails.
        #[source]
        source: serde_json::Error,
    },
    /// A field of a JSON file is missing or wrong.
    #[error("`{field}` of `{path}` {why}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// A weight file's header does not hold together.
    #[error("`{path}` is not a sound safetensors file: {why}")]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A GGUF file's header does not hold together.
    #[error("`{path}` is not a sound GGUF file: {why}")]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The weights lack a tensor.
    #[error("`{path}` has no tensor `{tensor}`")]
    MissingTensor {
        /// The file, or the folder of a sharded model.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// A tensor has another shape than the configuration asks for.
    #[error("tensor `{tensor}` of `{path}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that follows from the configuration.
        expected: Vec<usize>,
    },
    /// A tensor's numbers are of a type that is not computed with.
    #[error("tensor `{tensor}` of `{path}` is {dtype}; f32, f16, bf16 and {} are read", blocks())]
    Dtype {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The type in the file.
        dtype: String,
    },
    /// The model is sound, but this build cannot do that with it.
    #[error("{what}")]
    Unsupported {
        /// What is not supported, as a sentence fragment.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// The tokenizer's file cannot be used.
    #[error("cannot use the tokenizer `{path}`")]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: tokenizers::Error,
    },
    /// The tokenizer fails on a text.
    #[error("cannot turn the text into tokens")]
    Tokenize(#[source] tokenizers::Error),
    /// A chat template fails.
    #[error("cannot apply the chat template of `{path}`")]
    Template {
        /// The file that holds the template.
        path: PathBuf,
        /// Why not.
        #[source]
        source: minijinja::Error,
    },
    /// A prompt is longer than the model can read.
    #[error("the prompt has {tokens} tokens; the model has room for {tokens_max}")]
    Context {
        /// How long it is.
        tokens: usize,
        /// How much room there is.
        tokens_max: usize,
    },
    /// A prompt needs more pages than there are.
    #[error("the prompt has {tokens} tokens; the memory for requests holds {tokens_max}")]
    Memory {
        /// How long it is.
        tokens: usize,
        /// How much room there is.
        tokens_max: usize,
    },
    /// Too many requests are waiting.
    #[error("{waiting} requests are waiting for the model already")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// An adapter is larger than the room for all of them.
    #[error("the adapter takes {bytes} bytes; there is room for {bytes_max} in memory")]
    LargeAdapter {
        /// Its size.
        bytes: u64,
        /// The room.
        bytes_max: u64,
    },
    /// Every adapter in memory is in use.
    #[error(
        "the {count} adapters that are in memory are all in use, and there is no room for more"
    )]
    AdaptersBusy {
        /// How many.
        count: usize,
    },
    /// A request's time was over before it had its turn.
    #[error("the request waited for the model until its time was over")]
    Expired,
    /// The thread that serves a model ended.
    #[error("the model does not answer any more")]
    Stopped,
    /// The system has no thread left.
    #[error("cannot start a thread for the model")]
    Thread {
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A training lost its way: the loss is infinite or no number.
    #[error("the loss of step {step} is {loss}, at a learning rate of {learning_rate:e}")]
    Diverged {
        /// The step; counts from one.
        step: u64,
        /// The loss.
        loss: f32,
        /// The learning rate of that step.
        learning_rate: f32,
    },
    /// The caller's input is wrong.
    #[error("{why}")]
    Input {
        /// What is wrong with it, as a sentence fragment.
        why: String,
    },
}

impl Error {
    /// Makes an [`Error::Read`]; for `map_err`.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Read { path: path.to_owned(), source }
    }

    /// Makes an [`Error::Write`]; for `map_err`.
    pub fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Write { path: path.to_owned(), source }
    }

    /// Makes an [`Error::Input`].
    pub fn input(why: impl Into<String>) -> Self {
        Self::Input { why: why.into() }
    }

    /// Makes an [`Error::Unsupported`].
    pub fn unsupported(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), hint: hint.into() }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Kind::NotFound
            }
            Self::Read { .. } | Self::Write { .. } | Self::Thread { .. } => Kind::Unavailable,
            Self::Busy { .. } | Self::AdaptersBusy { .. } | Self::Expired => Kind::Busy,
            Self::Stopped => Kind::Internal,
            Self::Unsupported { .. } | Self::Dtype { .. } | Self::LargeAdapter { .. } => {
                Kind::Unsupported
            }
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unsupported { hint, .. } => hint,
            Self::MissingFile { hint, .. } => *hint,
            Self::Header { .. } | Self::Gguf { .. } => {
                "the download may be incomplete: import the model again"
            }
            Self::Context { .. } => "shorten the prompt, or choose a model with a longer context",
            Self::Memory { .. } => {
                "shorten the prompt, or give the deployment more memory for requests"
            }
            Self::LargeAdapter { .. } => "merge it into its base and deploy that",
            Self::AdaptersBusy { .. } => "try again later",
            Self::Busy { .. } | Self::Expired => "try again later, or add replicas",
            Self::Stopped => "restart the deployment; its log says why it ended",
            Self::Diverged { .. } => "train again with a lower learning rate, a tenth for example",
            Self::Dtype { .. } => {
                "choose a copy of one of these types, or save the model as bf16 safetensors"
            }
            Self::MissingTensor { .. } | Self::Shape { .. } => {
                "the weights and the configuration are not of the same model"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// Names the quantized types that are read.
fn blocks() -> String {
    BlockFormat::ALL.map(BlockFormat::name).join(", ")
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        Self::wrap(error.kind(), error).hint_if(hint)
    }
}
