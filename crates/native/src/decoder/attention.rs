//! The attention of one block: its weights, and what it takes from the tokens before.

use kernels::CachedAttention;

use super::blocks::{Linear, Norm};
use super::cache::{Layer, PAGE_TOKENS};
use super::rope::Rope;
use super::shape::DecoderShape;
use super::step::Step;
use crate::Result;
use crate::lora::Projection;
use crate::scratch::Scratch;
use crate::weights::WeightFiles;

#[derive(Debug)]
pub(super) struct SelfAttention {
    layer: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    head_norms: Option<[Norm; 2]>,
    output: Linear,
    window: Option<usize>,
}

impl SelfAttention {
    pub(super) fn load(files: &WeightFiles, shape: &DecoderShape, layer: usize) -> Result<Self> {
        let prefix = format!("model.layers.{layer}.self_attn");
        let linear = |name: &str, sizes: [usize; 2], has_bias: bool| {
            Linear::load(files, &format!("{prefix}.{name}"), sizes, has_bias)
        };
        let norm = |name: &str| {
            Norm::load(files, &format!("{prefix}.{name}"), shape.head_dim, &shape.norms)
        };
        let (queries, keys) = (shape.query_width(), shape.key_width());
        let [query, key, value] = if shape.fused {
            let name = format!("{prefix}.qkv_proj");
            Linear::load_fused(files, &name, shape.hidden, [queries, keys, keys])?
        } else {
            [
                linear("q_proj", [queries, shape.hidden], shape.biases.inputs)?,
                linear("k_proj", [keys, shape.hidden], shape.biases.inputs)?,
                linear("v_proj", [keys, shape.hidden], shape.biases.inputs)?,
            ]
        };
        let head_norms = || Ok([norm("q_norm")?, norm("k_norm")?]);
        Ok(Self {
            layer,
            query,
            key,
            value,
            head_norms: shape.norms.heads.then(head_norms).transpose()?,
            output: linear("o_proj", [shape.hidden, queries], shape.biases.output)?,
            window: shape.windows[layer],
        })
    }

    /// Computes what each row takes from itself and the rows before it.
    pub(super) fn run(
        &self,
        x: &[f32],
        layer: &mut Layer<'_>,
        step: &Step<'_>,
        shape: &DecoderShape,
    ) -> Scratch {
        let all = [&self.query, &self.key, &self.value];
        let [mut queries, mut keys, mut values] = Linear::project_all(all, x);
        step.adapters.add(self.layer, Projection::Query, x, &mut queries);
        step.adapters.add(self.layer, Projection::Key, x, &mut keys);
        step.adapters.add(self.layer, Projection::Value, x, &mut values);
        if let Some([of_queries, of_keys]) = &self.head_norms {
            queries = of_queries.apply(&queries);
            keys = of_keys.apply(&keys);
        }
        self.turn(&mut queries, shape.heads, step, shape);
        self.turn(&mut keys, shape.kv_heads, step, shape);
        remember(layer, step, [&keys, &values], shape.key_width());
        let mut context = Scratch::new(queries.len());
        let attention = shape.attention();
        let how = CachedAttention {
            attention: &attention,
            window: self.window,
            soft_cap: shape.attention_cap,
            page_tokens: PAGE_TOKENS,
        };
        kernels::attention_cached(&mut context, &queries, layer.view(), &step.sequences, &how);
        let mut out = self.output.project(&context);
        step.adapters.add(self.layer, Projection::Output, &context, &mut out);
        out
    }

    /// Turns the heads of all rows by their positions.
    fn turn(&self, x: &mut [f32], heads: usize, step: &Step<'_>, shape: &DecoderShape) {
        let rope = self.rope(shape);
        let (mut rest, mut positions) = (x, &*step.positions);
        for chunk in step.chunks {
            let count = chunk.tokens.len();
            let (rows, after) = rest.split_at_mut(count * heads * shape.head_dim);
            rope.turn(rows, &positions[..count], (heads, shape.head_dim), chunk.long);
            (rest, positions) = (after, &positions[count..]);
        }
    }

    fn rope<'a>(&self, shape: &'a DecoderShape) -> &'a Rope {
        match (&shape.window_rope, self.window) {
            (Some(rope), Some(_)) => rope,
            _ => &shape.rope,
        }
    }
}

/// Writes the keys and values of all rows to their pages.
fn remember(layer: &mut Layer<'_>, step: &Step<'_>, [keys, values]: [&[f32]; 2], width: usize) {
    let mut rows = keys.chunks_exact(width).zip(values.chunks_exact(width));
    for chunk in step.chunks {
        let positions = chunk.first..chunk.first + chunk.tokens.len();
        for (position, (key, value)) in positions.zip(&mut rows) {
            layer.write(chunk.pages, position, [key, value]);
        }
    }
}
