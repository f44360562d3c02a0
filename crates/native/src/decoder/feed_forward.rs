//! The feed-forward block: gate, up and down.

use super::blocks::Linear;
use super::shape::{Activation, DecoderShape};
use crate::Result;
use crate::lora::{AdapterRows, Projection};
use crate::scratch::Scratch;
use crate::weights::WeightFiles;

#[derive(Debug)]
pub(super) struct FeedForward {
    layer: usize,
    gate: Linear,
    up: Linear,
    down: Linear,
    activation: Activation,
}

impl FeedForward {
    pub(super) fn load(files: &WeightFiles, shape: &DecoderShape, layer: usize) -> Result<Self> {
        let prefix = format!("model.layers.{layer}.mlp");
        let linear = |name: &str, sizes: [usize; 2]| {
            Linear::load(files, &format!("{prefix}.{name}"), sizes, shape.biases.feed_forward)
        };
        let (wide, hidden) = (shape.intermediate, shape.hidden);
        let [gate, up] = if shape.fused {
            Linear::load_fused(files, &format!("{prefix}.gate_up_proj"), hidden, [wide, wide])?
        } else {
            [linear("gate_proj", [wide, hidden])?, linear("up_proj", [wide, hidden])?]
        };
        let down = linear("down_proj", [hidden, wide])?;
        Ok(Self { layer, gate, up, down, activation: shape.activation })
    }

    /// Runs rows, of which some may have adapters.
    pub(super) fn run(&self, x: &[f32], adapters: &AdapterRows<'_>) -> Scratch {
        let [mut wide, mut up] = Linear::project_all([&self.gate, &self.up], x);
        adapters.add(self.layer, Projection::Gate, x, &mut wide);
        adapters.add(self.layer, Projection::Up, x, &mut up);
        match self.activation {
            Activation::Silu => kernels::silu(&mut wide),
            Activation::GeluTanh => kernels::gelu_tanh(&mut wide),
        }
        kernels::multiply(&mut wide, &up);
        let mut out = self.down.project(&wide);
        adapters.add(self.layer, Projection::Down, &wide, &mut out);
        out
    }
}
