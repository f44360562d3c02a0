//! The layers that decoders are made of, holding their weights.

use kernels::Dims;

use super::shape::Norms;
use crate::Result;
use crate::weights::{Tensor, WeightFiles};

/// A projection, with or without a bias.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Tensor,
    bias: Option<Vec<f32>>,
    outputs: usize,
    inputs: usize,
}

impl Linear {
    /// Loads `name.weight`, and `name.bias` where there has to be one.
    pub(super) fn load(
        files: &WeightFiles,
        name: &str,
        [outputs, inputs]: [usize; 2],
        has_bias: bool,
    ) -> Result<Self> {
        let weight = files.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        let load_bias = || files.vector(&format!("{name}.bias"), outputs);
        let bias = has_bias.then(load_bias).transpose()?;
        Ok(Self { weight: weight.packed(), bias, outputs, inputs })
    }

    /// Loads projections without a bias whose matrices lie in one, one after the other.
    pub(super) fn load_fused<const N: usize>(
        files: &WeightFiles,
        name: &str,
        inputs: usize,
        outputs: [usize; N],
    ) -> Result<[Self; N]> {
        let matrices = files.parts(&format!("{name}.weight"), inputs, outputs)?;
        Ok(matrices.map(|matrix| {
            let outputs = matrix.shape()[0];
            Self::of(matrix, [outputs, inputs])
        }))
    }

    /// Makes a projection without a bias of a matrix.
    pub(super) fn of(weight: Tensor, [outputs, inputs]: [usize; 2]) -> Self {
        Self { weight: weight.packed(), bias: None, outputs, inputs }
    }

    /// Projects each row of `x` into a new matrix.
    pub(super) fn project(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len() / self.inputs * self.outputs];
        let dims = Dims { m: x.len() / self.inputs, n: self.outputs, k: self.inputs };
        kernels::linear(&mut out, x, self.weight.view(), self.bias.as_deref(), dims);
        out
    }
}

/// Normalization by the root of the mean square.
#[derive(Debug)]
pub(super) struct Norm {
    weight: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    /// Loads `name.weight`.
    pub(super) fn load(
        files: &WeightFiles,
        name: &str,
        width: usize,
        norms: &Norms,
    ) -> Result<Self> {
        let mut weight = files.vector(&format!("{name}.weight"), width)?;
        weight.iter_mut().for_each(|weight| *weight += norms.offset);
        Ok(Self { weight, epsilon: norms.epsilon })
    }

    /// Normalizes each row of `x` into a new matrix.
    pub(super) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        kernels::rms_norm(&mut out, x, &self.weight, self.epsilon);
        out
    }
}
