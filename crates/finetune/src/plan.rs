//! What will be done, decided from the request, the model and the data before anything runs.

use std::collections::BTreeMap;

use domain::Task;
use native::ModelFacts;
use native::train::classifier::{Hyperparameters, Method};
use serde_json::Value;

use crate::given::Given;
use crate::{Error, Result};

/// The share of the rows that is kept for validation.
const VALIDATION_SPLIT: f64 = 0.1;
/// Models up to this size are trained as a whole: with AdamW that takes 16 bytes a number.
const FULL_PARAMETERS_MAX: u64 = 150_000_000;
/// A text may be as long as this without being asked for; longer ones cost more than they teach.
const TOKENS_MAX: usize = 128;
/// Attention works in blocks of this many tokens.
const TOKENS_BLOCK: usize = 16;
/// The share of the texts that is not cut.
const UNCUT: f64 = 0.995;
/// More classes than any catalog of intents or topics has; the head stays a few megabytes.
const LABELS_MAX: usize = 10_000;

/// What a person asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// The method, where one was named.
    pub(crate) method: Option<&'a str>,
    /// The hyper-parameters that were named.
    pub(crate) hyperparameters: &'a BTreeMap<String, Value>,
    /// Whether there is a file of its own for validation.
    pub(crate) has_validation: bool,
}

/// The method with what can be decided before the data is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// Which numbers are trained.
    pub(crate) method: Method,
    /// How; `tokens_max` is the bound until the lengths of the texts are known.
    pub(crate) hyperparameters: Hyperparameters,
    /// Whether `tokens_max` was asked for.
    tokens_max_given: bool,
    /// The share of the rows that is kept for validation; 0 where a file of its own is.
    pub(crate) validation_split: f64,
}

impl Plan {
    /// Decides from the request and what is known of the model.
    pub(crate) fn new(request: &Request<'_>, facts: &ModelFacts) -> Result<Self> {
        if !facts.finetuning_tasks.contains(&Task::TextClassification) {
            let teachable = facts.finetuning_tasks.iter().map(|task| task.tag().to_owned());
            let teachable = teachable.collect();
            return Err(Error::WrongModel { architecture: facts.architecture.clone(), teachable });
        }
        let given = Given::new(request.hyperparameters)?;
        let method = method(request.method, &given, facts)?;
        let validation_split = validation_split(request, &given)?;
        let hyperparameters = hyperparameters(&given, method, facts)?;
        let validates = request.has_validation || validation_split > 0.0;
        if hyperparameters.patience.is_some() && !validates {
            return Err(Error::Combination {
                why: "`patience` needs validation data, and `validation_split` is 0".to_owned(),
                hint: "leave `patience` away, or give `--validation FILE`",
            });
        }
        let tokens_max_given = given.has("tokens_max");
        Ok(Self { method, hyperparameters, tokens_max_given, validation_split })
    }

    /// Chooses the longest text by the lengths of all, unless it was asked for; returns how many
    /// texts will be cut.
    pub(crate) fn fit_lengths(&mut self, lengths: &mut [usize]) -> usize {
        lengths.sort_unstable();
        if !self.tokens_max_given {
            let uncut = ((lengths.len() as f64 * UNCUT) as usize).min(lengths.len().max(1) - 1);
            let longest = lengths.get(uncut).copied().unwrap_or(TOKENS_MAX);
            let fits = longest.next_multiple_of(TOKENS_BLOCK);
            let bound = self.hyperparameters.tokens_max;
            self.hyperparameters.tokens_max = fits.min(TOKENS_MAX).min(bound);
        }
        let tokens_max = self.hyperparameters.tokens_max;
        lengths.len() - lengths.partition_point(|length| *length <= tokens_max)
    }

    /// Returns how many steps an epoch over `rows` rows has.
    pub(crate) fn steps_of_epoch(&self, rows: usize) -> usize {
        rows.div_ceil(self.hyperparameters.batch_size * self.hyperparameters.accumulation)
    }
}

