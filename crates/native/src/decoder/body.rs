//! The blocks of a decoder, from tokens to scores.

use kernels::Precision;

use super::attention::SelfAttention;
use super::blocks::{Linear, Norm};
use super::cache::{KvCache, KvKind, KvStore};
use super::feed_forward::FeedForward;
use super::shape::DecoderShape;
use super::step::{Chunk, Step};
use crate::Result;
use crate::scratch::Scratch;
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
        // Of a table that only embeds, few rows are read: it stays mapped.
        let words = if shape.tied { words.packed() } else { words };
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

    /// Tells how keys and values can be kept so that they are as precise as the words are.
    pub(super) fn kv_kind(&self) -> KvKind {
        match self.words.view() {
            kernels::Weights::F32(_) => KvKind::F32,
            kernels::Weights::Packed(words) if words.precision() == Precision::F32 => KvKind::F32,
            _ => KvKind::Bf16,
        }
    }

    /// Takes in tokens and returns the last hidden state of each.
    pub(super) fn extend(&self, cache: &mut KvCache, tokens: &[u32]) -> Vec<f32> {
        let first = cache.tokens();
        let length = first + tokens.len();
        let long = self.shape.rope.is_long(length);
        if first > 0 && long != self.shape.rope.is_long(first) {
            // All that was turned as in a short text counts no more: the text begins again.
            let mut all = cache.clear();
            all.extend_from_slice(tokens);
            let hidden = self.extend(cache, &all);
            return hidden[first * self.width()..].to_vec();
        }
        let adapter = cache.adapter();
        let (store, pages) = cache.extend(tokens);
        let chunk = Chunk { tokens, first, pages, long, adapter: adapter.as_deref() };
        self.forward(store, &[chunk]).to_vec()
    }

    /// Takes in the tokens of each chunk and returns their last hidden states, chunk after chunk.
    ///
    /// What a row becomes depends on its own sequence alone, not on how the sequence is cut into
    /// chunks, nor on what else runs beside it.
    pub(super) fn forward(&self, store: &mut KvStore, chunks: &[Chunk<'_>]) -> Scratch {
        let step = Step::new(chunks);
        let mut hidden = self.embed(chunks.iter().flat_map(|chunk| chunk.tokens));
        for (block, mut layer) in self.blocks.iter().zip(store.layers_mut()) {
            let x = block.attention_norm.apply(&hidden);
            let x = block.attention.run(&x, &mut layer, &step, &self.shape);
            kernels::add(&mut hidden, &block.normalized(0, x));
            let parts = hidden.chunks_mut(FEED_FORWARD_ROWS * self.shape.hidden);
            for (first, rows) in (0..).step_by(FEED_FORWARD_ROWS).zip(parts) {
                let x = block.feed_forward_norm.apply(rows);
                let adapters = step.adapters.part(first..first + FEED_FORWARD_ROWS);
                let x = block.feed_forward.run(&x, &adapters);
                kernels::add(rows, &block.normalized(1, x));
            }
        }
        self.norm.apply(&hidden)
    }

    /// Computes the scores for the token after each hidden state.
    pub(super) fn scores(&self, hidden: &[f32]) -> Scratch {
        let mut scores = self.head.project(hidden);
        if let Some(cap) = self.shape.score_cap {
            scores.iter_mut().for_each(|score| *score /= cap);
            kernels::tanh(&mut scores);
            scores.iter_mut().for_each(|score| *score *= cap);
        }
        scores
    }

    fn embed<'a>(&self, tokens: impl Iterator<Item = &'a u32>) -> Vec<f32> {
        let mut hidden = Vec::new();
        for token in tokens {
            let start = hidden.len();
            hidden.resize(start + self.shape.hidden, 0.0);
            self.words.copy_row(*token as usize, &mut hidden[start..]);
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
            feed_forward: FeedForward::load(files, shape, layer)?,
            output_norms,
        })
    }

    /// Normalizes what one half of the block adds, where that is done.
    fn normalized(&self, half: usize, x: Scratch) -> Scratch {
        match &self.output_norms {
            Some(norms) => norms[half].apply(&x),
            None => x,
        }
    }
}
