//! Options of `deploy` and `endpoints`.

use clap::{Args, Subcommand, ValueEnum};

/// Options of `deploy`.
#[derive(Clone, Debug, Args)]
pub struct Deploy {
    /// `collection/name[@version]`.
    pub model: String,
    /// The endpoint; made where it does not exist.
    #[arg(long)]
    pub endpoint: String,
    /// The deployment.
    #[arg(long)]
    pub deployment: Option<String>,
    /// Percent of the endpoint's requests.
    #[arg(long)]
    pub traffic: Option<u8>,
    /// The task.
    #[arg(long)]
    pub task: Option<String>,
    /// Worker processes.
    #[arg(long)]
    pub replicas: Option<u8>,
    /// Requests that may wait for one replica before the answer is 429.
    #[arg(long)]
    pub queue_max: Option<u32>,
    /// Hold the weights in fewer bits: `bf16`, `int8` or `q4`; `none` where its import said so, and
    /// this deployment is not to.
    #[arg(long)]
    pub quantize: Option<String>,
    /// How this build's engine writes.
    #[command(flatten)]
    pub engine: Engine,
    /// A LoRA adapter that clients ask for as `ENDPOINT:NAME`; may be repeated.
    #[arg(long, value_name = "NAME=MODEL")]
    pub adapter: Vec<String>,
    /// What serves the model: this build's own engine, or a command.
    #[arg(long, value_enum, default_value_t = Runtime::Native)]
    pub runtime: Runtime,
    /// The command.
    #[command(flatten)]
    pub process: Process,
}

/// How this build's engine writes for many at once.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "With a model that writes text")]
pub struct Engine {
    /// How keys and values are kept, `f32`, `bf16` or `int8`; as precise as the weights by default.
    #[arg(long, value_name = "TYPE")]
    pub kv_cache: Option<String>,
    /// Memory for them; a quarter of the machine's by default.
    #[arg(long, value_name = "MIB")]
    pub kv_cache_mib: Option<u32>,
    /// Answers that are written at once; 16 by default.
    #[arg(long, value_name = "COUNT")]
    pub sequences_max: Option<u16>,
    /// Seconds that a request may take, waiting included; 3,600 by default.
    #[arg(long, value_name = "SECONDS")]
    pub seconds_max: Option<u32>,
}

/// What serves a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Runtime {
    /// This build's own engine.
    Native,
    /// A command that answers on a port.
    Process,
}

/// A command that serves a model.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "With `--runtime process`")]
pub struct Process {
    /// A server with its usual options: `vllm`, `llama-cpp`, `llama-cpp-python`, `triton`, `tei`.
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// The program and its arguments; no shell reads them. `{port}`, `{model}`, `{name}` and
    /// `{threads}` are filled in.
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// What it speaks: `openai`, `open-inference` or `tei`.
    #[arg(long)]
    pub protocol: Option<String>,
    /// The path that answers once it is ready.
    #[arg(long, value_name = "PATH")]
    pub ready: Option<String>,
    /// Seconds that it may take until then.
    #[arg(long, value_name = "SECONDS")]
    pub start_timeout_s: Option<u32>,
}

/// Online endpoints.
#[derive(Clone, Debug, Subcommand)]
pub enum Endpoints {
    /// List endpoints.
    List,
    /// Show one endpoint.
    Show {
        /// The endpoint.
        name: String,
    },
    /// Share requests between deployments: `blue=90 green=10`.
    Traffic {
        /// The endpoint.
        name: String,
        /// Deployment and percent.
        #[arg(required = true, value_name = "DEPLOYMENT=PERCENT")]
        shares: Vec<String>,
    },
    /// Delete an endpoint or one of its deployments.
    Delete {
        /// The endpoint.
        name: String,
        /// Only this deployment.
        #[arg(long)]
        deployment: Option<String>,
    },
    /// Print what the workers of a deployment printed.
    Logs {
        /// The endpoint.
        name: String,
        /// The deployment; needed where the endpoint has several.
        #[arg(long)]
        deployment: Option<String>,
        /// Go on until this command is stopped.
        #[arg(long)]
        follow: bool,
    },
}
