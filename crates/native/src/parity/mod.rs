//! What fewer bits change: texts read with the weights of the files, and again with rounded ones.

mod decoder;
mod encoder;

use std::ops::ControlFlow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::weights::Quantize;
use crate::{Error, Family, Result};

pub use decoder::{DecoderParity, TOKENS_MAX, WINDOW_TOKENS};
pub use encoder::{ENCODER_TOKENS_MAX, EncoderParity};

/// How a model with rounded weights compares with itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parity {
    /// Of a model that writes.
    Decoder(DecoderParity),
    /// Of a model that reads.
    Encoder(EncoderParity),
}

/// How far a measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being read with: the weights of the files, or rounded ones.
    pub quantize: Option<Quantize>,
    /// Tokens that were read, in both readings together.
    pub done: usize,
    /// Tokens of both readings.
    pub total: usize,
}

/// Told before each part of a reading; says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Reads texts with a model as it is and with rounded weights; `None` where it was told to stop.
///
/// One of the two is in memory at a time. The same files and texts give the same numbers.
///
/// # Errors
/// Where the model cannot be loaded, or the texts are too short to compare anything.
pub fn measure(
    path: &Path,
    quantize: Quantize,
    texts: &[String],
    watch: Watch<'_>,
) -> Result<Option<Parity>> {
    let job = Job { path, quantize, texts };
    Ok(match crate::inspect(path)?.family {
        Family::Decoder => decoder::measure(&job, watch)?.map(Parity::Decoder),
        Family::Encoder => encoder::measure(&job, watch)?.map(Parity::Encoder),
    })
}

/// What to read, and how.
struct Job<'a> {
    path: &'a Path,
    quantize: Quantize,
    texts: &'a [String],
}

fn not_numbers() -> Error {
    let what = "the scores of the model are not numbers, so that nothing can be compared";
    Error::unsupported(what, "import its files again: they may be damaged")
}
