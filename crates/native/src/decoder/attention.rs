//! The attention of one block: its weights, and what it takes from the tokens before.

use super::attend::Attend;
use super::blocks::{Linear, Norm};
use super::cache::LayerCache;
use super::rope::Rope;
use super::shape::DecoderShape;
use crate::Result;
use crate::weights::WeightFiles;

#[derive(Debug)]
pub(super) struct SelfAttention {
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
        let rope = self.rope(shape);
        let length = positions.last().map_or(0, |last| *last as usize + 1);
        rope.turn(&mut queries, positions, (shape.heads, shape.head_dim), length);
        rope.turn(&mut keys, positions, (shape.kv_heads, shape.head_dim), length);
        layer.keys.extend_from_slice(&keys);
        layer.values.extend_from_slice(&self.value.project(x));
        let mut context = vec![0.0; queries.len()];
        let (attention, cap) = (shape.attention(), shape.attention_cap);
        let attend = Attend { attention, window: self.window, cap };
        attend.run(&mut context, &queries, layer, positions);
        self.output.project(&context)
    }

    fn rope<'a>(&self, shape: &'a DecoderShape) -> &'a Rope {
        match (&shape.window_rope, self.window) {
            (Some(rope), Some(_)) => rope,
            _ => &shape.rope,
        }
    }
}
