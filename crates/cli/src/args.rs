//! The command line as types; the help that users read is written here.

mod catalog;
mod deploy;
mod parity;
mod show;
mod sync;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use server::threads_for;

pub use catalog::{Catalog, Collections, Favorites, Searches};
pub use deploy::{Deploy, Endpoints, Engine, Process, Runtime};
pub use parity::Parity;
pub use show::Show;
pub use sync::Sync;
pub use worker::Worker;

/// An open catalog of foundation models: discover, evaluate, fine-tune, deploy, import.
#[derive(Debug, Parser)]
#[command(name = "modeldex", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Tells whether the command is a server whose log a person watches.
    pub fn logs_requests(&self) -> bool {
        matches!(self.command, Command::Up(_))
    }

    /// Returns how many threads may do what blocks, where the command has a bound for them.
    pub fn blocking_threads(&self) -> Option<usize> {
        match &self.command {
            Command::Worker(Worker::Serve { task, .. }) => task.parse().ok().map(threads_for),
            _ => None,
        }
    }
}

/// Stands above the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Print one JSON object on standard output.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// The server to talk to; by default the one on the data directory, or one in this process.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_URL", hide_env_values = true, value_name = "URL"
    )]
    pub url: Option<String>,
    /// The token to show to the server, and to ask of clients.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_TOKEN", hide_env_values = true
    )]
    pub token: Option<String>,
    /// The folder that holds everything.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_DATA_DIR", hide_env_values = true, value_name = "DIR"
    )]
    pub data_dir: Option<PathBuf>,
    /// A PostgreSQL database instead of the file in the data directory.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_DATABASE_URL", hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// A folder or `s3://bucket/prefix` for model files instead of the data directory.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_ASSETS_URL", hide_env_values = true, value_name = "URL"
    )]
    pub assets_url: Option<String>,
    /// Never reach out to a hub.
    #[arg(
        long, global = true, help_heading = EVERYWHERE,
        env = "MODELDEX_OFFLINE", hide_env_values = true
    )]
    pub offline: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Up(Up),
    /// Do the main job, end to end, on built-in samples.
    Tour(Tour),
    /// Find models.
    Search(Search),
    /// Show a model: its card, capabilities and versions.
    Show(Show),
    /// Bring a model here from a folder or a hub.
    Import(Import),
    /// List a hub, another Modeldex or a provider in a collection.
    Sync(Sync),
    /// Run a model on one input.
    Try(Try),
    /// Put models side by side.
    Compare(Compare),
    /// Rank models by what was measured of them.
    Leaderboard(Leaderboard),
    /// Measure a model on your own data.
    Evaluate(Evaluate),
    /// Tell what fewer bits change in a model, before it is deployed with them.
    Parity(Parity),
    /// Teach a model with your own data.
    Finetune(Finetune),
    /// Put a model behind an online endpoint.
    Deploy(Deploy),
    /// Ask an endpoint.
    Invoke(Invoke),
    /// Run a model over a file.
    Batch(Batch),
    /// Follow, cancel and resume long work.
    #[command(subcommand)]
    Jobs(Jobs),
    /// List, share traffic of, and delete endpoints.
    #[command(subcommand)]
    Endpoints(Endpoints),
    /// Add asset folders to the catalog.
    #[command(subcommand)]
    Catalog(Catalog),
    /// List, show, define and remove collections.
    #[command(subcommand)]
    Collections(Collections),
    /// Keep models at hand.
    #[command(subcommand)]
    Favorites(Favorites),
    /// Keep searches at hand.
    #[command(subcommand)]
    Searches(Searches),
    /// Processes that the server starts; not for people.
    #[command(subcommand, hide = true)]
    Worker(Worker),
}

/// Options of `up`.
#[derive(Clone, Debug, Args)]
pub struct Up {
    /// Where to listen.
    #[arg(
        long,
        env = "MODELDEX_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:7878",
        value_name = "ADDR"
    )]
    pub listen: SocketAddr,
    /// Jobs that run at once.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub job_slots: u8,
    /// Let who may deploy have any command run as this user: `deploy --runtime process`.
    #[arg(long, env = "MODELDEX_ALLOW_PROCESS_RUNTIME", hide_env_values = true)]
    pub allow_process_runtime: bool,
}

/// Options of `tour`.
#[derive(Clone, Debug, Args)]
pub struct Tour {
    /// Stop at the end instead of leaving the server running.
    #[arg(long)]
    pub exit: bool,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDR")]
    pub listen: SocketAddr,
}

/// Options of `search`.
#[derive(Clone, Debug, Args)]
pub struct Search {
    /// Words to find.
    #[arg(default_value = "", hide_default_value = true)]
    pub query: String,
    /// A saved search, with what is asked for beside it; `modeldex searches list` shows them.
    #[arg(long, value_name = "NAME")]
    pub saved: Option<String>,
    /// A task that the model performs; may be repeated.
    #[arg(long)]
    pub task: Vec<String>,
    /// A license; may be repeated.
    #[arg(long)]
    pub license: Vec<String>,
    /// A task that the model can be fine-tuned for; may be repeated.
    #[arg(long)]
    pub finetuning_task: Vec<String>,
    /// A collection; may be repeated.
    #[arg(long)]
    pub collection: Vec<String>,
    /// A publisher; may be repeated.
    #[arg(long)]
    pub publisher: Vec<String>,
    /// `relevance`, `downloads`, `likes`, `updated`, `created`, `size` or `name`.
    #[arg(long)]
    pub sort: Option<String>,
    /// How many models to print.
    #[arg(long, default_value_t = 24)]
    pub limit: usize,
    /// How many models to skip.
    #[arg(long, default_value_t = 0)]
    pub offset: usize,
    /// Print the filters with their counts.
    #[arg(long)]
    pub facets: bool,
}

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// A folder, a GGUF file, a hub id such as `Qwen/Qwen2.5-0.5B`, or `curated/NAME`.
    pub source: String,
    /// A branch, tag or commit.
    #[arg(long)]
    pub revision: Option<String>,
    /// The name in `workspace`.
    #[arg(long)]
    pub name: Option<String>,
    /// Hold the weights in fewer bits where it is deployed: `bf16`, `int8` or `q4`; what that
    /// changes is measured at the end.
    #[arg(long)]
    pub quantize: Option<String>,
    /// The hub.
    #[arg(long, env = "HF_ENDPOINT", hide_env_values = true, value_name = "URL")]
    pub hub_url: Option<String>,
    /// The hub token.
    #[arg(long, env = "HF_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub hub_token: Option<String>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}

