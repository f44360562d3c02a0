//! `cargo xtask bench`: our figures beside those of others, on the same machine.

mod discover;
mod encode;
mod endpoint;
mod finetune;
mod http;
mod kernels;
mod latency;
mod limits;
mod load;
mod process;
mod report;
mod rows;
mod serve;
mod server;
mod side;
mod soak;
mod torch;

use std::env;
use std::fmt::Arguments;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use clap::{Args, Subcommand};

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// Search two million models with our index, and beside SQLite and PostgreSQL.
    Discover(discover::Discover),
    /// Compute embeddings with our engine and with others, batch by batch in turn.
    Encode(encode::Encode),
    /// Answer the questions of `encode`, as one of its engines.
    #[command(hide = true)]
    EncodeSide(encode::Ours),
    /// Fine-tune an encoder with our trainer and with torch, epoch by epoch in turn.
    Finetune(Finetune),
    /// Run every kernel beside what the machine can do at most.
    Kernels(kernels::Kernels),
    /// Ask an endpoint from many connections at once, and see what the server adds to it.
    Load(load::Load),
    /// Generate text with our engine and with others, question by question in turn.
    Serve(serve::Serve),
    /// Answer the questions of `serve`, as one of its engines.
    #[command(hide = true)]
    ServeSide(serve::Ours),
    /// Ask a server for more than it can do, for long, and see what it leaves behind.
    Soak(soak::Soak),
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
        Bench::EncodeSide(options) => options.run(),
        Bench::ServeSide(options) => options.run(),
        // A program that is named is measured as it was built, by whatever asks it.
        Bench::Load(options) if options.program.is_some() => load::run(options, &crate::root()),
        _ if cfg!(debug_assertions) => again(),
        Bench::Discover(options) => discover::run(options),
        Bench::Encode(options) => encode::run(options),
        Bench::Serve(options) => serve::run(options),
        Bench::Finetune(options) => {
            ::kernels::with_threads(options.threads, || finetune::run(options))
        }
        Bench::Kernels(options) => {
            kernels::run(options);
            Ok(())
        }
        Bench::Load(options) => load::run(options, &crate::root()),
        Bench::Soak(options) => soak::run(options, &crate::root()),
    }
}

/// Prints a line; whoever reads may have gone.
fn say(line: Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Runs `f` for each, again and again, and adds up the best time of each.
///
/// A machine that does other things too holds up some runs and not others.
fn best_of<T>(rounds: usize, all: &[T], mut f: impl FnMut(&T)) -> f64 {
    let mut best = vec![f64::INFINITY; all.len()];
    for _ in 0..rounds {
        for (best, one) in best.iter_mut().zip(all) {
            let start = Instant::now();
            f(one);
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best.iter().sum()
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
