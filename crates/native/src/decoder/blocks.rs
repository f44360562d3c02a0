//! The layers that decoders are made of, holding their weights.

use kernels::Projection;

use super::shape::Norms;
use crate::Result;
use crate::scratch::Scratch;
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
    pub(super) fn project(&self, x: &[f32]) -> Scratch {
        let [out] = Self::project_all([self], x);
        out
    }

    /// Projects each row of `x` into a new matrix of each projection; all take the same inputs.
    pub(super) fn project_all<const N: usize>(all: [&Self; N], x: &[f32]) -> [Scratch; N] {
        let mut outs = all.map(|one| Scratch::new(x.len() / one.inputs * one.outputs));
        let projections = all
            .iter()
            .zip(&mut outs)
            .map(|(one, out)| Projection {
                out,
                weights: one.weight.view(),
                bias: one.bias.as_deref(),
            })
            .collect();
        let inputs = all.first().map_or(1, |one| one.inputs);
        kernels::linear_all(x, inputs, projections);
        outs
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
    pub(super) fn apply(&self, x: &[f32]) -> Scratch {
        let mut out = Scratch::new(x.len());
        kernels::rms_norm(&mut out, x, &self.weight, self.epsilon);
        out
    }
}
