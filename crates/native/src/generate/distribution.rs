//! Log-probabilities from scores.

/// The model's own distribution over the next token, before sampling changes it.
pub(crate) struct Distribution<'a> {
    scores: &'a [f32],
    highest: f32,
    normalizer: f32,
}

impl<'a> Distribution<'a> {
    pub(crate) fn new(scores: &'a [f32]) -> Self {
        let highest = scores.get(kernels::argmax(scores)).copied().unwrap_or(0.0);
        Self { scores, highest, normalizer: kernels::log_sum_exp(scores, highest) }
    }

    /// Returns the logarithm of a token's probability.
    ///
    /// A token has exactly the same number here and in [`Distribution::top`]; clients compare
    /// the two to see whether the token is the most likely one.
    pub(crate) fn logprob(&self, token: u32) -> f32 {
        self.scores[token as usize] - self.normalizer
    }

    /// Returns the most likely tokens, most likely first.
    pub(super) fn top(&self, count: usize) -> Vec<(u32, f32)> {
        let tokens = likeliest(self.scores, self.highest, count);
        tokens.into_iter().map(|token| (token, self.logprob(token))).collect()
    }
}

/// How far below the highest score the likeliest tokens are looked for: one step after the other,
/// until there are enough. Most tokens are far below, and never sorted.
const DEPTHS: [f32; 4] = [4.0, 8.0, 16.0, f32::INFINITY];

/// Returns the tokens with the highest scores: the highest first, and by number among equals;
/// `highest` is the highest score.
pub(crate) fn likeliest(scores: &[f32], highest: f32, count: usize) -> Vec<u32> {
    let mut tokens = Vec::new();
    for depth in DEPTHS {
        // Below minus infinity there is nothing, and beside what is not a number everything.
        let least = highest - depth;
        let all = (0..).zip(scores).filter(|(_, score)| **score >= least || least.is_nan());
        tokens = all.map(|(token, _)| token).collect();
        if tokens.len() >= count {
            break;
        }
    }
    let order = |a: &u32, b: &u32| {
        let by_score = scores[*b as usize].total_cmp(&scores[*a as usize]);
        by_score.then(a.cmp(b))
    };
    if (1..tokens.len()).contains(&count) {
        tokens.select_nth_unstable_by(count - 1, order);
    }
    tokens.truncate(count);
    tokens.sort_unstable_by(order);
    tokens
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
        let token = kernels::argmax(&scores) as u32;
        assert_eq!(distribution.top(1), [(token, distribution.logprob(token))]);
    }

    #[test]
    fn the_likeliest_come_first_and_equals_by_number() {
        let check = |count, expected: &[u32]| {
            assert_eq!(likeliest(&[0.1, 0.4, 0.1, 0.3], 0.4, count), expected);
        };
        check(0, &[]);
        check(1, &[1]);
        check(3, &[1, 3, 0]);
        check(9, &[1, 3, 0, 2]);
    }
}
