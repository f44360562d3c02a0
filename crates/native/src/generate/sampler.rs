//! Chooses the next token.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::adjust::Adjustment;
use super::distribution::{keep_best, most_likely};
use super::request::GenerateRequest;

/// How many of the most likely tokens are sorted at first to find the nucleus; grows when they
/// do not hold enough of the probability.
const NUCLEUS_START: usize = 256;

/// Chooses tokens by scores; equal seeds choose equally on every machine.
#[derive(Debug)]
pub(super) struct Sampler {
    temperature: f32,
    top_k: usize,
    top_p: f64,
    min_p: f64,
    adjustment: Adjustment,
    chance: ChaCha8Rng,
}

/// A token with its weight, relative to the most likely token's.
type Candidate = (u32, f64);

impl Sampler {
    pub(super) fn new(request: &GenerateRequest) -> Self {
        Self {
            temperature: request.temperature,
            top_k: request.top_k as usize,
            top_p: f64::from(request.top_p),
            min_p: f64::from(request.min_p),
            adjustment: Adjustment::new(request),
            chance: ChaCha8Rng::seed_from_u64(request.seed),
        }
    }

    /// Remembers a token of the prompt, which the repetition penalty counts.
    pub(super) fn saw(&mut self, token: u32) {
        self.adjustment.saw(token);
    }

    /// Chooses a token, in the order of steps that `transformers` takes: biases and penalties,
    /// temperature, top-k, top-p, min-p. A token whose score is minus infinity is never chosen.
    pub(super) fn pick(&mut self, scores: &[f32]) -> u32 {
        let token = match self.adjustment.apply(scores) {
            Some(scores) => self.pick_among(&scores),
            None => self.pick_among(scores),
        };
        self.adjustment.wrote(token);
        token
    }

    fn pick_among(&mut self, scores: &[f32]) -> u32 {
        let best = most_likely(scores);
        if self.temperature == 0.0 {
            return best;
        }
        let max = scores[best as usize];
        let weight = |score: f32| f64::from((score - max) / self.temperature).exp();
        let mut candidates: Vec<Candidate> =
            (0..).zip(scores).map(|(token, score)| (token, weight(*score))).collect();
        if (1..candidates.len()).contains(&self.top_k) {
            keep_likeliest(&mut candidates, self.top_k);
        }
        if self.top_p < 1.0 {
            keep_nucleus(&mut candidates, self.top_p);
        }
        candidates.retain(|(_, weight)| *weight > 0.0 && *weight >= self.min_p);
        self.draw(&candidates).unwrap_or(best)
    }

    fn draw(&mut self, candidates: &[Candidate]) -> Option<u32> {
        let total = total(candidates);
        let mut rest = self.chance.random::<f64>() * total;
        let chosen = candidates.iter().find(|(_, weight)| {
            rest -= weight;
            rest < 0.0
        });
        // Rounding may leave a rest behind the last candidate.
        chosen.or(candidates.last()).map(|(token, _)| *token)
    }
}

fn total(candidates: &[Candidate]) -> f64 {
    candidates.iter().map(|(_, weight)| weight).sum()
}

fn keep_likeliest(candidates: &mut Vec<Candidate>, count: usize) {
    keep_best(candidates, count, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}

/// Keeps the fewest of the most likely candidates that hold `share` of the probability.
fn keep_nucleus(candidates: &mut Vec<Candidate>, share: f64) {
    let wanted = total(candidates) * share;
    let mut count = NUCLEUS_START;
    loop {
        let mut likeliest = candidates.clone();
        keep_likeliest(&mut likeliest, count);
        let mut held = 0.0;
        let enough = likeliest.iter().position(|(_, weight)| {
            held += weight;
            held >= wanted
        });
        if enough.is_some() || likeliest.len() == candidates.len() {
            likeliest.truncate(enough.map_or(usize::MAX, |last| last + 1));
            *candidates = likeliest;
            return;
        }
        count *= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Prompt;

    const DRAWS: usize = 4000;

    fn request() -> GenerateRequest {
        let mut request = GenerateRequest::new(Prompt::Tokens(vec![0]));
        request.temperature = 1.0;
        request.seed = 7;
        request
    }

    /// Draws many times from one distribution and returns the share of each token.
    fn shares(request: &GenerateRequest, scores: &[f32]) -> Vec<f64> {
        let mut sampler = Sampler::new(request);
        let mut counts = vec![0_usize; scores.len()];
        for _ in 0..DRAWS {
            counts[sampler.pick(scores) as usize] += 1;
        }
        counts.iter().map(|count| *count as f64 / DRAWS as f64).collect()
    }

    fn scores(probabilities: &[f32]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln()).collect()
    }

    #[test]
    fn tokens_come_as_often_as_they_are_likely() {
        let check = |change: fn(&mut GenerateRequest), expected: [f64; 4]| {
            let mut request = request();
            change(&mut request);
            let found = shares(&request, &scores(&[0.1, 0.4, 0.2, 0.3]));
            for (found, expected) in found.iter().zip(expected) {
                let near =
                    if expected == 0.0 { *found == 0.0 } else { (found - expected).abs() < 0.03 };
                assert!(near, "{found}, expected {expected}");
            }
        };
        check(|_| (), [0.1, 0.4, 0.2, 0.3]);
        check(|r| r.top_k = 2, [0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0]);
        check(|r| r.top_k = 9, [0.1, 0.4, 0.2, 0.3]);
        check(|r| r.top_p = 0.65, [0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0]);
        check(|r| r.top_p = 0.01, [0.0, 1.0, 0.0, 0.0]);
        check(|r| r.min_p = 0.45, [0.0, 4.0 / 9.0, 2.0 / 9.0, 3.0 / 9.0]);
        check(|r| r.temperature = 0.5, [1.0 / 30.0, 16.0 / 30.0, 4.0 / 30.0, 9.0 / 30.0]);
        check(|r| r.temperature = 0.0, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn equal_seeds_choose_equally() {
        let scores: Vec<f32> = (0..300).map(|i| (i as f32).cos()).collect();
        let run = |seed: u64| -> Vec<u32> {
            let mut sampler = Sampler::new(&GenerateRequest { seed, top_p: 0.9, ..request() });
            (0..40).map(|_| sampler.pick(&scores)).collect()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_nucleus_of_many_tokens_is_found() {
        let mut candidates: Vec<Candidate> = (0..5000).map(|token| (token, 1.0)).collect();
        keep_nucleus(&mut candidates, 0.9);
        assert_eq!(candidates.len(), 4500);
        assert_eq!(candidates.last(), Some(&(4499, 1.0)));
    }

    #[test]
    fn what_is_impossible_is_never_chosen() {
        let impossible = f32::NEG_INFINITY;
        let found = shares(&request(), &[impossible, 0.0, impossible, 0.0, impossible]);
        assert_eq!((found[0], found[2], found[4]), (0.0, 0.0, 0.0));
        assert_eq!(shares(&request(), &[impossible, -90.0, impossible])[1], 1.0);
    }

    #[test]
    fn what_was_seen_is_made_less_likely() {
        let mut request = request();
        request.temperature = 0.0;
        request.repetition_penalty = 2.0;
        let mut sampler = Sampler::new(&request);
        sampler.saw(0);
        assert_eq!(sampler.pick(&[3.0, 2.0, -1.0]), 1);
        assert_eq!(sampler.pick(&[-1.0, -1.0, -1.5]), 2);
    }
}
