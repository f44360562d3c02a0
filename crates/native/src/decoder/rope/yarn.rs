//! YaRN: pairs that turn slowly are slowed down for long texts, fast ones left alone. Peng et al.
//! 2023, with the numbers that `transformers` makes of it.

use std::f64::consts::TAU;

use super::{Group, Rope, narrow};
use crate::Result;

/// What the scale of attention grows by with the logarithm of the factor.
const SCALE_GROWTH: f64 = 0.1;

/// Returns what the numbers of a model that is stretched by a factor are multiplied by.
pub(crate) fn yarn_scale(factor: f64, weight: f64) -> f64 {
    if factor > 1.0 { 1.0 + SCALE_GROWTH * weight * factor.ln() } else { 1.0 }
}

/// How a model was stretched.
pub(super) struct Yarn {
    factor: f64,
    /// What turned numbers are multiplied by.
    scale: f64,
    /// The pair that is slowed down first, and the one from which on all are fully.
    ramp: [f64; 2],
}

impl Yarn {
    /// Reads the fields for pairs whose speeds are powers of `theta`.
    pub(super) fn read(group: &Group<'_>, theta: f64, pairs: usize) -> Result<Self> {
        let positions = group.number("max_position_embeddings")?;
        let original = group.number("original_max_position_embeddings")?.or(positions);
        let original = original
            .ok_or_else(|| group.wrong("original_max_position_embeddings", "is missing"))?;
        let factor = group.factor(original)?.ok_or_else(|| group.wrong("factor", "is missing"))?;
        let (one, all) = (group.number("mscale")?, group.number("mscale_all_dim")?);
        let usual = match (one, all) {
            (Some(one), Some(all)) => yarn_scale(factor, one) / yarn_scale(factor, all),
            _ => yarn_scale(factor, 1.0),
        };
        let fast = group.number("beta_fast")?.unwrap_or(32.0);
        let slow = group.number("beta_slow")?.unwrap_or(1.0);
        // The pair that turns so often within the original length.
        let pair = |turns: f64| pairs as f64 * (original / (turns * TAU)).ln() / theta.ln();
        let whole = group.field("truncate").and_then(serde_json::Value::as_bool).unwrap_or(true);
        let (low, high) = match whole {
            true => (pair(fast).floor(), pair(slow).ceil()),
            false => (pair(fast), pair(slow)),
        };
        let (low, high) = (low.max(0.0), high.min(2.0 * pairs as f64 - 1.0));
        let scale = group.number("attention_factor")?.unwrap_or(usual);
        if !(low.is_finite() && high.is_finite() && scale.is_finite()) {
            return Err(group.wrong("original_max_position_embeddings", "gives no sensible speeds"));
        }
        Ok(Self { factor, scale, ramp: [low, high] })
    }

    /// Slows down the pairs.
    pub(super) fn rope(&self, plain: &[f64]) -> Rope {
        let [low, high] = self.ramp;
        let width = if high == low { 0.001 } else { high - low };
        let slowed = |(pair, speed): (usize, &f64)| {
            let share = ((pair as f64 - low) / width).clamp(0.0, 1.0);
            speed * (share / self.factor + 1.0 - share)
        };
        let speeds = plain.iter().enumerate().map(slowed).collect();
        Rope { speeds: narrow(speeds), scale: self.scale as f32, long: None }
    }
}
