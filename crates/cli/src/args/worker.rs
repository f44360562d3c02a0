//! Processes that the server starts; not for people.

use std::path::PathBuf;

use clap::Subcommand;

/// Processes that the server starts.
#[derive(Clone, Debug, Subcommand)]
pub enum Worker {
    /// Serve one model.
    Serve {
        /// The model's files.
        #[arg(long)]
        model_dir: PathBuf,
        /// The task.
        #[arg(long)]
        task: String,
        /// How many bits the weights have, where fewer than in the files.
        #[arg(long)]
        quantize: Option<String>,
        /// What is said of the engine, as JSON.
        #[arg(long)]
        engine: Option<String>,
    },
    /// Run a command that serves one model.
    Process {
        /// The model's files.
        #[arg(long)]
        model_dir: PathBuf,
        /// The task.
        #[arg(long)]
        task: String,
        /// The name under which the model is asked.
        #[arg(long)]
        name: String,
        /// What the command speaks.
        #[arg(long)]
        protocol: String,
        /// The path that answers once it is ready.
        #[arg(long)]
        ready: Option<String>,
        /// Seconds that it may take until then.
        #[arg(long)]
        start_timeout_s: u32,
        /// The command, with placeholders.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Become a command that dies with the process that started this one.
    Exec {
        /// That process.
        #[arg(long)]
        parent: u32,
        /// The command.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Compare a model with itself in fewer bits.
    Parity {
        /// The model's files.
        #[arg(long)]
        model_dir: PathBuf,
        /// How many bits.
        #[arg(long)]
        quantize: String,
    },
    /// Run one job.
    Job {
        /// The job.
        id: String,
    },
}
