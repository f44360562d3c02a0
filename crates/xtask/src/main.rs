//! Chores of the workshop: `cargo xtask tidy|samples|bench|hub`.

mod bench;
mod hub;
mod samples;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The allocator of the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of the workshop")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check what the compiler does not: dependency direction, sizes, forgotten files.
    Tidy,
    /// Measure ours beside others on this machine.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Make what the tour runs on: a data set, an encoder, a chat model.
    Samples {
        /// What to make; everything where nothing is named.
        parts: Vec<samples::Part>,
    },
    /// Serve a hub on loopback that lists made-up models, until it is killed.
    Hub {
        /// How many models.
        count: usize,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.chore {
        Chore::Tidy => tidy::run(&root()),
        Chore::Bench(bench) => bench::run(&bench),
        Chore::Samples { parts } => samples::run(&root(), &parts),
        Chore::Hub { count } => hub::serve(count),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
