//! Whether a model fits a machine.

use catalog::ModelRecord;

/// Weights may take this part of the memory; what runs them and what they compute need the rest.
const SHARE: f64 = 0.8;

/// Bytes of a parameter where nothing else is known: most weights are published in 16 bits.
const BYTES_PER_PARAMETER: u64 = 2;

/// Tells whether the weights of a model fit; `None` where their size is not known.
pub fn fits(record: &ModelRecord, memory_bytes: u64) -> Option<bool> {
    let of_parameters = record.parameters.map(|count| count.saturating_mul(BYTES_PER_PARAMETER));
    let bytes = record.size_bytes.or(of_parameters)?;
    Some(bytes as f64 <= memory_bytes as f64 * SHARE)
}
