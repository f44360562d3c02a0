//! The blocks of a decoder, from tokens to scores.

use super::attention::SelfAttention;
use super::blocks::{Linear, Norm};
use super::cache::KvCache;
use super::feed_forward::FeedForward;
use super::shape::DecoderShape;
use crate::Result;
use crate::weights::{Tensor, WeightFiles};

/// Rows that run through a feed-forward block at once; bounds the memory of long prompts.
const FEED_FORWARD_ROWS: usize = 1024;

/// A decoder without its tokenizer.
#[derive(Debug)]
pub(super) struct Body {
    shape: DecoderShape,
    words: Tensor,
    blocks: Vec<Block>,
    norm: Norm,
    head: Linear,
}

#[derive(Debug)]
struct Block {
    attention_norm: Norm,
    attention: SelfAttention,
    feed_forward_norm: Norm,
    feed_forward: FeedForward,
    /// What normalizes the results of attention and of the feed-forward block.
    output_norms: Option<[Norm; 2]>,
}

impl Body {
    /// Loads the weights that the shape asks for.
    pub(super) fn load(files: &WeightFiles, shape: &DecoderShape) -> Result<Self> {
        let table = [shape.vocabulary, shape.hidden];
        let words = files.tensor("model.embed_tokens.weight", &table)?;
        let head = if shape.tied {
            Linear::of(words.clone(), table)
        } else {
            Linear::load(files, "lm_head", table, false)?
        };
        Ok(Self {
            words,
            blocks: (0..shape.layers)
                .map(|layer| Block::load(files, shape, layer))
                .collect::<Result<_>>()?,
            norm: Norm::load(files, "model.norm", shape.hidden, &shape.norms)?,
            head,
            shape: shape.clone(),
        })
    }

    /// Returns the sizes.
    pub(super) fn shape(&self) -> &DecoderShape {
        &self.shape
    }

    /// Returns the width of the hidden states.
    pub(super) fn width(&self) -> usize {
        self.shape.hidden
    }

    /// Takes in tokens and returns the last hidden state of each.
    pub(super) fn forward(&self, cache: &mut KvCache, tokens: &[u32]) -> Vec<f32> {
        let length = cache.tokens() + tokens.len();
        if !self.shape.rope.changes(cache.tokens(), length) {
            return self.run(cache, tokens);
        }
        // All that was turned as in a short text counts no more: the text begins again.
        let mut all = cache.clear();
        all.extend_from_slice(tokens);
        let hidden = self.run(cache, &all);
        hidden[hidden.len() - tokens.len() * self.width()..].to_vec()
    }

    fn run(&self, cache: &mut KvCache, tokens: &[u32]) -> Vec<f32> {
        let start = cache.tokens() as u32;
        let positions: Vec<u32> = (start..start + tokens.len() as u32).collect();
        let mut hidden = self.embed(tokens);
        for (block, layer) in self.blocks.iter().zip(cache.layers_mut()) {
            let x = block.attention_norm.apply(&hidden);
            let x = block.attention.run(&x, layer, &positions, &self.shape);
            kernels::add(&mut hidden, &block.normalized(0, x));
            for rows in hidden.chunks_mut(FEED_FORWARD_ROWS * self.shape.hidden) {
                let x = block.feed_forward_norm.apply(rows);
                kernels::add(rows, &block.normalized(1, block.feed_forward.run(&x)));
            }
        }
        cache.saw(tokens);
        self.norm.apply(&hidden)
    }

    /// Computes the scores for the token after each hidden state.
    pub(super) fn scores(&self, hidden: &[f32]) -> Vec<f32> {
        let mut scores = self.head.project(hidden);
        if let Some(cap) = self.shape.score_cap {
            scores.iter_mut().for_each(|score| *score /= cap);
            kernels::tanh(&mut scores);
            scores.iter_mut().for_each(|score| *score *= cap);
        }
        scores
    }

    fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        let mut hidden = vec![0.0; tokens.len() * self.shape.hidden];
        for (row, token) in hidden.chunks_mut(self.shape.hidden).zip(tokens) {
            self.words.copy_row(*token as usize, row);
        }
        if self.shape.word_scale != 1.0 {
            hidden.iter_mut().for_each(|number| *number *= self.shape.word_scale);
        }
        hidden
    }
}

impl Block {
    fn load(files: &WeightFiles, shape: &DecoderShape, layer: usize) -> Result<Self> {
        let prefix = format!("model.layers.{layer}");
        let norm =
            |name: &str| Norm::load(files, &format!("{prefix}.{name}"), shape.hidden, &shape.norms);
        let (before_feed_forward, output_norms) = if shape.norms.outputs {
            let after = [norm("post_attention_layernorm")?, norm("post_feedforward_layernorm")?];
            (norm("pre_feedforward_layernorm")?, Some(after))
        } else {
            (norm("post_attention_layernorm")?, None)
        };
        Ok(Self {
            attention_norm: norm("input_layernorm")?,
            attention: SelfAttention::load(files, shape, layer)?,
            feed_forward_norm: before_feed_forward,
            feed_forward: FeedForward::load(files, shape, &format!("{prefix}.mlp"))?,
            output_norms,
        })
    }

    /// Normalizes what one half of the block adds, where that is done.
    fn normalized(&self, half: usize, x: Vec<f32>) -> Vec<f32> {
        match &self.output_norms {
            Some(norms) => norms[half].apply(&x),
            None => x,
        }
    }
}
