//! Quality against what it costs.

use std::cmp::Ordering;

use super::Better;

/// What a model costs, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Parameters, bytes, milliseconds: the less, the better.
    pub cost: f64,
    /// What was measured.
    pub quality: f64,
}

/// Returns the places of those that no other beats in both, cheapest first: each that follows costs
/// more and is better. Of equal ones the first is taken.
pub fn pareto(all: &[Candidate], better: Better) -> Vec<usize> {
    let finite = |at: &usize| all[*at].cost.is_finite() && all[*at].quality.is_finite();
    let mut order: Vec<usize> = (0..all.len()).filter(finite).collect();
    order.sort_by(|one, other| {
        let (one, other) = (&all[*one], &all[*other]);
        one.cost.total_cmp(&other.cost).then(better.order(one.quality, other.quality))
    });
    let mut front: Vec<usize> = Vec::new();
    for at in order {
        let beats =
            |last: &usize| better.order(all[at].quality, all[*last].quality) == Ordering::Less;
        if front.last().is_none_or(beats) {
            front.push(at);
        }
    }
    front
}
