//! What can keep a model from learning.

use std::path::PathBuf;

use domain::{Fault, Kind};

/// A failure to teach.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data is wrong.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The model cannot be read, run or trained.
    #[error(transparent)]
    Model(#[from] native::Error),
    /// The file of the data cannot be read again.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// What an earlier attempt left cannot be removed.
    #[error("cannot remove `{path}`, which an earlier attempt left")]
    Write {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The model cannot be taught to classify texts.
    #[error("`{architecture}` cannot be taught text-classification: {}", only(.teachable))]
    WrongModel {
        /// What the model is.
        architecture: String,
        /// What it can be taught.
        teachable: Vec<String>,
    },
    /// There is no such method.
    #[error("there is no method `{method}`: there are `full` and `lora`")]
    Method {
        /// The method.
        method: String,
    },
    /// There is no such hyper-parameter.
    #[error("there is no hyper-parameter `{name}`: there are {}", list(.known))]
    UnknownHyperparameter {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// A hyper-parameter's value does not fit.
    #[error("`{name}` is {value}: it is {wanted}")]
    Hyperparameter {
        /// The name.
        name: &'static str,
        /// The value, as it was given.
        value: String,
        /// What it should be.
        wanted: String,
    },
    /// Things that were asked for exclude each other.
    #[error("{why}")]
    Combination {
        /// Which, as a sentence fragment.
        why: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// All rows have one label.
    #[error("every row of `{name}` has the label `{label}`: there is nothing to tell apart")]
    OneLabel {
        /// The file.
        name: String,
        /// The label.
        label: String,
    },
    /// There are more labels than a classifier is made for.
    #[error("`{name}` has more than {labels_max} labels")]
    ManyLabels {
        /// The file.
        name: String,
        /// How many there may be.
        labels_max: usize,
    },
    /// No label has a second row.
    #[error("each of the {rows} rows of `{name}` has a label of its own: nothing repeats")]
    NothingRepeats {
        /// The file.
        name: String,
        /// How many rows there are.
        rows: usize,
    },
    /// A row of the validation data has a label that is not learned.
    #[error("`{name}`, line {line}: no row of the training data has the label `{label}`")]
    UnknownLabel {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// The data does not fit into memory.
    #[error("`{name}` has more than {} MiB of text", bytes_max >> 20)]
    TooMuch {
        /// The file.
        name: String,
        /// How much there may be.
        bytes_max: usize,
    },
}

impl Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Read { .. } | Self::Write { .. } => Kind::Unavailable,
            Self::WrongModel { .. } => Kind::Unsupported,
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownHyperparameter { near: Some(near), .. }
            | Self::UnknownLabel { near: Some(near), .. } => {
                return Some(format!("if `{near}` is meant, write it so"));
            }
            Self::UnknownLabel { .. } => "add rows with this label to the training data",
            Self::Combination { hint, .. } => hint,
            Self::WrongModel { .. } => {
                "`modeldex search --finetuning-task text-classification` finds models that can"
            }
            Self::OneLabel { .. } | Self::ManyLabels { .. } | Self::NothingRepeats { .. } => {
                "is another column the label? `--map label=COLUMN` chooses it"
            }
            Self::TooMuch { .. } => "teach with a sample of the rows",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Data(error) => error.into(),
            Error::Model(error) => error.into(),
            other => {
                let hint = other.hint();
                Self::wrap(other.kind(), other).hint_if(hint)
            }
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn only(names: &[String]) -> String {
    if names.is_empty() { "nor anything else".to_owned() } else { format!("only {}", list(names)) }
}
