//! The side of torch: a Python process that makes one epoch each time it is asked.

use std::path::Path;
use std::process::Command;

use super::report::Epoch;
use super::side::{self, Side};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/finetune_torch.py");

/// A training that waits for its next epoch.
pub struct Torch(Side);

impl Torch {
    /// Starts Python and waits until the model is loaded.
    ///
    /// # Errors
    /// Where Python is absent or lacks a library.
    pub fn start(python: &Path, model: &Path, settings: &Path) -> Result<Self, String> {
        check(python)?;
        let mut command = Command::new(python);
        command.arg(SCRIPT).args([model, settings]);
        Side::start("torch", command).map(Self)
    }

    /// Returns what runs.
    pub fn version(&self) -> &str {
        &self.0.loaded.version
    }

    /// Makes one epoch.
    ///
    /// # Errors
    /// Where Python ended.
    pub fn epoch(&mut self) -> Result<Epoch, String> {
        self.0.ask(&"epoch")
    }
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
        "`{}` cannot import torch and transformers: {last}\n{}",
        python.display(),
        side::advice("torch transformers")
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
