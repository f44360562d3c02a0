//! The numbers that a decoder learns, under the names that `transformers` uses.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::decoder::DecoderShape;
use crate::{Error, Result};

/// How far the first numbers spread; the default of `transformers`.
const SPREAD: f64 = 0.02;
/// Tensors of one block.
const PER_BLOCK: usize = 9;

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Every tensor of a decoder; [`Places`] tells which is where.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    pub(super) shape: DecoderShape,
    pub(super) all: Vec<Parameter>,
}

/// Where the tensors outside of the blocks are.
pub(super) const WORDS: usize = 0;
/// The normalization after the last block.
pub(super) const FINAL_NORM: usize = 1;
const HEAD: usize = 2;

/// Where the tensors of one block are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) attention_norm: usize,
    pub(super) query: usize,
    pub(super) key: usize,
    pub(super) value: usize,
    pub(super) output: usize,
    pub(super) feed_forward_norm: usize,
    pub(super) gate: usize,
    pub(super) up: usize,
    pub(super) down: usize,
}

impl Parameters {
    /// Makes the first numbers: small and random, norms at one.
    pub(super) fn random(shape: &DecoderShape, seed: u64) -> Result<Self> {
        check_trainable(shape)?;
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let all = tensors(shape).into_iter().map(|(name, sizes)| {
            let values = first_values(&name, &sizes, shape.layers, &mut chance);
            Parameter { name, shape: sizes, values }
        });
        Ok(Self { all: all.collect(), shape: shape.clone() })
    }

    /// Returns the numbers of one tensor.
    pub(super) fn values(&self, place: usize) -> &[f32] {
        &self.all[place].values
    }

    /// Returns where the table for the scores is.
    pub(super) fn head(&self) -> usize {
        if self.shape.tied { WORDS } else { HEAD }
    }

    /// Returns where the tensors of a block are.
    pub(super) fn block(&self, layer: usize) -> Places {
        let first = HEAD + usize::from(!self.shape.tied) + layer * PER_BLOCK;
        Places {
            attention_norm: first,
            query: first + 1,
            key: first + 2,
            value: first + 3,
            output: first + 4,
            feed_forward_norm: first + 5,
            gate: first + 6,
            up: first + 7,
            down: first + 8,
        }
    }

    /// Makes a gradient of zeros for each tensor.
    pub(super) fn zeros(&self) -> Vec<Vec<f32>> {
        self.all.iter().map(|parameter| vec![0.0; parameter.values.len()]).collect()
    }
}

/// Lists names and sizes in the order of [`Places`].
fn tensors(shape: &DecoderShape) -> Vec<(String, Vec<usize>)> {
    let (hidden, wide) = (shape.hidden, shape.intermediate);
    let (queries, keys) = (shape.query_width(), shape.key_width());
    let table = vec![shape.vocabulary, hidden];
    let mut list = vec![
        ("model.embed_tokens.weight".to_owned(), table.clone()),
        ("model.norm.weight".to_owned(), vec![hidden]),
    ];
    if !shape.tied {
        list.push(("lm_head.weight".to_owned(), table));
    }
    for layer in 0..shape.layers {
        let block = [
            ("input_layernorm", vec![hidden]),
            ("self_attn.q_proj", vec![queries, hidden]),
            ("self_attn.k_proj", vec![keys, hidden]),
            ("self_attn.v_proj", vec![keys, hidden]),
            ("self_attn.o_proj", vec![hidden, queries]),
            ("post_attention_layernorm", vec![hidden]),
            ("mlp.gate_proj", vec![wide, hidden]),
            ("mlp.up_proj", vec![wide, hidden]),
            ("mlp.down_proj", vec![hidden, wide]),
        ];
        let named = |(name, sizes)| (format!("model.layers.{layer}.{name}.weight"), sizes);
        list.extend(block.map(named));
    }
    list
}

fn first_values(name: &str, sizes: &[usize], layers: usize, chance: &mut ChaCha8Rng) -> Vec<f32> {
    let count = sizes.iter().product();
    if sizes.len() == 1 {
        return vec![1.0; count];
    }
    // What each block adds to the sum is made smaller, so that the sum starts at one size.
    let adds = name.contains("o_proj") || name.contains("down_proj");
    let spread = if adds { SPREAD / ((2 * layers) as f64).sqrt() } else { SPREAD };
    (0..count).map(|_| (normal(chance) * spread) as f32).collect()
}

/// Draws from the normal distribution.
fn normal(chance: &mut ChaCha8Rng) -> f64 {
    // One minus the draw is never zero, where the logarithm would be infinite.
    let radius = (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * chance.random::<f64>()).cos()
}

fn check_trainable(shape: &DecoderShape) -> Result<()> {
    if shape.is_plain() {
        return Ok(());
    }
    Err(Error::unsupported(
        "decoders that differ from Llama, by biases or normalized heads, cannot be trained",
        "train a decoder of the Llama family",
    ))
}
