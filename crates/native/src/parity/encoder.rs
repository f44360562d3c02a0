//! What fewer bits change in a model that reads: the vectors of texts, and what it decides.

use serde::{Deserialize, Serialize};

use super::{Job, Progress, Watch, not_numbers};
use crate::encoder::{Choice, Verdict, choices};
use crate::weights::Quantize;
use crate::{Encoder, Error, Result};

/// Tokens that are read in all: some hundreds of rows, so that an agreement of 98 % is told
/// within a point, in seconds.
pub const ENCODER_TOKENS_MAX: usize = 8_192;
/// Texts that are read between two reports.
const TEXTS_AT_ONCE: usize = 16;

/// How an encoder with rounded weights compares with itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderParity {
    /// Tokens that both read.
    pub tokens: usize,
    /// Texts that both read: the lines of what was given.
    pub texts: usize,
    /// The mean cosine between the two vectors of a text, each the mean of its last hidden states
    /// or what the files say of embeddings.
    pub similarity: f64,
    /// What the model decides.
    pub choice: Choice,
    /// How often it decided.
    pub choices: usize,
    /// The share of decisions in which both agree.
    pub agreement: f64,
}

/// Reads the texts with both; `None` where it was told to stop.
pub(super) fn measure(job: &Job<'_>, watch: Watch<'_>) -> Result<Option<EncoderParity>> {
    let lines: Vec<&str> = job
        .texts
        .iter()
        .flat_map(|text| text.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let Some(original) = read(job, None, &lines, watch)? else { return Ok(None) };
    let rounded = read(job, Some(job.quantize), &lines, watch)?;
    rounded.map(|rounded| original.compare(&rounded)).transpose()
}

/// What one of the two made of the texts.
struct Reading {
    tokens: usize,
    choice: Choice,
    verdicts: Vec<Verdict>,
}

/// Loads one of the two and reads; `None` where it is told to stop.
fn read(
    job: &Job<'_>,
    quantize: Option<Quantize>,
    lines: &[&str],
    watch: Watch<'_>,
) -> Result<Option<Reading>> {
    let encoder = Encoder::load_quantized(job.path, quantize)?;
    let mut sequences = encoder.questions(lines)?;
    let mut tokens = 0;
    let fits = sequences.iter().take_while(|one| {
        tokens += one.tokens.len();
        tokens <= ENCODER_TOKENS_MAX
    });
    sequences.truncate(fits.count().max(1));
    let each = sequences.iter().map(|one| one.tokens.len()).sum();
    let mut done = if quantize.is_some() { each } else { 0 };
    let mut verdicts = Vec::with_capacity(sequences.len());
    for part in sequences.chunks(TEXTS_AT_ONCE) {
        if watch(Progress { quantize, done, total: 2 * each }).is_break() {
            return Ok(None);
        }
        verdicts.extend(encoder.verdicts(part.to_vec())?);
        done += part.iter().map(|one| one.tokens.len()).sum::<usize>();
    }
    Ok(Some(Reading { tokens: each, choice: encoder.choice(), verdicts }))
}

impl Reading {
    /// Compares what was made of the same texts.
    fn compare(&self, rounded: &Self) -> Result<EncoderParity> {
        let [before, after] = [self, rounded].map(|one| choices(one.choice, &one.verdicts));
        if before.is_empty() {
            let why = "the text is too short: there is nothing that the model decides";
            return Err(Error::input(why));
        }
        let alike = before.iter().zip(&after).filter(|(a, b)| a == b).count();
        let texts = self.verdicts.len();
        let both = self.verdicts.iter().zip(&rounded.verdicts);
        let similarity = both.map(|(a, b)| cosine(&a.vector, &b.vector)).sum::<f64>();
        let parity = EncoderParity {
            tokens: self.tokens,
            texts,
            similarity: similarity / texts as f64,
            choice: self.choice,
            choices: before.len(),
            agreement: alike as f64 / before.len() as f64,
        };
        if parity.similarity.is_finite() { Ok(parity) } else { Err(not_numbers()) }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    // Two vectors of zeros are the same one.
    let (product, lengths) = (dot(a, b), (dot(a, a) * dot(b, b)).sqrt());
    if product == lengths { 1.0 } else { product / lengths }
}
