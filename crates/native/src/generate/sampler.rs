//! Chooses the next token.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::adjust::Adjustment;
use super::distribution::likeliest;
use super::request::GenerateRequest;

/// Chooses tokens by scores; equal seeds choose equally on every machine.
#[derive(Debug)]
pub(super) struct Sampler {
    temperature: f32,
    top_k: usize,
    top_p: f64,
    min_p: f32,
    adjustment: Adjustment,
    chance: ChaCha8Rng,
    /// Room for the weights of all tokens, relative to the most likely one's.
    weights: Vec<f32>,
}

/// A token with its weight, relative to the most likely token's.
type Candidate = (u32, f32);

impl Sampler {
    pub(super) fn new(request: &GenerateRequest) -> Self {
        Self {
            temperature: request.temperature,
            top_k: request.top_k as usize,
            top_p: f64::from(request.top_p),
            min_p: request.min_p,
            adjustment: Adjustment::new(request),
            chance: ChaCha8Rng::seed_from_u64(request.seed),
            weights: Vec::new(),
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
        let best = kernels::argmax(scores) as u32;
        let Some(highest) = scores.get(best as usize).filter(|_| self.temperature > 0.0) else {
            return best;
        };
        let tokens = (1..scores.len()).contains(&self.top_k);
        let tokens = tokens.then(|| likeliest(scores, *highest, self.top_k));
        let mut weights = std::mem::take(&mut self.weights);
        match &tokens {
            None => self.weigh(&mut weights, scores, *highest),
            Some(tokens) => {
                let scores: Vec<f32> = tokens.iter().map(|at| scores[*at as usize]).collect();
                self.weigh(&mut weights, &scores, *highest);
            }
        }
        let place = self.draw(&weights);
        self.weights = weights;
        match (place, tokens) {
            (None, _) => best,
            (Some(place), None) => place,
            (Some(place), Some(tokens)) => tokens[place as usize],
        }
    }

    fn weigh(&self, weights: &mut Vec<f32>, scores: &[f32], highest: f32) {
        weights.resize(scores.len(), 0.0);
        kernels::powers(weights, scores, highest, self.temperature.recip());
    }

    /// Draws the place of one of the weights, of those that are likely enough.
    fn draw(&mut self, weights: &[f32]) -> Option<u32> {
        let chance = self.chance.random::<f64>();
        let is_likely = |(_, weight): &Candidate| *weight > 0.0 && *weight >= self.min_p;
        if self.top_p < 1.0 {
            let nucleus = nucleus(weights, self.top_p);
            let likely = nucleus.into_iter().filter(is_likely);
            let total: f64 = likely.clone().map(|(_, weight)| f64::from(weight)).sum();
            return drawn(likely, chance * total);
        }
        let sums = kernels::block_sums(weights, self.min_p);
        let (mut rest, mut first) = (chance * total(&sums), None);
        for (block, sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0) {
            first = Some(block * kernels::SUM_BLOCK);
            if rest < f64::from(*sum) {
                break;
            }
            rest -= f64::from(*sum);
        }
        let block = numbered(weights, first?);
        drawn(block.filter(is_likely), rest)
    }
}

fn total(sums: &[f32]) -> f64 {
    sums.iter().map(|sum| f64::from(*sum)).sum()
}

/// Returns the weights of a block with their places.
fn numbered(weights: &[f32], first: usize) -> impl Iterator<Item = Candidate> + Clone {
    let block = weights[first..].iter().take(kernels::SUM_BLOCK);
    (first as u32..).zip(block.copied())
}

/// Returns the candidate in whose weight `rest` ends when they lie one after the other.
fn drawn(candidates: impl Iterator<Item = Candidate>, mut rest: f64) -> Option<u32> {
    let mut last = None;
    for (token, weight) in candidates {
        last = Some(token);
        rest -= f64::from(weight);
        if rest < 0.0 {
            break;
        }
    }
    // Rounding may leave a rest behind the last candidate.
    last
}

/// Weights from which on the nucleus is looked for, one step after the other, until they hold
/// enough: most tokens are hardly likely at all, and never sorted.
const LEAST: [f32; 5] = [1e-1, 1e-3, 1e-5, 1e-7, 0.0];

/// Returns the fewest of the heaviest candidates that hold `share` of the weight, the heaviest
/// first.
fn nucleus(weights: &[f32], share: f64) -> Vec<Candidate> {
    let wanted = share * total(&kernels::block_sums(weights, 0.0));
    let mut steps = LEAST.iter().map(|least| (*least, kernels::block_sums(weights, *least)));
    let is_enough = |(least, sums): &(f32, Vec<f32>)| *least == 0.0 || total(sums) >= wanted;
    let Some((least, sums)) = steps.find(is_enough) else { return Vec::new() };
    let blocks = (0..).step_by(kernels::SUM_BLOCK).zip(&sums).filter(|(_, sum)| **sum > 0.0);
    let all = blocks.flat_map(|(first, _)| numbered(weights, first));
    let mut nucleus: Vec<Candidate> = all.filter(|(_, weight)| *weight >= least).collect();
    nucleus.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut held = 0.0;
    let last = nucleus.iter().position(|(_, weight)| {
        held += f64::from(*weight);
        held >= wanted
    });
    nucleus.truncate(last.map_or(usize::MAX, |last| last + 1));
    nucleus
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
        let check = |weights: &[f32], share: f64, count: usize, last: Candidate| {
            let found = nucleus(weights, share);
            assert_eq!((found.len(), found.last()), (count, Some(&last)));
        };
        check(&[1.0; 5000], 0.9, 4500, (4499, 1.0));
        check(&[0.25, 1.0, 0.5, 0.25], 0.5, 1, (1, 1.0));
        check(&[0.25, 1.0, 0.5, 0.25], 0.8, 3, (0, 0.25));
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
