//! Log-probabilities from scores.

use std::cmp::Ordering;

/// The model's own distribution over the next token, before sampling changes it.
pub(super) struct Distribution<'a> {
    scores: &'a [f32],
    normalizer: f32,
}

impl<'a> Distribution<'a> {
    pub(super) fn new(scores: &'a [f32]) -> Self {
        let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = scores.iter().map(|score| f64::from(score - max).exp()).sum();
        Self { scores, normalizer: max + sum.ln() as f32 }
    }

    /// Returns the logarithm of a token's probability.
    ///
    /// A token has exactly the same number here and in [`Distribution::top`]; clients compare
    /// the two to see whether the token is the most likely one.
    pub(super) fn logprob(&self, token: u32) -> f32 {
        self.scores[token as usize] - self.normalizer
    }

    /// Returns the most likely tokens, most likely first.
    pub(super) fn top(&self, count: usize) -> Vec<(u32, f32)> {
        let mut tokens: Vec<u32> = (0..self.scores.len() as u32).collect();
        keep_best(&mut tokens, count, |a, b| by_score(self.scores, *a, *b));
        tokens.into_iter().map(|token| (token, self.logprob(token))).collect()
    }
}

/// Returns the most likely token; the first of several.
pub(super) fn most_likely(scores: &[f32]) -> u32 {
    let better = |best: usize, next: usize| if scores[next] > scores[best] { next } else { best };
    (1..scores.len()).fold(0, better) as u32
}

/// Orders tokens: the most likely first, and by number among equals.
pub(super) fn by_score(scores: &[f32], a: u32, b: u32) -> Ordering {
    scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b))
}

/// Keeps the first `count` of the order, sorted.
pub(super) fn keep_best<T>(all: &mut Vec<T>, count: usize, order: impl Fn(&T, &T) -> Ordering) {
    if (1..all.len()).contains(&count) {
        all.select_nth_unstable_by(count - 1, &order);
    }
    all.truncate(count);
    all.sort_unstable_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let scores = [1.0, -2.0, 80.0, 79.0, 0.5];
        let distribution = Distribution::new(&scores);
        let sum: f32 = (0..5).map(|token| distribution.logprob(token).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn the_best_come_first_and_equals_by_number() {
        let check = |scores: &[f32], count: usize, expected: &[u32]| {
            let top = Distribution::new(scores).top(count);
            let tokens: Vec<u32> = top.iter().map(|(token, _)| *token).collect();
            assert_eq!(tokens, expected);
        };
        check(&[0.0, 3.0, 1.0, 3.0], 3, &[1, 3, 2]);
        check(&[0.0, 3.0], 9, &[1, 0]);
        check(&[0.0, 3.0], 0, &[]);
    }

    #[test]
    fn the_most_likely_token_has_the_same_number_twice() {
        let scores: Vec<f32> = (0..97).map(|i| (i as f32 * 0.7).sin() * 11.0).collect();
        let distribution = Distribution::new(&scores);
        let token = most_likely(&scores);
        assert_eq!(distribution.top(1), [(token, distribution.logprob(token))]);
    }
}
