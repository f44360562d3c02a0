//! The two layers that every encoder is made of, holding their weights.

use kernels::Projection;

use crate::Result;
use crate::encoder::shape::Activation;
use crate::weights::{Rounding, Tensor, WeightFiles};

/// A projection with a bias.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Tensor,
    bias: Vec<f32>,
    inputs: usize,
}

impl Linear {
    /// Loads `name.weight` and `name.bias`.
    pub(super) fn load(
        files: &WeightFiles,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Self> {
        let weight = files.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = files.vector(&format!("{name}.bias"), outputs)?;
        Ok(Self { weight, bias, inputs })
    }

    /// Makes a projection of parts that were loaded under other names.
    pub(super) fn new(weight: Tensor, bias: Vec<f32>, inputs: usize) -> Self {
        Self { weight, bias, inputs }
    }

    /// Rounds its weights, where that is asked for.
    #[must_use]
    pub(super) fn rounded(self, rounding: Option<Rounding>) -> Self {
        match rounding {
            Some(rounding) => Self { weight: self.weight.rounded(rounding), ..self },
            None => self,
        }
    }

    /// Returns the width of its results.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Projects each row of `x` into a row of `out`.
    pub(super) fn apply(&self, out: &mut [f32], x: &[f32]) {
        Self::apply_all([(self, out)], x);
    }

    /// Projects each row of `x` by several projections, which have as many inputs.
    pub(super) fn apply_all<'a, const N: usize>(all: [(&'a Self, &'a mut [f32]); N], x: &[f32]) {
        let inputs = all.first().map_or(1, |(one, _)| one.inputs);
        let projection = |(one, out): (&'a Self, &'a mut [f32])| Projection {
            out,
            weights: one.weight.view(),
            bias: Some(&one.bias),
        };
        kernels::linear_all(x, inputs, all.map(projection).into());
    }

    /// Projects each row of `x` into a new matrix.
    pub(super) fn project(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len() / self.inputs * self.outputs()];
        self.apply(&mut out, x);
        out
    }
}

/// Layer normalization with a scale and a shift.
#[derive(Debug)]
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    /// Loads `name.weight` and `name.bias`.
    pub(super) fn load(
        files: &WeightFiles,
        name: &str,
        width: usize,
        epsilon: f32,
    ) -> Result<Self> {
        let weight = files.vector(&format!("{name}.weight"), width)?;
        let bias = files.vector(&format!("{name}.bias"), width)?;
        Ok(Self { weight, bias, epsilon })
    }

    /// Normalizes each row of `x` into a row of `out`.
    pub(super) fn apply(&self, out: &mut [f32], x: &[f32]) {
        kernels::layer_norm(out, x, &self.weight, &self.bias, self.epsilon);
    }
}

/// Applies an activation to every number, in place.
pub(crate) fn activate(x: &mut [f32], activation: Activation) {
    match activation {
        Activation::Gelu => kernels::gelu(x),
        Activation::GeluTanh => kernels::gelu_tanh(x),
        Activation::Relu => kernels::relu(x),
        Activation::Tanh => kernels::tanh(x),
    }
}

/// Multiplies gradients by the slope of an activation at `x`, its input.
pub(crate) fn activate_grad(gradient: &mut [f32], x: &[f32], activation: Activation) {
    match activation {
        Activation::Gelu => kernels::gelu_grad(gradient, x),
        Activation::GeluTanh => kernels::gelu_tanh_grad(gradient, x),
        Activation::Relu => kernels::relu_grad(gradient, x),
        Activation::Tanh => kernels::tanh_grad(gradient, x),
    }
}
