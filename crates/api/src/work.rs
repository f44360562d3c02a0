//! Requests that start work: try, import, evaluate, finetune, batch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Data to work on: a file that was uploaded with `PUT /api/v1/files/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DataSource {
    /// The digest that the upload returned.
    pub digest: String,
    /// The file's name, whose ending tells the format: `.jsonl`, `.csv`, `.tsv`, `.json`.
    pub name: String,
}

/// Runs a model once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TryRequest {
    /// `collection/name[@version]`.
    pub model: String,
    /// The task; the model's first one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Texts, chat messages `{role, content}`, questions `{question, context}`, or texts with the
    /// labels that they may have, `{text, candidate_labels}`.
    #[schema(value_type = Object)]
    pub input: Value,
    /// What the task knows: `max_new_tokens`, `temperature` and `top_p` to write,
    /// `aggregation_strategy` and `ignore_labels` to find entities, `top_k`, `max_answer_len`,
    /// `doc_stride`, `max_seq_len` and `handle_impossible_answer` to answer, `candidate_labels`,
    /// `hypothesis_template` and `multi_label` to sort by labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
}

/// What a model answered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TryResponse {
    /// The task that ran.
    pub task: String,
    /// One entry for each input.
    #[schema(value_type = Object)]
    pub output: Value,
    /// Milliseconds in the model.
    pub milliseconds: u64,
}

/// Brings a model here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportRequest {
    /// A folder on the server's machine, a hub id such as `Qwen/Qwen2.5-0.5B`, or a reference
    /// to a listed model such as `curated/bert-base-uncased`.
    pub source: String,
    /// A branch, tag or commit; `main` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The name in `workspace`; the last part of the source by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The hub; the server's own setting by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_url: Option<String>,
    /// `bf16`, `int8` or `q4`: deployments hold the weights of this version in so many bits, unless
    /// they say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantize: Option<String>,
    /// The hub token; the server's own setting by default. Never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Measures a model on own data.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluateRequest {
    /// `collection/name[@version]`.
    pub model: String,
    /// The test data.
    pub data: DataSource,
    /// The task; the model's first one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Field to column, such as `text` to `utterance`.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
}

/// Compares a model with itself in fewer bits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParityRequest {
    /// `collection/name[@version]`.
    pub model: String,
    /// `bf16`, `int8` or `q4`.
    pub quantize: String,
    /// What both read: plain text, or rows with a column `text`; a built-in text by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSource>,
    /// Field to column, such as `text` to `utterance`.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
}

/// Teaches a model with own data.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FinetuneRequest {
    /// `collection/name[@version]`.
    pub model: String,
    /// The training data.
    pub data: DataSource,
    /// Validation data; a part of the training data by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<DataSource>,
    /// The task; `text-classification` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Field to column.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// `lora` or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The name of the new model in `workspace`.
    pub name: String,
    /// Hyper-parameters that differ from the recipe: `epochs`, `batch_size`, `learning_rate`,
    /// `warmup_ratio`, `schedule`, `weight_decay`, `clip_norm`, `accumulation`, `patience`,
    /// `seed`, `tokens_max`, `rank`, `alpha`, `validation_split`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub hyperparameters: BTreeMap<String, Value>,
}

/// Runs a model over a file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchRequest {
    /// An endpoint's name, or `collection/name[@version]`.
    pub target: String,
    /// The input.
    pub data: DataSource,
    /// The task; the model's first one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Field to column.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// Rows in one committed chunk; 256 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_rows: Option<usize>,
    /// How to answer, as in [`TryRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
}
