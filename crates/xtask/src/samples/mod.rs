//! `cargo xtask samples`: what the tour runs on, made from nothing but `library.txt`.
//!
//! Everything is seeded. The data is the same on every machine; weights are the same where the
//! same instructions compute them, so they are committed and not made again by tests.

mod chat;
mod conversation;
mod dataset;
mod encoder;
mod grammar;
mod progress;
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use dataset::DataSet;
use grammar::Grammar;

/// A part of the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// `train.csv` and `test.csv`.
    Data,
    /// The encoder that knows the intents in formal language.
    Encoder,
    /// The chat model of the help desk.
    Chat,
}

/// Makes parts of the samples; all of them where none is named.
///
/// # Errors
/// Where a model cannot be trained or a file cannot be written.
pub fn run(root: &Path, parts: &[Part]) -> Result<(), String> {
    let folder = folder(root);
    let grammar = Grammar::library()?;
    let data = DataSet::make(&grammar);
    let is_wanted = |part| parts.is_empty() || parts.contains(&part);
    if is_wanted(Part::Data) {
        write(&folder.join("train.csv"), &dataset::csv(&data.train)?)?;
        write(&folder.join("test.csv"), &dataset::csv(&data.test)?)?;
    }
    if is_wanted(Part::Encoder) {
        encoder::make(&grammar, &data, &folder.join("encoder"))?;
    }
    if is_wanted(Part::Chat) {
        chat::make(&grammar, &folder.join("chat"))?;
    }
    Ok(())
}

/// Returns where the samples are.
pub fn folder(root: &Path) -> PathBuf {
    root.join("crates/cli/samples")
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, bytes)
    };
    write().map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// Puts the files of a finished model, and no others, where the samples are.
fn publish(made: &Path, names: &[&str], out: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("cannot replace `{}`: {error}", out.display());
    if out.exists() {
        fs::remove_dir_all(out).map_err(wrong)?;
    }
    for name in names {
        let path = made.join(name);
        let bytes = fs::read(&path);
        let bytes = bytes.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        write(&out.join(name), &bytes)?;
    }
    Ok(())
}