fn method(name: Option<&str>, given: &Given<'_>, facts: &ModelFacts) -> Result<Method> {
    let is_low_rank = match name {
        Some("full") => false,
        Some("lora") => true,
        None => given.has("rank") || given.has("alpha") || facts.parameters > FULL_PARAMETERS_MAX,
        Some(other) => return Err(Error::Method { method: other.to_owned() }),
    };
    if !is_low_rank {
        if let Some(name) = ["rank", "alpha"].into_iter().find(|name| given.has(name)) {
            return Err(Error::Combination {
                why: format!("`{name}` belongs to the method `lora`, and `full` was asked for"),
                hint: "leave it away, or choose `--method lora`",
            });
        }
        return Ok(Method::Full);
    }
    let Method::Lora { rank: usual, .. } = Method::lora() else { return Ok(Method::lora()) };
    let width = u64::from(facts.hidden_size);
    let rank = given.whole("rank", 1..=width, (usual as u64).min(width))?;
    let alpha = given.number("alpha", 0.01..=10_000.0, 2.0 * rank as f64)?;
    Ok(Method::Lora { rank: rank as usize, alpha: alpha as f32 })
}

fn validation_split(request: &Request<'_>, given: &Given<'_>) -> Result<f64> {
    if !request.has_validation {
        return given.number("validation_split", 0.0..=0.5, VALIDATION_SPLIT);
    }
    if given.has("validation_split") {
        return Err(Error::Combination {
            why: "`validation_split` and a file for validation exclude each other".to_owned(),
            hint: "leave one of them away",
        });
    }
    Ok(0.0)
}

fn hyperparameters(
    given: &Given<'_>,
    method: Method,
    facts: &ModelFacts,
) -> Result<Hyperparameters> {
    let usual = Hyperparameters::default();
    let count = |name, most, default: usize| given.whole(name, 1..=most, default as u64);
    let number = |name, bounds, default: f32| given.number(name, bounds, f64::from(default));
    // Below eight tokens nothing is left beside the marks.
    let tokens =
        given.whole("tokens_max", 8..=u64::from(facts.context_max), facts.context_max.into())?;
    let rate = learning_rate(method, facts);
    Ok(Hyperparameters {
        epochs: given.whole("epochs", 1..=1_000, usual.epochs.into())? as u32,
        batch_size: count("batch_size", 1_024, usual.batch_size)? as usize,
        accumulation: count("accumulation", 1_024, usual.accumulation)? as usize,
        learning_rate: number("learning_rate", 1e-9..=1.0, rate)? as f32,
        schedule: given.schedule(usual.schedule)?,
        warmup_ratio: number("warmup_ratio", 0.0..=1.0, usual.warmup_ratio)? as f32,
        weight_decay: number("weight_decay", 0.0..=10.0, usual.weight_decay)? as f32,
        clip_norm: number("clip_norm", 1e-6..=1e6, usual.clip_norm)? as f32,
        patience: match given.has("patience") {
            true => Some(given.whole("patience", 1..=1_000, 1)? as u32),
            false => usual.patience,
        },
        seed: given.whole("seed", 0..=u64::MAX, usual.seed)?,
        tokens_max: tokens as usize,
    })
}

/// Wider models want smaller steps: what `native` names suits those of some 400 columns, as
/// MiniLM has. Low-rank additions to a narrow one go astray sooner than its own numbers.
fn learning_rate(method: Method, facts: &ModelFacts) -> f32 {
    let usual = method.learning_rate();
    match (facts.hidden_size, method) {
        (0..=128, Method::Full) => usual * 5.0,
        (0..=128, Method::Lora { .. }) => usual * 2.0,
        (129..=512, _) => usual,
        _ => usual / 4.0,
    }
}

/// Orders the labels of the rows: numbers by their size, else by letters; in the order of the
/// model's own where it knows just these.
///
/// # Errors
/// Where there is nothing to learn from them.
pub(crate) fn order_labels(
    name: &str,
    counts: &BTreeMap<String, usize>,
    facts: &ModelFacts,
) -> Result<Vec<String>> {
    let rows: usize = counts.values().sum();
    let name = || name.to_owned();
    if let (1, Some(label)) = (counts.len(), counts.keys().next()) {
        return Err(Error::OneLabel { name: name(), label: label.clone() });
    }
    if counts.len() > LABELS_MAX {
        return Err(Error::ManyLabels { name: name(), labels_max: LABELS_MAX });
    }
    if counts.len() == rows && rows > 2 {
        return Err(Error::NothingRepeats { name: name(), rows });
    }
    let knows_these = facts.labels.len() == counts.len()
        && facts.labels.iter().all(|label| counts.contains_key(label));
    if knows_these {
        return Ok(facts.labels.clone());
    }
    let mut labels: Vec<String> = counts.keys().cloned().collect();
    if labels.iter().all(|label| label.parse::<i64>().is_ok()) {
        labels.sort_by_key(|label| label.parse::<i64>().unwrap_or_default());
    }
    Ok(labels)
}

#[cfg(test)]
pub(crate) mod tests;