/// Options of `try`.
#[derive(Clone, Debug, Args)]
pub struct Try {
    /// `collection/name[@version]`.
    pub model: String,
    /// A text, or JSON: a list of texts, chat messages, or rows such as
    /// `{"question": …, "context": …}`.
    #[arg(long)]
    pub input: String,
    /// The task.
    #[arg(long)]
    pub task: Option<String>,
    /// Parameters as JSON, such as `{"max_new_tokens": 20}` or `{"candidate_labels": ["a", "b"]}`.
    #[arg(long, value_name = "JSON")]
    pub parameters: Option<String>,
}

/// Options of `compare`.
#[derive(Clone, Debug, Args)]
pub struct Compare {
    /// Two to six models.
    #[arg(required = true, num_args = 2..=6)]
    pub models: Vec<String>,
}

/// Options of `leaderboard`.
#[derive(Clone, Debug, Args)]
pub struct Leaderboard {
    /// The task; the one with the most models by default.
    #[arg(long)]
    pub task: Option<String>,
    /// The data set; the one with the most models by default.
    #[arg(long)]
    pub data: Option<String>,
    /// The metric; the one that people ask for first by default.
    #[arg(long)]
    pub metric: Option<String>,
    /// `rank`, `model`, `parameters`, `size`, `license` or `memory`.
    #[arg(long)]
    pub sort: Option<String>,
    /// The other way round.
    #[arg(long)]
    pub reverse: bool,
    /// How many models to print.
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Print which tasks, data sets and metrics there are.
    #[arg(long)]
    pub choices: bool,
}

/// Options of `evaluate`.
#[derive(Clone, Debug, Args)]
pub struct Evaluate {
    /// `collection/name[@version]`.
    pub model: String,
    /// The test data: JSONL, JSON, CSV or TSV.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The task.
    #[arg(long)]
    pub task: Option<String>,
    /// Field to column: `text=utterance,label=intent`.
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub map: Option<String>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}

/// Options of `finetune`.
#[derive(Clone, Debug, Args)]
pub struct Finetune {
    /// `collection/name[@version]`.
    pub model: String,
    /// The training data: JSONL, JSON, CSV or TSV.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Validation data; a part of the training data by default.
    #[arg(long, value_name = "FILE")]
    pub validation: Option<PathBuf>,
    /// The task.
    #[arg(long)]
    pub task: Option<String>,
    /// Field to column: `text=utterance,label=intent`.
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub map: Option<String>,
    /// `lora` or `full`.
    #[arg(long)]
    pub method: Option<String>,
    /// The name of the new model in `workspace`.
    #[arg(long)]
    pub name: String,
    /// Times through the data.
    #[arg(long)]
    pub epochs: Option<u32>,
    /// Rows in one step.
    #[arg(long)]
    pub batch_size: Option<u32>,
    /// The highest learning rate.
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Same seed, same model.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Any other hyper-parameter: `--set schedule=cosine`; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}

/// Options of `invoke`.
#[derive(Clone, Debug, Args)]
pub struct Invoke {
    /// The endpoint.
    pub endpoint: String,
    /// A text, a JSON list of texts, chat messages or rows, or a whole scoring request.
    #[arg(long)]
    pub input: String,
    /// A deployment, whatever its traffic.
    #[arg(long)]
    pub deployment: Option<String>,
}

/// Options of `batch`.
#[derive(Clone, Debug, Args)]
pub struct Batch {
    /// An endpoint, or `collection/name[@version]`.
    pub target: String,
    /// The input: JSONL, JSON, CSV or TSV.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Where to write the JSONL.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The task.
    #[arg(long)]
    pub task: Option<String>,
    /// Field to column: `text=utterance`.
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub map: Option<String>,
    /// Parameters as JSON, such as `{"top_k": 3}`.
    #[arg(long, value_name = "JSON")]
    pub parameters: Option<String>,
    /// Rows in one committed chunk.
    #[arg(long)]
    pub chunk_rows: Option<usize>,
    /// Print the job and return.
    #[arg(long)]
    pub detach: bool,
}

/// Long work.
#[derive(Clone, Debug, Subcommand)]
pub enum Jobs {
    /// List jobs, newest first.
    List,
    /// Show one job.
    Show {
        /// The job.
        id: String,
    },
    /// Print a job's log.
    Logs {
        /// The job.
        id: String,
        /// Go on until the job is over.
        #[arg(long)]
        follow: bool,
    },
    /// Stop a job between two steps.
    Cancel {
        /// The job.
        id: String,
    },
    /// Start a failed or cancelled job where it stopped.
    Resume {
        /// The job.
        id: String,
        /// Print the job and return.
        #[arg(long)]
        detach: bool,
    },
}
