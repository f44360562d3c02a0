//! Layers whose numbers may be trained, frozen, or frozen with a trained addition.

use kernels::{Dims, Weights};

use super::arena::{Arena, Place};
use crate::weights::Tensor;

/// A matrix of a layer.
#[derive(Debug)]
pub(super) enum Matrix {
    /// It is trained.
    Trained(Place),
    /// It stays as it is in its file.
    Frozen(Tensor),
}

/// A bias, or a part of a norm.
#[derive(Debug)]
pub(super) enum Vector {
    /// It is trained.
    Trained(Place),
    /// It stays as it is.
    Frozen(Vec<f32>),
}

/// A projection with a bias.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) name: String,
    pub(super) weight: Matrix,
    pub(super) bias: Vector,
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) adapter: Option<Adapter>,
}

/// A low-rank addition to a projection. Hu et al. 2021, eq. 3.
#[derive(Debug)]
pub(super) struct Adapter {
    /// `rank × inputs`.
    pub(super) down: Place,
    /// `rank × outputs`: the transpose of what the paper calls B.
    pub(super) up: Place,
    pub(super) rank: usize,
    /// α / rank.
    pub(super) scale: f32,
}

/// Layer normalization.
#[derive(Debug)]
pub(super) struct Norm {
    pub(super) name: String,
    pub(super) weight: Vector,
    pub(super) bias: Vector,
    pub(super) epsilon: f32,
}

/// A table of rows, of which those are trained that the training texts use.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) tensor: Tensor,
    pub(super) width: usize,
    pub(super) trained: Option<TrainedRows>,
}

/// The trained rows of a table, without the others between them.
#[derive(Debug)]
pub(super) struct TrainedRows {
    pub(super) place: Place,
    /// For each row of the table its row among the trained ones.
    pub(super) index: Vec<Option<u32>>,
}

/// Buffers for what adapters compute on the way.
#[derive(Debug, Default)]
pub(super) struct Low {
    narrow: Vec<f32>,
    gradient: Vec<f32>,
}

impl Matrix {
    pub(super) fn view<'a>(&'a self, arena: &'a Arena) -> Weights<'a> {
        match self {
            Self::Trained(place) => Weights::F32(arena.values(*place)),
            Self::Frozen(tensor) => tensor.view(),
        }
    }

    pub(super) fn to_vec(&self, arena: &Arena) -> Vec<f32> {
        match self {
            Self::Trained(place) => arena.values(*place).to_vec(),
            Self::Frozen(tensor) => tensor.to_f32(),
        }
    }
}

impl Vector {
    pub(super) fn view<'a>(&'a self, arena: &'a Arena) -> &'a [f32] {
        match self {
            Self::Trained(place) => arena.values(*place),
            Self::Frozen(values) => values,
        }
    }
}

impl Linear {
    fn dims(&self, rows: usize) -> Dims {
        Dims { m: rows, n: self.outputs, k: self.inputs }
    }

    /// Projects each row of `x` into a row of `out`.
    pub(super) fn forward(&self, out: &mut [f32], x: &[f32], arena: &Arena, low: &mut Low) {
        let dims = self.dims(x.len() / self.inputs);
        let bias = self.bias.view(arena);
        kernels::linear(out, x, self.weight.view(arena), Some(bias), dims);
        if let Some(adapter) = &self.adapter {
            adapter.narrow(low, x, arena, dims);
            let up = Weights::F32(arena.values(adapter.up));
            let dims = Dims { m: dims.m, n: adapter.rank, k: self.outputs };
            kernels::linear_grad_input(out, &low.narrow, up, dims, true);
        }
    }

    /// Adds to the gradients of what is trained, from `dy`, the gradient of the result.
    pub(super) fn backward(
        &self,
        (dy, x): (&[f32], &[f32]),
        arena: &Arena,
        gradients: &mut [f32],
        low: &mut Low,
    ) {
        let dims = self.dims(x.len() / self.inputs);
        if let (Matrix::Trained(weight), Vector::Trained(bias)) = (&self.weight, &self.bias) {
            let [dw, db] = arena.two(gradients, [*weight, *bias]);
            kernels::linear_grad_weight(dw, Some(db), dy, x, dims);
        }
        if let Some(adapter) = &self.adapter {
            let Adapter { down, up, rank, .. } = *adapter;
            adapter.narrow(low, x, arena, dims);
            let dims_up = Dims { m: dims.m, n: rank, k: self.outputs };
            let [d_down, d_up] = arena.two(gradients, [down, up]);
            kernels::linear_grad_weight(d_up, None, &low.narrow, dy, dims_up);
            adapter.widen_back(low, dy, arena, dims);
            let dims_down = Dims { n: rank, ..dims };
            kernels::linear_grad_weight(d_down, None, &low.gradient, x, dims_down);
        }
    }

