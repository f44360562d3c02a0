//! Whole trainings on tiny models.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::*;
use crate::train::encoder::{EncoderConfig, create};
use crate::train::observer::Step;
use crate::{Encoder, inspect};

/// Watches, and ends a training where it is told to.
#[derive(Default)]
struct Watch {
    total: u64,
    steps: Vec<Step>,
    validations: Vec<Validation>,
    /// Says no after so many steps.
    stop_after: Option<usize>,
    /// Panics instead, as if the process were killed.
    panics: bool,
}

impl Observer for Watch {
    fn started(&mut self, total_steps: u64) {
        self.total = total_steps;
    }

    fn step(&mut self, step: &Step) {
        self.steps.push(*step);
    }

    fn validated(&mut self, validation: &Validation) {
        self.validations.push(*validation);
    }

    fn keep_going(&mut self) -> bool {
        let goes = self.stop_after.is_none_or(|steps| self.steps.len() < steps);
        assert!(goes || !self.panics, "killed");
        goes
    }
}

/// A place for one test's folders.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    /// Makes a place with a tiny encoder in it.
    fn with_encoder(dropout: f32) -> Self {
        let place = Self { dir: tempfile::tempdir().expect("a folder") };
        let config = EncoderConfig {
            hidden: 32,
            intermediate: 64,
            context_max: 32,
            dropout,
            ..EncoderConfig::default()
        };
        create(&config, &fixture("bert-base").join("tokenizer.json"), &place.path("base"))
            .expect("an encoder");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn out(&self) -> PathBuf {
        self.path("out")
    }
}

/// Returns the folder of a tiny model of `transformers`.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity").join(name)
}

fn labels() -> Vec<String> {
    ["water", "light", "animals"].map(str::to_owned).to_vec()
}

/// Texts of which the words tell the class.
fn examples(count: usize) -> Vec<Example> {
    let words = [["river", "boat", "rain"], ["lamp", "light", "clock"], ["cat", "birds", "sing"]];
    let frames =
        ["the {} is old", "she reads of the {}", "{}", "why does the {} stop every winter"];
    let one = |number: usize| {
        let label = number % 3;
        let word = words[label][number / 3 % 3];
        let text = frames[number / 9 % 4].replace("{}", word);
        Example { text, label }
    };
    (0..count).map(one).collect()
}

fn quick() -> Hyperparameters {
    Hyperparameters {
        epochs: 8,
        batch_size: 6,
        learning_rate: 5e-3,
        tokens_max: 16,
        ..Hyperparameters::default()
    }
}

/// What a test changes about a training.
struct Case<'a> {
    base: PathBuf,
    train: Vec<Example>,
    validation: Vec<Example>,
    method: Method,
    how: Hyperparameters,
    labels: Vec<String>,
    place: &'a Place,
    save_every: Duration,
}

impl<'a> Case<'a> {
    fn new(place: &'a Place) -> Self {
        Self {
            base: place.path("base"),
            train: examples(36),
            validation: examples(9),
            method: Method::Full,
            how: quick(),
            labels: labels(),
            place,
            save_every: fit::SAVE_EVERY,
        }
    }

    fn run_into(&self, out: &Path, watch: &mut Watch) -> Result<Report> {
        let training = ClassifierTraining {
            base: &self.base,
            labels: &self.labels,
            train: &self.train,
            validation: &self.validation,
            method: self.method,
            hyperparameters: &self.how,
            checkpoints: &self.place.path("checkpoints"),
            out,
        };
        run_with(&training, watch, self.save_every)
    }

    fn run(&self, watch: &mut Watch) -> Result<Report> {
        self.run_into(&self.place.out(), watch)
    }

    fn refusal(&self) -> String {
        let refusal = self.run(&mut Watch::default()).expect_err("it is refused");
        assert!(!self.place.out().exists());
        refusal.to_string()
    }
}

#[test]
fn a_classifier_learns_what_words_tell() {
    let place = Place::with_encoder(0.1);
    let case = Case { how: Hyperparameters { epochs: 25, ..quick() }, ..Case::new(&place) };
    let mut watch = Watch::default();
    let report = case.run(&mut watch).expect("a training");
    assert_eq!(report.steps, 25 * 6);
    assert_eq!((watch.total, watch.steps.len(), watch.validations.len()), (150, 150, 25));
    assert!(watch.steps[0].loss > 0.9, "{:?}", watch.steps[0]);
    assert!(report.loss < 0.1, "{report:?}");
    assert_eq!(report.validation.expect("validation").accuracy, 1.0);

    let facts = inspect(&place.out()).expect("facts");
    assert_eq!(facts.labels, labels());
    assert_eq!(facts.architecture, "BertForSequenceClassification");
    let encoder = Encoder::load(&place.out()).expect("a classifier");
    for (text, label) in [("the boat", 0), ("a lamp is old", 1), ("birds sing", 2)] {
        let found = encoder.classify(&[text]).expect("probabilities").remove(0);
        assert!(found[label] > 0.8, "{text}: {found:?}");
    }
}
