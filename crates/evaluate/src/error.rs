//! What can keep a model from being measured.

use domain::{Fault, Kind, Task};

/// A failure to measure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data is wrong.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The model cannot be run.
    #[error(transparent)]
    Model(#[from] native::Error),
    /// The task is not measured.
    #[error("`{task}` is not measured: `text-classification` is")]
    Task {
        /// The task.
        task: Task,
    },
    /// The model does something else.
    #[error("only the classification of texts is measured, and the model does {}", list(.does))]
    WrongModel {
        /// What it does.
        does: Vec<String>,
    },
    /// The model gives several labels to a text.
    #[error("the model gives each of its labels by itself, and the metrics want one for a text")]
    SeveralLabels,
    /// A row has a label that the model does not know.
    #[error(
        "`{name}`, line {line}: the model has no label `{label}` among its {known}{}",
        meant(.near)
    )]
    UnknownLabel {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// How many the model knows.
        known: usize,
        /// Those that were probably meant.
        near: Vec<String>,
    },
    /// The data has more rows than are scored at once.
    #[error(
        "`{name}` has more than the {rows_max} rows that are scored at once for {classes} labels"
    )]
    TooManyRows {
        /// The file.
        name: String,
        /// How many there may be.
        rows_max: u64,
        /// How many labels the model has.
        classes: usize,
    },
    /// The model computes something that is no number.
    #[error("`{name}`, line {line}: the model's scores are not numbers")]
    NotANumber {
        /// The file.
        name: String,
        /// The line.
        line: u64,
    },
    /// The job was asked to stop.
    #[error("stopped after {rows} rows")]
    Cancelled {
        /// Rows that had been predicted.
        rows: u64,
    },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Data(error) => error.into(),
            Error::Model(error) => error.into(),
            Error::Task { .. } | Error::SeveralLabels => Self::wrap(Kind::Unsupported, error),
            Error::WrongModel { .. } => Self::wrap(Kind::Unsupported, error)
                .hint("fine-tune it for text-classification first, then measure the result"),
            Error::UnknownLabel { .. } => Self::wrap(Kind::Invalid, error).hint(
                "`modeldex show MODEL` lists the labels; `--map label=COLUMN` chooses a column",
            ),
            Error::TooManyRows { .. } => {
                Self::wrap(Kind::Invalid, error).hint("measure on a sample of the rows")
            }
            Error::NotANumber { .. } => Self::wrap(Kind::Invalid, error)
                .hint("its weights are damaged, or its training went astray: import it again"),
            Error::Cancelled { .. } => Self::wrap(Kind::Conflict, error),
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing that is known here".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn meant(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; near it are {}", list(near)) }
}
