//! Whether a model fits a machine: pure arithmetic, each sum told in words with its source.

mod memory;
mod precision;
mod shape;
mod words;

use catalog::ModelRecord;

pub use memory::{Estimate, Load, Part, disk, finetune_full, finetune_lora, run};
pub use precision::Precision;
pub use shape::{Body, Shape};
pub use words::{bytes_in_words, count_in_words};

/// Weights may take this part of the memory; what runs them and what they compute need the rest.
const SHARE: f64 = 0.8;

/// Bytes of a parameter where nothing else is known: most weights are published in 16 bits.
const BYTES_PER_PARAMETER: u64 = 2;

/// Tells whether the weights of a model fit; `None` where their size or the memory is not known.
pub fn fits(record: &ModelRecord, memory_bytes: u64) -> Option<bool> {
    if memory_bytes == 0 {
        return None;
    }
    let of_parameters = record.parameters.map(|count| count.saturating_mul(BYTES_PER_PARAMETER));
    let bytes = record.size_bytes.or(of_parameters)?;
    Some(bytes as f64 <= memory_bytes as f64 * SHARE)
}

/// What a model is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Bytes of memory; of each GPU where there are some. 0 where they are not known.
    pub memory_bytes: u64,
    /// Processor cores; 0 where they are not known.
    pub cpus: u32,
    /// Graphics processors, over which a model is spread.
    pub gpus: u32,
}

impl Machine {
    /// Returns the memory that weights and what they compute share.
    pub fn room(&self) -> u64 {
        self.memory_bytes.saturating_mul(u64::from(self.gpus.max(1)))
    }
}

/// Whether something fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes four fifths of the memory or less.
    Fits,
    /// It takes more than that, and all of it at most.
    Tight,
    /// It takes more than there is.
    DoesNotFit,
    /// Too little is known of the model.
    NotKnown,
}

impl Verdict {
    /// Every verdict, the best first.
    pub const ALL: [Self; 4] = [Self::Fits, Self::Tight, Self::DoesNotFit, Self::NotKnown];

    /// Returns the words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::DoesNotFit => "does not fit",
            Self::NotKnown => "not known",
        }
    }
}

impl Estimate {
    /// Compares what is needed with what a machine has, and says how it comes out.
    pub fn verdict(&self, machine: &Machine) -> (Verdict, String) {
        let room = machine.room();
        let Some(needed) = self.known_bytes() else {
            return (Verdict::NotKnown, "the number of its parameters is not known".to_owned());
        };
        if room == 0 {
            let needed = bytes_in_words(needed);
            return (Verdict::NotKnown, format!("{needed}; the machine's memory is not known"));
        }
        let of = format!("{} of {}", bytes_in_words(needed), bytes_in_words(room));
        let rest = match self.missing() {
            missing if missing.is_empty() => String::new(),
            missing => format!("; {} not known before its files are here", missing.join(" and ")),
        };
        if needed > room {
            let more = bytes_in_words(needed - room);
            return (Verdict::DoesNotFit, format!("{of}: {more} too much{rest}"));
        }
        if needed as f64 <= room as f64 * SHARE {
            return (Verdict::Fits, format!("{of}{rest}"));
        }
        (Verdict::Tight, format!("{of}: less than a fifth is left for everything else{rest}"))
    }
}

#[cfg(test)]
mod tests;