    /// Adds the gradient of the input to `dx`, or puts it there; after [`Linear::backward`].
    pub(super) fn backward_input(
        &self,
        dx: &mut [f32],
        dy: &[f32],
        arena: &Arena,
        (low, accumulate): (&Low, bool),
    ) {
        let dims = self.dims(dy.len() / self.outputs);
        kernels::linear_grad_input(dx, dy, self.weight.view(arena), dims, accumulate);
        if let Some(adapter) = &self.adapter {
            let down = Weights::F32(arena.values(adapter.down));
            let dims = Dims { n: adapter.rank, ..dims };
            kernels::linear_grad_input(dx, &low.gradient, down, dims, true);
        }
    }

    /// Returns the matrix with the addition in it.
    pub(super) fn merged(&self, arena: &Arena) -> Vec<f32> {
        let mut weight = self.weight.to_vec(arena);
        if let Some(adapter) = &self.adapter {
            let mut up = arena.values(adapter.up).to_vec();
            up.iter_mut().for_each(|x| *x *= adapter.scale);
            let down = arena.values(adapter.down);
            let dims = self.dims(adapter.rank);
            kernels::linear_grad_weight(&mut weight, None, &up, down, dims);
        }
        weight
    }
}

impl Adapter {
    /// Computes the scaled narrow side, `rows × rank`.
    fn narrow(&self, low: &mut Low, x: &[f32], arena: &Arena, dims: Dims) {
        low.narrow.resize(dims.m * self.rank, 0.0);
        let down = Weights::F32(arena.values(self.down));
        kernels::linear(&mut low.narrow, x, down, None, Dims { n: self.rank, ..dims });
        low.narrow.iter_mut().for_each(|x| *x *= self.scale);
    }

    /// Computes the gradient of the narrow side before it was scaled.
    fn widen_back(&self, low: &mut Low, dy: &[f32], arena: &Arena, dims: Dims) {
        low.gradient.resize(dims.m * self.rank, 0.0);
        let up = Weights::F32(arena.values(self.up));
        let dims = Dims { m: dims.m, n: self.rank, k: dims.n };
        kernels::linear(&mut low.gradient, dy, up, None, dims);
        low.gradient.iter_mut().for_each(|x| *x *= self.scale);
    }
}

impl Norm {
    pub(super) fn forward(&self, out: &mut [f32], x: &[f32], arena: &Arena) {
        let (weight, bias) = (self.weight.view(arena), self.bias.view(arena));
        kernels::layer_norm(out, x, weight, bias, self.epsilon);
    }

    /// Turns `dy` into the gradient of the input `x`, in place.
    pub(super) fn backward(&self, dy: &mut [f32], x: &[f32], arena: &Arena, gradients: &mut [f32]) {
        let weight = self.weight.view(arena);
        if let (Vector::Trained(of_weight), Vector::Trained(of_bias)) = (&self.weight, &self.bias) {
            let [dw, db] = arena.two(gradients, [*of_weight, *of_bias]);
            kernels::layer_norm_grad(dy, x, weight, (dw, db), self.epsilon);
        } else {
            kernels::layer_norm_grad_input(dy, x, weight, self.epsilon);
        }
    }
}

impl Table {
    /// Copies one row.
    pub(super) fn copy_row(&self, out: &mut [f32], row: usize, arena: &Arena) {
        match self.trained_row(row, arena) {
            Some(range) => out.copy_from_slice(&arena.values[range]),
            None => self.tensor.copy_row(row, out),
        }
    }

    /// Adds to the gradient of one row, if it is trained.
    pub(super) fn backward(&self, dy: &[f32], row: usize, arena: &Arena, gradients: &mut [f32]) {
        if let Some(range) = self.trained_row(row, arena) {
            kernels::add(&mut gradients[range], dy);
        }
    }

    fn trained_row(&self, row: usize, arena: &Arena) -> Option<std::ops::Range<usize>> {
        let trained = self.trained.as_ref()?;
        let start = arena.range(trained.place).start + trained.index[row]? as usize * self.width;
        Some(start..start + self.width)
    }

    /// Returns the whole table, trained or not.
    pub(super) fn to_vec(&self, arena: &Arena) -> Vec<f32> {
        let mut values = self.tensor.to_f32();
        for (row, values) in values.chunks_mut(self.width).enumerate() {
            if let Some(range) = self.trained_row(row, arena) {
                values.copy_from_slice(&arena.values[range]);
            }
        }
        values
    }
}
