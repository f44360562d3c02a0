//! Whole trainings on tiny models.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::*;
use crate::train::encoder::{EncoderConfig, create};
use crate::train::observer::Step;
use crate::{Encoder, inspect};

mod gradients;
mod resume;

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

#[test]
fn low_rank_additions_learn_too_and_leave_the_rest_alone() {
    let place = Place::with_encoder(0.0);
    let case = Case {
        method: Method::Lora { rank: 4, alpha: 8.0 },
        how: Hyperparameters { epochs: 25, learning_rate: 1e-2, ..quick() },
        ..Case::new(&place)
    };
    let report = case.run(&mut Watch::default()).expect("a training");
    assert_eq!(report.validation.expect("validation").accuracy, 1.0, "{report:?}");
    // Six projections with two narrow sides in each of two blocks, and the head.
    let narrow = 4 * (4 * (32 + 32) + 2 * (32 + 64));
    assert_eq!(report.trainable, 2 * narrow + 3 * 32 + 3);
    let weights = |dir: &Path, prefix: &str| {
        let files = WeightFiles::open(dir).expect("weights");
        let name = |part: &str| format!("{prefix}{part}");
        let norm = files.vector(&name("embeddings.LayerNorm.weight"), 32).expect("a norm");
        let query = name("encoder.layer.0.attention.self.query.weight");
        (norm, files.tensor(&query, &[32, 32]).expect("a matrix").to_f32())
    };
    let (before, after) = (weights(&case.base, ""), weights(&place.out(), "bert."));
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1);
}

#[test]
fn batches_of_one_step_count_like_one_batch() {
    let place = Place::with_encoder(0.0);
    let losses = |batch_size, accumulation, name: &str| {
        let how = Hyperparameters { batch_size, accumulation, epochs: 2, ..quick() };
        let case = Case { how, ..Case::new(&place) };
        let mut watch = Watch::default();
        case.run_into(&place.path(name), &mut watch).expect("a training");
        watch.steps.iter().map(|step| step.loss).collect::<Vec<f32>>()
    };
    let (one, three) = (losses(12, 1, "one"), losses(4, 3, "three"));
    assert_eq!(one.len(), 2 * 3);
    for (one, three) in one.iter().zip(&three) {
        assert!((one - three).abs() < 1e-4, "{one} {three}");
    }
}

#[test]
fn a_model_that_gets_no_better_stops_and_its_best_weights_are_kept() {
    let place = Place::with_encoder(0.0);
    // The better the model, the fewer of these wrong labels it gives.
    let mut validation = examples(36);
    validation.iter_mut().for_each(|example| example.label = (example.label + 1) % 3);
    let how = Hyperparameters { patience: Some(3), epochs: 30, ..quick() };
    let case = Case { validation, how, ..Case::new(&place) };
    let mut watch = Watch::default();
    let report = case.run(&mut watch).expect("a training");
    assert!(report.stopped_early && !report.stopped, "{report:?}");
    assert_eq!(report.epochs, report.best_epoch + 3);
    assert_eq!(watch.validations.len(), report.epochs as usize);
    let kept = report.validation.expect("validation");
    assert_eq!(kept, watch.validations[report.best_epoch as usize - 1]);
    let last = watch.validations.last().expect("an epoch");
    assert!(kept.accuracy > last.accuracy || kept.loss < last.loss, "{kept:?} {last:?}");

    let encoder = Encoder::load(&place.out()).expect("a classifier");
    let texts: Vec<&str> = case.validation.iter().map(|example| example.text.as_str()).collect();
    let found = encoder.classify(&texts).expect("probabilities");
    let loss = found.iter().zip(&case.validation).map(|(found, one)| -found[one.label].ln());
    let loss = loss.sum::<f32>() / texts.len() as f32;
    assert!((loss - kept.loss).abs() < 1e-3 * kept.loss, "{loss} {kept:?}");
}

#[test]
fn without_validation_the_last_weights_are_kept() {
    let place = Place::with_encoder(0.0);
    let how = Hyperparameters { epochs: 2, schedule: Schedule::Constant, ..quick() };
    let case = Case { validation: Vec::new(), how, ..Case::new(&place) };
    let mut watch = Watch::default();
    let report = case.run(&mut watch).expect("a training");
    assert_eq!((report.best_epoch, report.epochs, report.validation), (2, 2, None));
    assert!(watch.validations.is_empty());
    Encoder::load(&place.out()).expect("a classifier");
}

#[test]
fn a_classifier_can_be_taught_other_labels() {
    let place = Place::with_encoder(0.0);
    let first = Case::new(&place);
    first.run_into(&place.path("first"), &mut Watch::default()).expect("a training");
    let labels = ["water", "rest"].map(str::to_owned).to_vec();
    let mut train = examples(36);
    train.iter_mut().for_each(|example| example.label = example.label.min(1));
    let case = Case {
        base: place.path("first"),
        labels: labels.clone(),
        train,
        validation: Vec::new(),
        ..Case::new(&place)
    };
    case.run(&mut Watch::default()).expect("a training");
    assert_eq!(Encoder::load(&place.out()).expect("a classifier").labels(), labels);
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let place = Place::with_encoder(0.0);
    let check = |change: &dyn Fn(&mut Case<'_>), expected: &str| {
        let mut case = Case::new(&place);
        change(&mut case);
        assert_eq!(case.refusal(), expected);
    };
    let two = "a classifier needs at least two labels, there is ";
    check(&|case| case.labels.truncate(1), &format!("{two}1"));
    check(&|case| case.labels.clear(), &format!("{two}none"));
    check(&|case| case.labels.push("water".to_owned()), "label `water` is there twice");
    check(&|case| case.train.clear(), "there are no examples to learn from");
    check(
        &|case| case.train[4].label = 3,
        "training example 5 has label number 3; there are 3 labels, counted from 0",
    );
    check(
        &|case| case.validation[0].label = 9,
        "validation example 1 has label number 9; there are 3 labels, counted from 0",
    );
    check(&|case| case.how.epochs = 0, "`epochs` is 0; it is at least 1");
    check(
        &|case| case.method = Method::Lora { rank: 33, alpha: 1.0 },
        "`rank` is 33; it is at least 1 and at most the model's width, 32",
    );
    check(&|case| case.how.tokens_max = 2, "inputs of 2 tokens leave no room beside 2 marks");
    let decoder = "`LlamaForCausalLM` is not an encoder";
    check(&|case| case.base = fixture("../decoder/llama"), decoder);
    std::fs::create_dir_all(place.out().join("something")).expect("a folder");
    let refusal = Case::new(&place).run(&mut Watch::default()).expect_err("out is there");
    assert!(refusal.to_string().ends_with("is there already"), "{refusal}");
}

#[test]
fn a_loss_that_is_no_number_any_more_names_the_learning_rate() {
    let place = Place::with_encoder(0.0);
    let how = Hyperparameters { learning_rate: 1e30, warmup_ratio: 0.0, ..quick() };
    let refusal = Case { how, ..Case::new(&place) }.run(&mut Watch::default());
    let error = refusal.expect_err("it diverges");
    let text = error.to_string();
    assert!(text.starts_with("the loss of step 2 is NaN, at a learning rate of 9.79"), "{text}");
    let fault = domain::Fault::from(error);
    let hint = fault.hint_text();
    assert_eq!(hint, Some("train again with a lower learning rate, a tenth for example"));
    assert!(!place.out().exists());
}
