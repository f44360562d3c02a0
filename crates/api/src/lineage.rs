//! Where a model came from, what was made from it, and what differs between its versions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The forebears and descendants of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineageView {
    /// The models; the first is the one that was asked about.
    pub nodes: Vec<LineageNode>,
    /// Who was made from whom.
    pub edges: Vec<LineageEdge>,
    /// Whether more models belong to it than are told.
    pub cut: bool,
}

/// One model of a lineage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineageNode {
    /// `collection/name[@version]`, or the id at a hub where the catalog has no such model.
    pub model: String,
    /// Whether the catalog has it.
    pub known: bool,
    /// Generations from the model that was asked about; forebears are below zero.
    pub generation: i32,
    /// What was measured, such as `accuracy 0.9377 on test.csv`.
    pub measured: Vec<String>,
    /// When it was made here, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<i64>,
}

/// One step of a lineage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineageEdge {
    /// The position of the parent among the nodes.
    pub from: usize,
    /// The position of the child.
    pub to: usize,
    /// The data that taught the child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_name: Option<String>,
    /// The digest of that data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_digest: Option<String>,
}

/// What differs between two versions of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiffView {
    /// `collection/name`.
    pub model: String,
    /// The one version.
    pub from: String,
    /// The other.
    pub to: String,
    /// Files that were added, removed or changed.
    pub files: Vec<FileChange>,
    /// How many files are the same.
    pub files_same: usize,
    /// Facts read from the files.
    pub facts: Vec<ValueChange>,
    /// Where they came from: source, training data, hyper-parameters, metrics.
    pub origin: Vec<ValueChange>,
    /// The same figure on the same data.
    pub evaluations: Vec<EvaluationChange>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileChange {
    /// The path inside the model.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// Bytes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_bytes: Option<u64>,
    /// Bytes after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_bytes: Option<u64>,
    /// Hexadecimal SHA-256 before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_sha256: Option<String>,
    /// Hexadecimal SHA-256 after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_sha256: Option<String>,
}

/// What became of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValueChange {
    /// Its path, such as `hyperparameters.epochs`.
    pub name: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// One figure on one data set, of both versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationChange {
    /// The name of the test data.
    pub data_name: String,
    /// The metric.
    pub metric: String,
    /// The one version's newest figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// The other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}
