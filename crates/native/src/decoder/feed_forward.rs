//! The feed-forward block: gate, up and down.

use super::blocks::Linear;
use super::shape::{Activation, DecoderShape};
use crate::Result;
use crate::weights::WeightFiles;

#[derive(Debug)]
pub(super) struct FeedForward {
    gate: Linear,
    up: Linear,
    down: Linear,
    activation: Activation,
}

impl FeedForward {
    pub(super) fn load(files: &WeightFiles, shape: &DecoderShape, prefix: &str) -> Result<Self> {
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
        Ok(Self { gate, up, down, activation: shape.activation })
    }

    pub(super) fn run(&self, x: &[f32]) -> Vec<f32> {
        let mut wide = self.gate.project(x);
        match self.activation {
            Activation::Silu => kernels::silu(&mut wide),
            Activation::GeluTanh => kernels::gelu_tanh(&mut wide),
        }
        multiply(&mut wide, &self.up.project(x));
        self.down.project(&wide)
    }
}

fn multiply(product: &mut [f32], x: &[f32]) {
    product.iter_mut().zip(x).for_each(|(product, x)| *product *= x);
}
