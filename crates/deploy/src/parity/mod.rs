//! What fewer bits change in a model, measured on a text and put in one sentence.
//!
//! What came of it is kept for a version and a way to quantize: whatever serves the two shows it.

mod store;
mod texts;

use std::ops::ControlFlow;
use std::path::PathBuf;

use data::{DataFile, Mapping};
use domain::{Clock, Millis, Task};
use native::Quantize;
use native::parity::{Parity, Progress, measure};
use serde::{Deserialize, Serialize};

use crate::Error;
pub use store::Reports;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Job {
    /// The model's files.
    pub model_dir: PathBuf,
    /// How many bits the weights would have.
    pub quantize: Quantize,
    /// A person's own text, with the column that holds it; a built-in one where absent.
    pub data: Option<(DataFile, Mapping)>,
}

/// What fewer bits change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many bits the weights have.
    pub quantize: Quantize,
    /// The file that was read; the built-in text where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Tokens that were foreseen.
    pub tokens: u64,
    /// The perplexity of the original.
    pub perplexity: f64,
    /// The perplexity with fewer bits.
    pub perplexity_quantized: f64,
    /// The share of tokens for which both held the same one most likely.
    pub agreement: f64,
    /// The mean distance between the two log-probabilities of a token.
    pub difference: f64,
    /// How long it took.
    pub milliseconds: u64,
}

/// What came of measuring a version with fewer bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// It was measured.
    Measured(Report),
    /// There is no report.
    Absent {
        /// Why not.
        why: String,
    },
}

/// Checks that a model writes text, by what it does; nothing else is quantized.
///
/// # Errors
/// Where it does not.
pub fn check(quantize: Quantize, tasks: &[Task]) -> Result<(), Error> {
    if tasks.iter().any(|task| task.generates_text()) {
        return Ok(());
    }
    let task = tasks.first().copied().unwrap_or(Task::FeatureExtraction);
    Err(Error::Quantize { quantize, task })
}

/// Reads the text with both; `watch` is told how far it is and says whether to go on.
///
/// # Errors
/// Where the text or the model cannot be read, or it was told to stop.
pub fn run(
    job: &Job,
    clock: &dyn Clock,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Report, Error> {
    let began = clock.now_ms();
    let texts = match &job.data {
        Some((file, mapping)) => texts::read(file, mapping)?,
        None => vec![texts::BUILT_IN.to_owned()],
    };
    let parity = measure(&job.model_dir, job.quantize, &texts, watch)?;
    let parity = parity.ok_or(Error::Stopped)?;
    let data = job.data.as_ref().map(|(file, _)| file.name.clone());
    Ok(Report::new(job.quantize, data, &parity, clock.now_ms() - began))
}

impl Report {
    fn new(quantize: Quantize, data: Option<String>, parity: &Parity, took: Millis) -> Self {
        let Parity { tokens, perplexity, perplexity_quantized, agreement, difference } = *parity;
        Self {
            quantize,
            data,
            tokens: tokens as u64,
            perplexity,
            perplexity_quantized,
            agreement,
            difference,
            milliseconds: took.unsigned_abs(),
        }
    }

    /// Says it in one line: `q4: perplexity 12.31 → 12.68 (+3.0 %), same first choice at 94.1 % of
    /// 1,024 tokens`.
    pub fn summary(&self) -> String {
        let change = (self.perplexity_quantized / self.perplexity - 1.0) * 100.0;
        // Rounded down: 100.0 % are all of them.
        let agreement = (self.agreement * 1_000.0).floor() / 10.0;
        format!(
            "{}: perplexity {} → {} ({}{:.1} %), same first choice at {agreement:.1} % of {} \
             tokens",
            self.quantize,
            short(self.perplexity),
            short(self.perplexity_quantized),
            if change < 0.0 { "−" } else { "+" },
            change.abs(),
            thousands(self.tokens),
        )
    }
}

/// Writes a perplexity with two decimal places; large ones without.
fn short(perplexity: f64) -> String {
    match perplexity {
        small if small < 1_000.0 => format!("{small:.2}"),
        large if large < 1e15 => thousands(large.round() as u64),
        huge => format!("{huge:.1e}"),
    }
}

/// Writes a number with its thousands apart.
fn thousands(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1_000), number % 1_000),
    }
}

#[cfg(test)]
mod tests;
