//! `cargo xtask bench`: our figures beside those of others, on the same machine.

mod discover;
mod finetune;
mod kernels;
mod report;
mod rows;
mod torch;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand};

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// Search two million models with our index, and beside SQLite and PostgreSQL.
    Discover(discover::Discover),
    /// Fine-tune an encoder with our trainer and with torch, epoch by epoch in turn.
    Finetune(Finetune),
    /// Run every kernel beside what the machine can do at most.
    Kernels(kernels::Kernels),
}

/// What is fine-tuned, and how.
#[derive(Args)]
pub struct Finetune {
    /// A folder with an encoder.
    #[arg(long)]
    model: PathBuf,
    /// A folder with `train.csv` and `test.csv`: a text and its class.
    #[arg(long)]
    data: PathBuf,
    #[arg(long, default_value_t = 6)]
    epochs: u32,
    /// A Python that has torch and transformers.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Take only so many rows of each file.
    #[arg(long)]
    rows: Option<usize>,
    /// Threads of each side.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Measures and prints a table.
///
/// # Errors
/// Where a side cannot run.
pub fn run(bench: &Bench) -> Result<(), String> {
    match bench {
        Bench::Discover(_) if cfg!(debug_assertions) => again(),
        Bench::Discover(options) => discover::run(options),
        Bench::Finetune(_) | Bench::Kernels(_) if cfg!(debug_assertions) => again(),
        Bench::Finetune(options) => {
            ::kernels::with_threads(options.threads, || finetune::run(options))
        }
        Bench::Kernels(options) => {
            kernels::run(options);
            Ok(())
        }
    }
}

/// Runs this command optimized.
fn again() -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--package", "xtask", "--"])
        .args(env::args_os().skip(1))
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the bench ended early".to_owned()) }
}
