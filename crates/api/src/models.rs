//! Looking at one model.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ModelSummary;

/// Everything about one model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelCard {
    /// The same facts as in a list.
    #[serde(flatten)]
    pub summary: ModelSummary,
    /// The version that this card shows, where the model has one here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown_version: Option<String>,
    /// What the license means for whoever uses the model, in one sentence.
    #[serde(default)]
    pub license_meaning: String,
    /// What must be accepted at the source before it gives the files, and where the token goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// Where its source shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// The card's text as safe HTML.
    pub description_html: String,
    /// The card's text for terminals.
    pub description_text: String,
    /// Languages that it knows.
    pub languages: Vec<String>,
    /// Data sets that it was trained on.
    pub datasets: Vec<String>,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// The id on the Hugging Face hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub_id: Option<String>,
    /// The pinned revision there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub_revision: Option<String>,
    /// The least machine for each use.
    pub minimum_spec: MinimumSpec,
    /// What can be done with it, and where not, why not.
    pub capabilities: Vec<CapabilityView>,
    /// The longest input in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_max: Option<u32>,
    /// Facts read from the files: architecture, dtype, layers, labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub facts: Option<Value>,
    /// Versions that have files here, newest first.
    pub versions: Vec<VersionView>,
    /// Files of the shown version.
    pub files: Vec<FileView>,
    /// Evaluations, newest first.
    pub evaluations: Vec<EvaluationView>,
    /// Code that runs against this server.
    pub samples: Vec<CodeSample>,
    /// A request body to try it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub sample_input: Option<Value>,
    /// Deployments of this model as `endpoint/deployment`.
    pub deployments: Vec<String>,
}

/// The least machine for each use of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MinimumSpec {
    /// To run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference: Option<Spec>,
    /// To evaluate it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Spec>,
    /// To fine-tune it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finetuning: Option<Spec>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Spec {
    /// Processor cores.
    pub cpus: u32,
    /// Graphics processors.
    pub gpus: u32,
    /// Memory in GiB.
    pub memory_gib: u32,
    /// Disk in GiB.
    pub disk_gib: u32,
}

/// One capability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapabilityView {
    /// `try`, `evaluate`, `finetune`, `online`, `batch` or `import`.
    pub capability: String,
    /// Whether it is there.
    pub available: bool,
    /// Why it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One version of a model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// The version.
    pub version: String,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// The model that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where it came from: source and revision, or training data, hyper-parameters and metrics.
    #[schema(value_type = Object)]
    pub origin: Value,
    /// The digest of its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
}

/// One file of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    /// The path inside the model.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Hexadecimal SHA-256.
    pub sha256: String,
}

/// One evaluation of a version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationView {
    /// Identifies the evaluation.
    pub id: String,
    /// `collection/name@version`.
    pub model: String,
    /// The task that was measured.
    pub task: String,
    /// The name of the test data.
    pub data_name: String,
    /// The digest of the test data; absent where only the result was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_digest: Option<String>,
    /// How many rows were measured; absent where the publisher does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Who published it; absent where it was measured here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<String>,
    /// Scalar metrics by name.
    #[schema(value_type = Object)]
    pub metrics: Value,
    /// Tables and charts: per class, confusion.
    #[schema(value_type = Object)]
    pub report: Value,
    /// The job that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
}

/// Code that a person can copy and run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeSample {
    /// What it does: `try`, `evaluate`, `finetune`, `online`, `batch`, `import`, `download`.
    pub purpose: String,
    /// What the model is asked for, such as `fill-mask`; absent where files are fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// `cli`, `curl`, or the Python package that it uses: `requests`, `openai` or
    /// `huggingface_hub`.
    pub language: String,
    /// The code.
    pub code: String,
}
