//! Fine-tunes an encoder to classify texts: every number, or low-rank additions.
//!
//! The new head scores the mean of a text's hidden states. For a seed and a number of threads
//! the result is always the same, interrupted or not.

mod arena;
mod checkpoint;
mod examples;
mod fit;
mod hyperparameters;
mod layers;
mod learner;
mod model;
mod noise;
mod pass;
mod result;
mod room;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::folder;
use super::observer::{Observer, Validation};
use crate::Result;
use crate::config::ConfigFile;
use crate::encoder::EncoderShape;
use crate::tokenizer::TextTokenizer;
use crate::weights::WeightFiles;
use checkpoint::{Progress, Shelf};
use examples::Examples;
use fit::Fit;
use learner::Learner;
use model::Model;
use noise::Rates;

pub use hyperparameters::{Hyperparameters, Method, Schedule};

/// One text and its class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Example {
    /// The text.
    pub text: String,
    /// The number of its label, counted from zero.
    pub label: usize,
}

/// One training.
#[derive(Clone, Copy, Debug)]
pub struct ClassifierTraining<'a> {
    /// The folder of the encoder to start from.
    pub base: &'a Path,
    /// The classes, in the order of their numbers.
    pub labels: &'a [String],
    /// What is learned from.
    pub train: &'a [Example],
    /// What tells how well it goes; may be empty.
    pub validation: &'a [Example],
    /// Which numbers are trained.
    pub method: Method,
    /// How it learns.
    pub hyperparameters: &'a Hyperparameters,
    /// The folder for checkpoints, from which an interrupted training goes on.
    pub checkpoints: &'a Path,
    /// The folder to make; it must not hold anything.
    pub out: &'a Path,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many steps were made.
    pub steps: u64,
    /// How many epochs are complete.
    pub epochs: u32,
    /// The epoch whose weights were kept: the best, or without validation the last.
    pub best_epoch: u32,
    /// How well the kept weights do on the validation data.
    pub validation: Option<Validation>,
    /// The mean loss of a training example in the last complete epoch.
    pub loss: f64,
    /// How many numbers were trained.
    pub trainable: u64,
    /// Whether the observer ended it before its time; no model is written then, and the next
    /// run goes on from there.
    pub stopped: bool,
    /// Whether it ended because the model did not get better any more.
    pub stopped_early: bool,
}

/// Trains a classifier and writes its folder, whole or not at all.
///
/// Goes on from what an interrupted run of the same training left in `checkpoints`; the result
/// has the same bits as that of a run without interruption.
pub fn run(training: &ClassifierTraining<'_>, observer: &mut dyn Observer) -> Result<Report> {
    run_with(training, observer, fit::SAVE_EVERY)
}

fn run_with(
    training: &ClassifierTraining<'_>,
    observer: &mut dyn Observer,
    save_every: Duration,
) -> Result<Report> {
    let ClassifierTraining { base, labels, hyperparameters: how, method, .. } = *training;
    examples::check(labels, training.train, training.validation)?;
    how.check(!training.validation.is_empty())?;
    folder::check_free(training.out)?;
    let config = ConfigFile::read(base)?;
    let shape = EncoderShape::read(&config)?;
    method.check(shape.hidden)?;
    let rates = Rates::read(&config)?;
    let tokenizer = TextTokenizer::load(base, how.tokens_max.min(shape.context_max))?;
    let read = |all| Examples::new(all, &tokenizer, labels.len(), shape.vocabulary);
    let (train, validation) = (read(training.train)?, read(training.validation)?);
    let files = WeightFiles::open(base)?;
    let fingerprint = fingerprint(training, (&config, &files), [&train, &validation]);
    let shelf = Shelf::open(training.checkpoints, fingerprint)?;
    let chance = ChaCha8Rng::seed_from_u64(how.seed);
    let model = Model::load(&files, &shape, method, &train, chance)?;
    let total = fit::steps_of_epoch(train.len(), how) as u64 * u64::from(how.epochs);
    let mut fit = Fit {
        learner: Learner::new(model, how, rates, total),
        how,
        train: &train,
        validation: &validation,
        shelf,
        save_every,
        progress: Progress::default(),
        best: Vec::new(),
        saved: Instant::now(),
    };
    fit.resume()?;
    observer.started(total);
    let report = fit.run(observer)?;
    if !report.stopped {
        let Learner { model, arena, .. } = &fit.learner;
        result::write(training.out, base, labels, (model, arena))?;
    }
    Ok(report)
}

/// Returns a hash of everything that the result depends on.
fn fingerprint(
    training: &ClassifierTraining<'_>,
    (config, files): (&ConfigFile, &WeightFiles),
    examples: [&Examples; 2],
) -> u64 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    files.hash(&mut hasher);
    format!("{:?}", config.fields()).hash(&mut hasher);
    training.labels.hash(&mut hasher);
    examples.hash(&mut hasher);
    // Debug forms tell every field and differ where numbers differ.
    format!("{:?} {:?}", training.method, training.hyperparameters).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
