//! The side of torch: a Python process that makes one epoch each time it is asked.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::report::Epoch;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/finetune_torch.py");

/// A training that waits for its next epoch.
pub struct Torch {
    child: Child,
    asks: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// What runs.
    pub versions: Versions,
}

/// The libraries of the other side.
#[derive(Debug, Deserialize)]
pub struct Versions {
    /// The version of torch.
    pub torch: String,
    /// The version of transformers.
    pub transformers: String,
}

#[derive(Deserialize)]
struct Answer {
    seconds: f64,
    accuracy: f64,
}

impl Torch {
    /// Starts Python and waits until the model is loaded.
    ///
    /// # Errors
    /// Where Python is absent or lacks a library.
    pub fn start(python: &Path, model: &Path, settings: &Path) -> Result<Self, String> {
        check(python)?;
        let mut child = Command::new(python)
            .arg(SCRIPT)
            .args([model, settings])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run `{}`: {error}", python.display()))?;
        let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("Python has no pipes".to_owned());
        };
        let mut answers = BufReader::new(answers).lines();
        let versions = read(&mut answers)?;
        Ok(Self { child, asks, answers, versions })
    }

    /// Makes one epoch.
    ///
    /// # Errors
    /// Where Python ended.
    pub fn epoch(&mut self) -> Result<Epoch, String> {
        let asked = self.asks.write_all(b"\n").and_then(|()| self.asks.flush());
        asked.map_err(|error| format!("cannot ask torch for an epoch: {error}"))?;
        let Answer { seconds, accuracy } = read(&mut self.answers)?;
        Ok(Epoch { seconds, accuracy })
    }
}

impl Drop for Torch {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read<T: DeserializeOwned>(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<T, String> {
    let line = lines.next().ok_or("torch ended early; its last words are above")?;
    let line = line.map_err(|error| format!("cannot hear torch: {error}"))?;
    let value: Value = serde_json::from_str(&line).map_err(|_| format!("torch said `{line}`"))?;
    serde_json::from_value(value).map_err(|error| format!("torch said `{line}`: {error}"))
}

fn check(python: &Path) -> Result<(), String> {
    let output = Command::new(python).args(["-c", "import torch, transformers"]).output();
    let output = output.map_err(|error| format!("cannot run `{}`: {error}", python.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!(
        "`{}` cannot import torch and transformers: {last}\n\
         make one that can: python3 -m venv V && V/bin/pip install torch transformers\n\
         and pass it: --python V/bin/python",
        python.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_without_torch_is_told_how_to_get_it() {
        // `false` takes any arguments and imports nothing.
        let error = check(Path::new("false")).unwrap_err();
        assert!(error.starts_with("`false` cannot import torch"), "{error}");
        assert!(error.contains("pip install torch transformers"), "{error}");
        let error = check(Path::new("/nowhere/python")).unwrap_err();
        assert!(error.starts_with("cannot run `/nowhere/python`"), "{error}");
    }
}
