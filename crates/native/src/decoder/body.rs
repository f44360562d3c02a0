//! The blocks of a decoder, from tokens to scores.

use super::blocks::{Linear, Norm};
use super::cache::{KvCache, LayerCache};
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
}

#[derive(Debug)]
struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    head_norms: Option<[Norm; 2]>,
    output: Linear,
}

#[derive(Debug)]
struct FeedForward {
    gate: Linear,
    up: Linear,
    down: Linear,
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
            norm: Norm::load(files, "model.norm", shape.hidden, shape.norm_epsilon)?,
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
        let start = cache.tokens() as u32;
        let positions: Vec<u32> = (start..start + tokens.len() as u32).collect();
        let mut hidden = self.embed(tokens);
        for (block, layer) in self.blocks.iter().zip(cache.layers_mut()) {
            let x = block.attention_norm.apply(&hidden);
            kernels::add(&mut hidden, &block.attention.run(&x, layer, &positions, &self.shape));
            for rows in hidden.chunks_mut(FEED_FORWARD_ROWS * self.shape.hidden) {
                let x = block.feed_forward_norm.apply(rows);
                kernels::add(rows, &block.feed_forward.run(&x));
            }
        }
        cache.advance(tokens.len());
        self.norm.apply(&hidden)
    }

    /// Computes the scores for the token after each hidden state.
    pub(super) fn scores(&self, hidden: &[f32]) -> Vec<f32> {
        self.head.project(hidden)
    }

    fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        let mut hidden = vec![0.0; tokens.len() * self.shape.hidden];
        for (row, token) in hidden.chunks_mut(self.shape.hidden).zip(tokens) {
            self.words.copy_row(*token as usize, row);
        }
        hidden
    }
}

impl Block {
    fn load(files: &WeightFiles, shape: &DecoderShape, layer: usize) -> Result<Self> {
        let prefix = format!("model.layers.{layer}");
        let norm = |name: &str| {
            Norm::load(files, &format!("{prefix}.{name}"), shape.hidden, shape.norm_epsilon)
        };
        Ok(Self {
            attention_norm: norm("input_layernorm")?,
            attention: SelfAttention::load(files, shape, &format!("{prefix}.self_attn"))?,
            feed_forward_norm: norm("post_attention_layernorm")?,
            feed_forward: FeedForward::load(files, shape, &format!("{prefix}.mlp"))?,
        })
    }
}

impl SelfAttention {
    fn load(files: &WeightFiles, shape: &DecoderShape, prefix: &str) -> Result<Self> {
        let linear = |name: &str, sizes: [usize; 2], has_bias: bool| {
            Linear::load(files, &format!("{prefix}.{name}"), sizes, has_bias)
        };
        let norm = |name: &str| {
            Norm::load(files, &format!("{prefix}.{name}"), shape.head_dim, shape.norm_epsilon)
        };
        let (queries, keys) = (shape.query_width(), shape.key_width());
        let head_norms = || Ok([norm("q_norm")?, norm("k_norm")?]);
        Ok(Self {
            query: linear("q_proj", [queries, shape.hidden], shape.biases.inputs)?,
            key: linear("k_proj", [keys, shape.hidden], shape.biases.inputs)?,
            value: linear("v_proj", [keys, shape.hidden], shape.biases.inputs)?,
            head_norms: shape.head_norms.then(head_norms).transpose()?,
            output: linear("o_proj", [shape.hidden, queries], shape.biases.output)?,
        })
    }

    /// Computes what each row takes from itself and the rows before it.
    fn run(
        &self,
        x: &[f32],
        layer: &mut LayerCache,
        positions: &[u32],
        shape: &DecoderShape,
    ) -> Vec<f32> {
        let mut queries = self.query.project(x);
        let mut keys = self.key.project(x);
        if let Some([of_queries, of_keys]) = &self.head_norms {
            queries = of_queries.apply(&queries);
            keys = of_keys.apply(&keys);
        }
        let speeds = &shape.inverse_frequencies;
        kernels::rope(&mut queries, positions, shape.heads, shape.head_dim, speeds);
        kernels::rope(&mut keys, positions, shape.kv_heads, shape.head_dim, speeds);
        let is_first = layer.keys.is_empty();
        layer.keys.extend_from_slice(&keys);
        layer.values.extend_from_slice(&self.value.project(x));
        let mut context = vec![0.0; queries.len()];
        if is_first {
            let offsets = [0, positions.len()];
            let attention = shape.attention();
            let inputs = [&queries[..], &layer.keys, &layer.values];
            kernels::attention(&mut context, inputs, &offsets, &attention);
        } else {
            attend_to_cache(&mut context, &queries, layer, positions, shape);
        }
        self.output.project(&context)
    }
}

/// Lets each row see the cache up to its own position.
fn attend_to_cache(
    context: &mut [f32],
    queries: &[f32],
    layer: &LayerCache,
    positions: &[u32],
    shape: &DecoderShape,
) {
    let (width, attention) = (shape.query_width(), shape.attention());
    let rows = context.chunks_mut(width).zip(queries.chunks(width));
    for ((out, query), position) in rows.zip(positions) {
        let seen = ..(*position as usize + 1) * shape.key_width();
        kernels::attention_decode(out, query, &layer.keys[seen], &layer.values[seen], &attention);
    }
}

impl FeedForward {
    fn load(files: &WeightFiles, shape: &DecoderShape, prefix: &str) -> Result<Self> {
        let linear = |name: &str, sizes: [usize; 2]| {
            Linear::load(files, &format!("{prefix}.{name}"), sizes, shape.biases.feed_forward)
        };
        Ok(Self {
            gate: linear("gate_proj", [shape.intermediate, shape.hidden])?,
            up: linear("up_proj", [shape.intermediate, shape.hidden])?,
            down: linear("down_proj", [shape.hidden, shape.intermediate])?,
        })
    }

    fn run(&self, x: &[f32]) -> Vec<f32> {
        let mut wide = self.gate.project(x);
        kernels::silu(&mut wide);
        multiply(&mut wide, &self.up.project(x));
        self.down.project(&wide)
    }
}

fn multiply(product: &mut [f32], x: &[f32]) {
    product.iter_mut().zip(x).for_each(|(product, x)| *product *= x);
}
