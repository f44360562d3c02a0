//! What fewer bits change in a model, measured on a text and put in one sentence.
//!
//! What came of it is kept for a version and a way to quantize: whatever serves the two shows it.

mod store;
mod texts;

use std::ops::ControlFlow;
use std::path::PathBuf;

use data::{DataFile, Mapping};
use domain::Clock;
use native::Quantize;
use native::encoder::Choice;
use native::parity::{DecoderParity, EncoderParity, Parity, Progress, measure};
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
    /// How the model compares with itself.
    #[serde(flatten)]
    pub parity: Parity,
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
    let milliseconds = (clock.now_ms() - began).unsigned_abs();
    Ok(Report { quantize: job.quantize, data, parity, milliseconds })
}

impl Report {
    /// Says it in one line: `q4: perplexity 12.31 → 12.68 (+3.0 %), same first choice at 94.1 % of
    /// 1,024 tokens`, or `int8: vectors at a cosine of 0.9998, same class for 98.3 % of 60 texts`.
    pub fn summary(&self) -> String {
        let changed = match &self.parity {
            Parity::Decoder(parity) => foreseen(parity),
            Parity::Encoder(parity) => read(parity),
        };
        format!("{}: {changed}", self.quantize)
    }
}

fn foreseen(parity: &DecoderParity) -> String {
    let change = (parity.perplexity_quantized / parity.perplexity - 1.0) * 100.0;
    format!(
        "perplexity {} → {} ({}{:.1} %), same first choice at {} of {} tokens",
        short(parity.perplexity),
        short(parity.perplexity_quantized),
        if change < 0.0 { "−" } else { "+" },
        change.abs(),
        percent(parity.agreement),
        thousands(parity.tokens as u64),
    )
}

fn read(parity: &EncoderParity) -> String {
    let (same, of) = match parity.choice {
        Choice::Class => ("class", "texts"),
        Choice::Order => ("order", "pairs of texts"),
        Choice::Label => ("label", "tokens"),
        Choice::End => ("first choice", "ends of answers"),
        Choice::Gap => ("first choice", "gaps"),
        Choice::Nearest => ("nearest text", "texts"),
    };
    format!(
        "vectors at a cosine of {:.4}, same {same} for {} of {} {of}",
        (parity.similarity * 10_000.0).floor() / 10_000.0,
        percent(parity.agreement),
        thousands(parity.choices as u64),
    )
}

/// Writes a share, rounded down: 100.0 % are all of them.
fn percent(share: f64) -> String {
    format!("{:.1} %", (share * 1_000.0).floor() / 10.0)
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
