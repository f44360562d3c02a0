//! Matrix products: forward, for inputs and for weights.

mod gemm;
mod micro;
mod pack;
mod packed;
mod transpose;

use crate::parallel::{self, Shared};
use crate::quant;
use crate::weights::Weights;

use gemm::{Factors, Right, Start};
pub use packed::{PackedMatrix, Precision};

/// The shape of a product: `m` rows in, `k` numbers each, `n` numbers out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Rows of the input.
    pub m: usize,
    /// Outputs for each row: rows of the weights.
    pub n: usize,
    /// Inputs for each row: columns of the weights.
    pub k: usize,
}

/// Multiplications below which threads cost more than they bring.
pub(crate) const SERIAL: usize = 1 << 17;

impl Dims {
    /// Tells whether the product is worth a second thread.
    pub(crate) fn is_large(&self) -> bool {
        self.m * self.n * self.k >= SERIAL
    }
}

/// Computes out = x · wᵀ + bias: `x` is `m × k`, `w` is `n × k`, `out` is `m × n`.
///
/// A row of the result does not depend on the other rows of `x`, nor on their number. With f32
/// and f16 weights all sums are of f32. With bf16 weights `x` is rounded to bf16 where the
/// processor multiplies bf16 ([`crate::Level::Bf16`]), and taken as it is elsewhere. With
/// [`Weights::Quant`] `x` is rounded to 8 bits in blocks of 32.
pub fn linear(out: &mut [f32], x: &[f32], w: Weights, bias: Option<&[f32]>, dims: Dims) {
    let Dims { m, n, k } = dims;
    assert_eq!((out.len(), x.len(), w.len()), (m * n, m * k, n * k), "linear: {dims:?}");
    assert!(bias.is_none_or(|bias| bias.len() == n), "linear: bias");
    if let Weights::Quant(w) = w {
        return quant::linear(x, k, vec![quant::Product { out, w, bias }]);
    }
    let start = bias.map_or(Start::Zero, Start::Bias);
    gemm::run(out, start, &Factors { left: x, right: Right::Rows(w), dims });
}

/// One of several products of the same input.
#[derive(Debug)]
pub struct Projection<'a> {
    /// `m × n`, row by row.
    pub out: &'a mut [f32],
    /// `n × k`.
    pub weights: Weights<'a>,
    /// A number for each column of `out`.
    pub bias: Option<&'a [f32]>,
}

/// Computes what [`linear`] does for each of several weights, with the same bits.
///
/// `x` has rows of `k` numbers. Quantized weights of one format share their threads and the input
/// that is rounded for them.
pub fn linear_all(x: &[f32], k: usize, projections: Vec<Projection<'_>>) {
    let m = x.len() / k.max(1);
    let format = |weights: Weights<'_>| match weights {
        Weights::Quant(w) => Some(w.format()),
        _ => None,
    };
    let first = projections.first().and_then(|one| format(one.weights));
    if first.is_none() || projections.iter().any(|one| format(one.weights) != first) {
        for Projection { out, weights, bias } in projections {
            let dims = Dims { m, n: weights.len() / k.max(1), k };
            linear(out, x, weights, bias, dims);
        }
        return;
    }
    let product = |one| {
        let Projection { out, weights, bias } = one;
        let Weights::Quant(w) = weights else { unreachable!("formats were compared") };
        assert_eq!((out.len(), w.columns()), (m * w.rows(), k), "linear_all: {w:?}");
        assert!(bias.is_none_or(|bias| bias.len() == w.rows()), "linear_all: bias");
        quant::Product { out, w, bias }
    };
    quant::linear(x, k, projections.into_iter().map(product).collect());
}

/// Computes dx = dy · w, or adds it: `dy` is `m × n`, `w` is `n × k`, `dx` is `m × k`.
///
/// Precision is that of [`linear`], except that quantized weights are widened.
pub fn linear_grad_input(dx: &mut [f32], dy: &[f32], w: Weights, dims: Dims, accumulate: bool) {
    let Dims { m, n, k } = dims;
    assert_eq!((dx.len(), dy.len(), w.len()), (m * k, m * n, n * k), "grad input: {dims:?}");
    let start = if accumulate { Start::Kept } else { Start::Zero };
    let dims = Dims { m, n: k, k: n };
    gemm::run(dx, start, &Factors { left: dy, right: Right::Columns(w), dims });
}

/// Adds dyᵀ · x to `dw` and the sums of the columns of `dy` to `db`.
///
/// `dy` is `m × n`, `x` is `m × k`, `dw` is `n × k`, `db` is `n`.
pub fn linear_grad_weight(
    dw: &mut [f32],
    db: Option<&mut [f32]>,
    dy: &[f32],
    x: &[f32],
    dims: Dims,
) {
    let Dims { m, n, k } = dims;
    assert_eq!((dw.len(), dy.len(), x.len()), (n * k, m * n, m * k), "grad weight: {dims:?}");
    let mut left = vec![0.0; m * n];
    transpose::turn(&mut left, dy, (m, n));
    let right = Right::Columns(Weights::F32(x));
    gemm::run(dw, Start::Kept, &Factors { left: &left, right, dims: Dims { m: n, n: k, k: m } });
    if let Some(db) = db {
        assert_eq!(db.len(), n, "grad weight: bias");
        add_columns(db, dy);
    }
}

/// Columns of a gradient that one thread sums up.
const COLUMNS: usize = 256;

/// Adds every row of `dy` to `db`.
fn add_columns(db: &mut [f32], dy: &[f32]) {
    let n = db.len();
    let out = Shared::new(db);
    parallel::each_if(dy.len() >= SERIAL, n.div_ceil(COLUMNS), |part| {
        let first = part * COLUMNS;
        // SAFETY: no other task has these columns.
        let out = unsafe { out.slice(first, COLUMNS.min(n - first)) };
        add_part(out, dy, (first, n));
    });
}

crate::dispatch::dispatched! {
    /// Adds to `db` the columns from `first` of rows that are `n` long.
    fn add_part(db: &mut [f32], dy: &[f32], place: (usize, usize)) {
        let (first, n) = place;
        for row in dy.chunks_exact(n) {
            for (db, dy) in db.iter_mut().zip(&row[first..]) {
                *db += dy;
            }
        }
    }
}
