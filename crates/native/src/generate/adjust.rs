//! Changes scores before a token is chosen: biases and penalties.

use std::collections::{HashMap, HashSet};

use super::request::GenerateRequest;

/// What a request asks to change, and the tokens that were there.
#[derive(Debug)]
pub(super) struct Adjustment {
    bias: Vec<(u32, f32)>,
    repetition: f32,
    frequency: f32,
    presence: f32,
    /// The tokens of the prompt and of the answer.
    seen: HashSet<u32>,
    /// How often each token of the answer was written.
    written: HashMap<u32, u32>,
}

impl Adjustment {
    pub(super) fn new(request: &GenerateRequest) -> Self {
        Self {
            bias: request.logit_bias.clone(),
            repetition: request.repetition_penalty,
            frequency: request.frequency_penalty,
            presence: request.presence_penalty,
            seen: HashSet::new(),
            written: HashMap::new(),
        }
    }

    /// Remembers a token of the prompt, which only the repetition penalty counts.
    pub(super) fn saw(&mut self, token: u32) {
        self.seen.insert(token);
    }

    /// Remembers a token of the answer.
    pub(super) fn wrote(&mut self, token: u32) {
        self.saw(token);
        *self.written.entry(token).or_default() += 1;
    }

    /// Returns the changed scores; `None` where nothing changes.
    pub(super) fn apply(&self, scores: &[f32]) -> Option<Vec<f32>> {
        let counts = self.frequency != 0.0 || self.presence != 0.0;
        if self.bias.is_empty() && self.repetition == 1.0 && !counts {
            return None;
        }
        let mut scores = scores.to_vec();
        for (token, bias) in &self.bias {
            change(&mut scores, *token, |score| score + bias);
        }
        if self.repetition != 1.0 {
            let by = self.repetition;
            for token in &self.seen {
                let scale = |score: f32| if score > 0.0 { score / by } else { score * by };
                change(&mut scores, *token, scale);
            }
        }
        if counts {
            for (token, count) in &self.written {
                let penalty = self.presence + self.frequency * *count as f32;
                change(&mut scores, *token, |score| score - penalty);
            }
        }
        Some(scores)
    }
}

/// Changes one score; a token that the model does not know has none.
fn change(scores: &mut [f32], token: u32, with: impl Fn(f32) -> f32) {
    if let Some(score) = scores.get_mut(token as usize) {
        *score = with(*score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Prompt;

    /// Applies a request after the prompt `0 1` and the answer `1 1 2`.
    fn applied(change: fn(&mut GenerateRequest)) -> Option<Vec<f32>> {
        let mut request = GenerateRequest::new(Prompt::Tokens(vec![0]));
        change(&mut request);
        let mut adjustment = Adjustment::new(&request);
        [0, 1].into_iter().for_each(|token| adjustment.saw(token));
        [1, 1, 2].into_iter().for_each(|token| adjustment.wrote(token));
        adjustment.apply(&[4.0, 4.0, -4.0, -4.0])
    }

    #[test]
    fn each_penalty_counts_what_it_should() {
        let check = |change: fn(&mut GenerateRequest), expected: [f32; 4]| {
            assert_eq!(applied(change), Some(expected.to_vec()));
        };
        check(|r| r.repetition_penalty = 2.0, [2.0, 2.0, -8.0, -4.0]);
        check(|r| r.frequency_penalty = 0.5, [4.0, 3.0, -4.5, -4.0]);
        check(|r| r.presence_penalty = 1.5, [4.0, 2.5, -5.5, -4.0]);
        check(|r| r.presence_penalty = -1.0, [4.0, 5.0, -3.0, -4.0]);
        check(|r| r.logit_bias = vec![(3, 100.0), (0, -1.0)], [3.0, 4.0, -4.0, 96.0]);
        check(|r| r.logit_bias = vec![(99, 1.0)], [4.0, 4.0, -4.0, -4.0]);
        let both = |r: &mut GenerateRequest| {
            (r.frequency_penalty, r.presence_penalty) = (1.0, 1.0);
        };
        check(both, [4.0, 1.0, -6.0, -4.0]);
        assert_eq!(applied(|_| ()), None);
    }
}
