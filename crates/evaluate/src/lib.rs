//! Measures a model on a person's own data: predict, then score.
//!
//! What is measured is text classification; the figures are those of scikit-learn.

mod error;
mod plan;
mod report;
mod run;
pub mod score;

use std::path::PathBuf;

use data::{DataFile, Mapping};
use domain::Task;
use serde::Serialize;
use serde_json::{Map, Value};

pub use error::Error;
pub use run::run;

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Job {
    /// The folder of the model.
    pub model_dir: PathBuf,
    /// What the model is to do.
    pub task: Task,
    /// Texts and their true labels.
    pub data: DataFile,
    /// Which columns hold them.
    pub mapping: Mapping,
}

/// How well a model does on some data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// What the model did.
    pub task: Task,
    /// How many rows it was measured on.
    pub rows: u64,
    /// One number each; a metric that these rows do not define is in `report.absent`.
    pub metrics: Map<String, Value>,
    /// The table of the classes, the confusion matrix, and why a metric is absent.
    pub report: Value,
}
