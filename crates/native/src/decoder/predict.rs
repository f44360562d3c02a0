//! How well a decoder foresees a text that is there already.

use super::{Decoder, SCORED_ROWS};
use crate::Result;
use crate::generate::Distribution;

/// How a model foresaw one token of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The logarithm of the probability that it gave to the token that came.
    pub logprob: f32,
    /// The token that it held most likely.
    pub likeliest: u32,
}

impl Decoder {
    /// Tells how each of the tokens but the first was foreseen from those before it: what a
    /// repeated prompt tells of its tokens.
    pub fn predictions(&self, tokens: &[u32]) -> Result<Vec<Prediction>> {
        self.check_prompt(tokens)?;
        let hidden = self.body.extend(&mut self.cache(), tokens);
        let width = self.body.width();
        let mut found = Vec::with_capacity(tokens.len() - 1);
        let rows = hidden.chunks(SCORED_ROWS * width);
        for (came, rows) in tokens[1..].chunks(SCORED_ROWS).zip(rows) {
            let scores = self.body.scores(&rows[..came.len() * width]);
            let rows = scores.chunks(self.body.shape().vocabulary);
            found.extend(came.iter().zip(rows).map(|(token, scores)| Prediction {
                logprob: Distribution::new(scores).logprob(*token),
                likeliest: u32::try_from(kernels::argmax(scores)).unwrap_or(u32::MAX),
            }));
        }
        Ok(found)
    }
}
