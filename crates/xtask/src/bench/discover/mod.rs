//! Finding models at the size of a hub: our index beside databases, and pages over HTTP.

mod ask;
mod index;
mod ours;
mod pages;
mod peers;
mod questions;
mod records;
mod report;
mod steps;
mod turns;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;

use report::Findings;

/// What is searched, and beside what.
#[derive(Clone, Args)]
pub struct Discover {
    /// How many models.
    #[arg(long, default_value_t = 2_000_000)]
    records: usize,
    /// How many questions each row asks.
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// How many models a small catalog has.
    #[arg(long, default_value_t = 500)]
    small: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A data directory to keep the index in, as `index`; none keeps nothing.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Take the index that is there already.
    #[arg(long, requires = "dir")]
    reuse: bool,
    /// Ask SQLite and PostgreSQL too.
    #[arg(long)]
    peers: bool,
    /// Ask them about so many models instead, and our index about as many beside them.
    #[arg(long, requires = "peers")]
    peer_records: Option<usize>,
    /// Where PostgreSQL is; a schema of its own is made there and dropped.
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/test")]
    postgres: String,
    /// Seconds that a side may take for a row.
    #[arg(long, default_value_t = 30)]
    cap: u64,
    /// Ask the server for pages too; its program must lie beside this one.
    #[arg(long)]
    pages: bool,
    /// One part, in a process of its own.
    #[arg(long, hide = true, value_enum)]
    step: Option<Step>,
}

/// A part of the bench that wants a process of its own, so that its memory is its own.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Builds the snapshot.
    Build,
    /// Builds an index in memory alone.
    Memory,
    /// Opens the snapshot and asks.
    Ask,
}

/// Measures and prints tables.
///
/// # Errors
/// Where a side cannot run.
pub fn run(options: &Discover) -> Result<(), String> {
    match options.step {
        Some(step) => print(&steps::run(step, options)?),
        None => print(&report::text(&measure(options)?)),
    }
}

/// Returns the folder of the index in a data directory.
fn index_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("index")
}

fn measure(options: &Discover) -> Result<Findings, String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let dir = options.dir.clone().unwrap_or_else(|| scratch.path().join("large"));
    let alone = Discover { peers: false, peer_records: None, ..options.clone() };
    let at = |records, dir: PathBuf| Discover { records, dir: Some(dir), ..alone.clone() };
    let small = at(options.small, scratch.path().join("small"));
    let large = at(options.records, dir.clone());
    let built = if options.reuse { None } else { Some(step(Step::Build, &large)?) };
    let beside = options.peer_records.filter(|records| *records != options.records);
    let asked = match (options.peers, beside) {
        (false, _) => vec![step(Step::Ask, &large)?],
        (true, None) => vec![step(Step::Ask, &Discover { peers: true, ..large })?],
        (true, Some(records)) => {
            let fewer = Discover { peers: true, ..at(records, scratch.path().join("fewer")) };
            let alone = step(Step::Ask, &large)?;
            step::<ours::Built>(Step::Build, &fewer)?;
            vec![alone, step(Step::Ask, &fewer)?]
        }
    };
    let in_memory = step(Step::Memory, &small)?;
    step::<ours::Built>(Step::Build, &small)?;
    let small_asked = step(Step::Ask, &Discover { queries: 100, ..small })?;
    let pages = options.pages.then(|| pages::measure(options, &dir.join("server"))).transpose()?;
    Ok(Findings { built, asked, in_memory, small: small_asked, pages })
}

/// Runs a part in a process of its own and reads what it found.
fn step<T: DeserializeOwned>(step: Step, options: &Discover) -> Result<T, String> {
    let program =
        std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let name = step.to_possible_value().map(|value| value.get_name().to_owned());
    let name = name.unwrap_or_default();
    eprintln!("{name}: {} models", options.records);
    let mut command = Command::new(program);
    command.args(["bench", "discover", "--step", &name, "--postgres", &options.postgres]);
    let numbers = [
        ("--records", options.records as u64),
        ("--queries", options.queries as u64),
        ("--seed", options.seed),
        ("--cap", options.cap),
    ];
    for (option, number) in numbers {
        command.arg(option).arg(number.to_string());
    }
    if let Some(dir) = &options.dir {
        command.arg("--dir").arg(dir);
    }
    if options.peers {
        command.arg("--peers");
    }
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run `{name}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{name}` ended early"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("`{name}` said: {error}"))
}

fn print(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| format!("cannot print: {error}"))
}
