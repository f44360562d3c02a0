//! Room for what a pass computes: made once, used by every step.

use super::layers::Low;
use crate::encoder::EncoderShape;

/// What a block computes on the way forward and needs again on the way back.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) query: Vec<f32>,
    pub(super) key: Vec<f32>,
    pub(super) value: Vec<f32>,
    pub(super) context: Vec<f32>,
    /// What is normalized after attention.
    pub(super) attention_sum: Vec<f32>,
    pub(super) middle: Vec<f32>,
    pub(super) up: Vec<f32>,
    pub(super) wide: Vec<f32>,
    /// What is normalized after the feed-forward block.
    pub(super) output_sum: Vec<f32>,
}

/// Room for one pass.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What is normalized after the embeddings.
    pub(super) embedded: Vec<f32>,
    /// The input of each block, and the last block's result.
    pub(super) hidden: Vec<Vec<f32>>,
    pub(super) traces: Vec<Trace>,
    /// The means of the texts, and the scores of their classes.
    pub(super) pooled: Vec<f32>,
    pub(super) scores: Vec<f32>,
    /// The gradient that goes from block to block.
    pub(super) gradient: Vec<f32>,
    /// The gradient of a branch whose numbers were dropped by chance.
    pub(super) branch: Vec<f32>,
    pub(super) of_context: Vec<f32>,
    pub(super) of_query: Vec<f32>,
    pub(super) of_key: Vec<f32>,
    pub(super) of_value: Vec<f32>,
    pub(super) of_wide: Vec<f32>,
    pub(super) of_pooled: Vec<f32>,
    pub(super) of_bias: Vec<f32>,
    pub(super) low: Low,
}

impl Room {
    /// Makes room for so many tokens; what was there keeps its memory.
    pub(super) fn fit(&mut self, tokens: usize, texts: usize, labels: usize, shape: &EncoderShape) {
        let (narrow, wide) = (tokens * shape.hidden, tokens * shape.intermediate);
        self.hidden.resize_with(shape.layers + 1, Vec::new);
        self.traces.resize_with(shape.layers, Trace::default);
        self.hidden.iter_mut().for_each(|hidden| hidden.resize(narrow, 0.0));
        for trace in &mut self.traces {
            let Trace { query, key, value, context, attention_sum, middle, up, output_sum, .. } =
                trace;
            for part in [query, key, value, context, attention_sum, middle, output_sum] {
                part.resize(narrow, 0.0);
            }
            up.resize(wide, 0.0);
            trace.wide.resize(wide, 0.0);
        }
        self.embedded.resize(narrow, 0.0);
        self.pooled.resize(texts * shape.hidden, 0.0);
        self.of_pooled.resize(texts * shape.hidden, 0.0);
        self.scores.resize(texts * labels, 0.0);
    }

    /// Makes room for the way back of a pass that went forward.
    pub(super) fn fit_back(&mut self, shape: &EncoderShape) {
        let narrow = self.embedded.len();
        let Self { gradient, branch, of_context, of_query, of_key, of_value, .. } = self;
        for part in [gradient, branch, of_context, of_query, of_key, of_value] {
            part.resize(narrow, 0.0);
        }
        self.of_wide.resize(narrow / shape.hidden * shape.intermediate, 0.0);
    }
}
