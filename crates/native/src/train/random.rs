//! Draws from distributions.

use rand::Rng;

/// Draws from the normal distribution.
pub(super) fn normal(chance: &mut impl Rng) -> f32 {
    // One minus the draw is never zero, where the logarithm would be infinite.
    let radius = (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
    (radius * (std::f64::consts::TAU * chance.random::<f64>()).cos()) as f32
}

/// Draws evenly from `-bound` to `bound`.
pub(super) fn even(chance: &mut impl Rng, bound: f32) -> f32 {
    (chance.random::<f32>() * 2.0 - 1.0) * bound
}
