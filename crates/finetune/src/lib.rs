//! Teaches a model with a person's own data.
//!
//! What is taught is text classification, on encoders; the result is a folder that is complete,
//! like any other model's.

mod error;
mod given;
mod plan;
mod report;
mod rows;
mod run;
mod split;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;

use data::{DataFile, Mapping};
use serde::Serialize;
use serde_json::{Map, Value};

pub use error::Error;
pub use run::run;

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is to be taught, and with what.
#[derive(Clone, Debug)]
pub struct Job {
    /// The folder of the model to begin with.
    pub base: PathBuf,
    /// Texts with their labels, to learn from.
    pub data: DataFile,
    /// Texts with their labels that are kept for validation; without them a share of `data` is.
    pub validation: Option<DataFile>,
    /// Which columns hold them.
    pub mapping: Mapping,
    /// `full` or `lora`; chosen by the size of the model where it is not named.
    pub method: Option<String>,
    /// Those that a person chose, by name.
    pub hyperparameters: BTreeMap<String, Value>,
    /// Where the result goes.
    pub out: PathBuf,
}

/// A model that has learned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finetuned {
    /// The classes, in the order of their numbers.
    pub labels: Vec<String>,
    /// All that were used, the method included.
    pub hyperparameters: Value,
    /// What it learned from: rows and digests.
    pub data: Value,
    /// How it went, one number each.
    pub metrics: Map<String, Value>,
    /// Whether the job was asked to stop: then nothing was written but the checkpoint.
    pub stopped: bool,
}
