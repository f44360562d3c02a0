//! Our side of the fine-tuning bench, and the turns of both.

use std::fs;
use std::io::Write;
use std::time::Instant;

use native::train::classifier::{
    self, ClassifierTraining, Example, Hyperparameters, Method, Schedule,
};
use native::train::observer::{Observer, Step, Validation};
use serde_json::json;

use super::Finetune;
use super::report::{self, Epoch};
use super::rows::Rows;
use super::torch::Torch;

/// What an idle machine may have to do; more disturbs the side that likes company less.
const LOAD_MAX: f64 = 0.7;

/// Fine-tunes on both sides and prints the table.
pub fn run(options: &Finetune) -> Result<(), String> {
    if let Some(load) = load().filter(|load| *load > LOAD_MAX) {
        eprintln!("this machine has a load of {load:.1} already: the times will not tell much");
    }
    let rows = Rows::read(&options.data, options.rows)?;
    let scratch = tempfile::tempdir().map_err(|error| format!("no place to work: {error}"))?;
    let hyperparameters = hyperparameters(options.epochs);
    let settings = scratch.path().join("settings.json");
    let value = settings_of(&rows, &hyperparameters, options.threads);
    fs::write(&settings, value.to_string()).map_err(|error| format!("cannot write: {error}"))?;
    let torch = Torch::start(&options.python, &options.model, &settings)?;
    let mut turns = Turns::new(torch, options.epochs);
    let training = ClassifierTraining {
        base: &options.model,
        labels: &rows.labels,
        train: &examples(&rows.train),
        validation: &examples(&rows.test),
        method: Method::Full,
        hyperparameters: &hyperparameters,
        checkpoints: &scratch.path().join("checkpoints"),
        out: &scratch.path().join("out"),
    };
    classifier::run(&training, &mut turns).map_err(|error| error.to_string())?;
    if let Some(error) = turns.error.take() {
        return Err(error);
    }
    print(&headline(options, &rows, turns.torch.version()), &turns)
}

/// The recipe of both sides: that of the torch script, whose figures are known.
fn hyperparameters(epochs: u32) -> Hyperparameters {
    Hyperparameters {
        epochs,
        batch_size: 32,
        learning_rate: 2e-4,
        schedule: Schedule::Linear,
        warmup_ratio: 0.1,
        weight_decay: 0.01,
        clip_norm: 1.0,
        accumulation: 1,
        patience: None,
        seed: 0,
        tokens_max: 64,
    }
}

fn settings_of(rows: &Rows, how: &Hyperparameters, threads: usize) -> serde_json::Value {
    json!({
        "train": rows.train,
        "test": rows.test,
        "classes": rows.labels.len(),
        "epochs": how.epochs,
        "batch_size": how.batch_size,
        "learning_rate": how.learning_rate,
        "warmup_ratio": how.warmup_ratio,
        "weight_decay": how.weight_decay,
        "clip_norm": how.clip_norm,
        "tokens_max": how.tokens_max,
        "seed": how.seed,
        "threads": threads,
    })
}

fn examples(rows: &[(String, usize)]) -> Vec<Example> {
    let example = |(text, label): &(String, usize)| Example { text: text.clone(), label: *label };
    rows.iter().map(example).collect()
}

/// Lets both sides train in turn: ours, theirs, theirs, ours, ours, … so that a machine that
/// slows down or warms up does so for both.
struct Turns {
    torch: Torch,
    epochs: usize,
    began: Instant,
    stepped: Instant,
    ours: Vec<Epoch>,
    theirs: Vec<Epoch>,
    error: Option<String>,
}

impl Turns {
    fn new(torch: Torch, epochs: u32) -> Self {
        let now = Instant::now();
        let (ours, theirs) = (Vec::new(), Vec::new());
        Self { torch, epochs: epochs as usize, began: now, stepped: now, ours, theirs, error: None }
    }

    fn let_torch_train(&mut self) {
        for _ in 0..turns_of_torch(self.ours.len(), self.epochs) {
            match self.torch.epoch() {
                Ok(epoch) => {
                    eprintln!("torch: {:.1} s, accuracy {:.4}", epoch.seconds, epoch.accuracy);
                    self.theirs.push(epoch);
                }
                Err(error) => {
                    self.error = Some(error);
                    return;
                }
            }
        }
    }
}

/// Counts the epochs that torch makes after our epoch of this number.
fn turns_of_torch(ours: usize, epochs: usize) -> usize {
    if ours.is_multiple_of(2) { 0 } else { (epochs + 1 - ours).min(2) }
}

impl Observer for Turns {
    fn started(&mut self, _total_steps: u64) {
        self.began = Instant::now();
    }

    fn step(&mut self, _step: &Step) {
        self.stepped = Instant::now();
    }

    fn validated(&mut self, validation: &Validation) {
        let seconds = (self.stepped - self.began).as_secs_f64();
        let accuracy = f64::from(validation.accuracy);
        eprintln!("Modeldex: {seconds:.1} s, accuracy {accuracy:.4}");
        self.ours.push(Epoch { seconds, accuracy });
        self.let_torch_train();
        self.began = Instant::now();
    }

    fn keep_going(&mut self) -> bool {
        self.error.is_none()
    }
}

fn headline(options: &Finetune, rows: &Rows, version: &str) -> String {
    let model = options.model.canonicalize();
    let model = model.as_deref().unwrap_or(&options.model).file_name().unwrap_or_default();
    format!(
        "Full fine-tuning of `{}` in float32: {} rows, {} classes, {} test rows; {} threads of {}; \
         {version}.",
        model.display(),
        rows.train.len(),
        rows.labels.len(),
        rows.test.len(),
        options.threads,
        processor(),
    )
}

/// Returns the processor's name, where the system tells it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": ")).map(|(_, name)| name.to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Returns how many threads wanted to run in the last minute, where the system tells it.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn print(headline: &str, turns: &Turns) -> Result<(), String> {
    let table = report::table(&turns.ours, &turns.theirs);
    let written = writeln!(std::io::stdout(), "{headline}\n\n{table}");
    written.map_err(|error| format!("cannot print the table: {error}"))
}

#[cfg(test)]
mod tests {
    use super::turns_of_torch;

    #[test]
    fn sides_take_turns_and_make_equally_many_epochs() {
        for epochs in 1..8 {
            let turns: Vec<usize> = (1..=epochs).map(|ours| turns_of_torch(ours, epochs)).collect();
            assert_eq!(turns.iter().sum::<usize>(), epochs, "{turns:?}");
        }
        assert_eq!([1, 2, 3, 4, 5].map(|ours| turns_of_torch(ours, 5)), [2, 0, 2, 0, 1]);
    }
}
