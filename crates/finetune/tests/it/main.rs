//! Teaching a tiny encoder, from a file to a folder that runs.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod learns;
mod refuses;
mod resumes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::{DataFile, Mapping};
use domain::Digest;
use finetune::{Finetuned, Job};
use jobs::Context;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Words that the tiny model knows, by the class that they stand for.
const WORDS: [(&str, [&str; 4]); 3] = [
    ("water", ["river", "boat", "rain", "small river"]),
    ("house", ["tower", "light", "wooden tower", "every light"]),
    ("animal", ["cat", "cat listens", "two cat", "nobody knows the cat"]),
];

/// A job in a folder that goes away with it.
struct Bench {
    folder: tempfile::TempDir,
    job: Job,
    context: Context,
}

impl Bench {
    /// Teaches the tiny BERT of `native`'s fixtures with a CSV file.
    fn new(rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let job = Job {
            base: tiny_model("bert-base"),
            data: file(folder.path(), "train.csv", rows),
            validation: None,
            mapping: Mapping::default(),
            method: None,
            hyperparameters: BTreeMap::new(),
            out: scratch.join("out"),
        };
        Self { job, context: Context::detached(scratch), folder }
    }

    fn with(mut self, method: &str, hyperparameters: Value) -> Self {
        self.job.method = Some(method.to_owned());
        self.job.hyperparameters = serde_json::from_value(hyperparameters).unwrap();
        self
    }

    fn run(&self) -> finetune::Result<Finetuned> {
        finetune::run(&self.job, &self.context)
    }

    /// Returns the digest of the weights that came out.
    fn weights(&self) -> Digest {
        let bytes = std::fs::read(self.job.out.join("model.safetensors")).unwrap();
        Digest::from_bytes(&Sha256::digest(bytes).into())
    }
}

fn tiny_model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures/parity").join(name)
}

fn file(folder: &Path, name: &str, rows: &str) -> DataFile {
    let path = folder.join(name);
    std::fs::write(&path, format!("text,label\n{rows}")).unwrap();
    DataFile { path, name: name.to_owned() }
}

/// Rows of texts that tell their class by one word among others.
fn toy(copies: usize) -> String {
    let frames = ["{}", "the {}", "a {} and bread", "why does the {} stop?", "she waits by the {}"];
    let mut rows = String::new();
    for copy in 0..copies {
        for (index, frame) in frames.iter().enumerate() {
            for (label, words) in &WORDS {
                let word = words[(copy + index) % words.len()];
                rows += &format!("{},{label}\n", frame.replace("{}", word));
            }
        }
    }
    rows
}
