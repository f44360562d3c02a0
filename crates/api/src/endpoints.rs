//! Online endpoints, their deployments and replicas.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Puts a model behind an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeployRequest {
    /// `collection/name[@version]`.
    pub model: String,
    /// The endpoint; made where it does not exist.
    pub endpoint: String,
    /// The deployment; `default` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// Percent of the endpoint's requests; 100 for the first deployment, 0 for later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<u8>,
    /// The task; the model's first one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Worker processes; 1 by default, 8 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u8>,
    /// Requests that may wait for one replica before the answer is 429; 64 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_max: Option<u32>,
    /// `bf16`, `int8` or `q4`: holds the weights in fewer bits than the files; `none` leaves them
    /// as they are. What the import said, or as they are, by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantize: Option<String>,
    /// How a model that writes text is served by this build's own engine.
    #[serde(default, skip_serializing_if = "EngineOptions::is_usual")]
    pub engine: EngineOptions,
    /// Adapters that clients may ask for as `endpoint:name`: names and the models that they are,
    /// `collection/name[@version]`.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub adapters: std::collections::BTreeMap<String, String>,
    /// Has a command serve the model instead of this build's own engine. The server must have been
    /// started with `--allow-process-runtime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessRequest>,
}

/// What a deployment says of its engine; what is left out is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EngineOptions {
    /// `f32`, `bf16` or `int8`: how keys and values are kept; as precise as the weights by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_cache: Option<String>,
    /// Memory for them, in MiB; a quarter of the machine's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_cache_mib: Option<u32>,
    /// Answers that are written at once; 16 by default, 256 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequences_max: Option<u16>,
    /// Seconds that a request may take, waiting included; 3,600 by default, a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_max: Option<u32>,
}

impl EngineOptions {
    /// Tells whether all is as usual.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A command that serves a model over HTTP on a port of loopback.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ProcessRequest {
    /// `vllm`, `llama-cpp`, `llama-cpp-python`, `triton` or `tei`: fills what is left out here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The program and its arguments; no shell reads them. `{port}`, `{model}` (the folder, or the
    /// file of a GGUF model), `{name}` (the endpoint) and `{threads}` are filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// What it speaks: `openai` (the default), `open-inference` or `tei`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The path that answers with a success once it is ready; without one, its port has to take
    /// connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// Seconds that it may take until then; 600 by default, 7,200 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_timeout_s: Option<u32>,
}

/// Shares an endpoint's requests between its deployments.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrafficRequest {
    /// Deployment and percent; they add up to 100.
    #[schema(value_type = Object)]
    pub traffic: std::collections::BTreeMap<String, u8>,
}

/// All endpoints.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndpointsView {
    /// Sorted by name.
    pub endpoints: Vec<EndpointView>,
}

/// One endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndpointView {
    /// The name.
    pub name: String,
    /// Where requests go: `/endpoints/{name}/score`.
    pub score_url: String,
    /// Its deployments.
    pub deployments: Vec<DeploymentView>,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
}

/// One deployment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeploymentView {
    /// The name.
    pub name: String,
    /// `collection/name@version`.
    pub model: String,
    /// The task that it serves.
    pub task: String,
    /// `native`, this build's own engine, or `process`, a command.
    pub runtime: String,
    /// What its command speaks: `openai`, `open-inference` or `tei`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Its command, with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Percent of the endpoint's requests.
    pub traffic: u8,
    /// `starting`, `ready`, `restarting` or `failed`.
    pub state: String,
    /// Why it failed or restarts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its worker processes.
    pub replicas: Vec<ReplicaView>,
    /// Requests that may wait for one replica.
    pub queue_max: u32,
    /// What fewer bits change, where it has fewer than the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<ParityView>,
    /// Options as they were given.
    #[schema(value_type = Object)]
    pub options: Value,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
}

/// What fewer bits change in a model: both read the same text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParityView {
    /// `measuring`, `measured` or `absent`.
    pub state: String,
    /// `bf16`, `int8` or `q4`.
    pub quantize: String,
    /// All of it in one line; why there is no report, where it is absent.
    pub summary: String,
    /// What was measured.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub report: Option<ParityReport>,
}

/// How a model with fewer bits compares with itself: by what a decoder foresees, or by what an
/// encoder decides.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ParityReport {
    /// Tokens that both foresaw or read.
    pub tokens: u64,
    /// The share of tokens for which both held the same one most likely, or of an encoder's
    /// choices.
    pub agreement: f64,
    /// The perplexity of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perplexity: Option<f64>,
    /// The perplexity with fewer bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perplexity_quantized: Option<f64>,
    /// The mean distance between the two log-probabilities of a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// Texts that both read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<u64>,
    /// The mean cosine between the two vectors of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
    /// What an encoder chooses: `class`, `order`, `label`, `end`, `gap` or `nearest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// How often it chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<u64>,
    /// How long it took.
    pub milliseconds: u64,
}

/// One worker process.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReplicaView {
    /// The process.
    pub pid: Option<u32>,
    /// `starting`, `ready`, `restarting` or `failed`.
    pub state: String,
    /// How often it came back.
    pub restarts: u32,
    /// Requests in work and waiting.
    pub in_flight: u32,
    /// Requests answered since it started.
    pub served: u64,
    /// Resident memory in bytes, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}
