//! Matrix products: forward, for inputs and for weights.

use std::cell::RefCell;

use gemm::Parallelism;
use half::bf16;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::gemv;
use crate::parallel::Shared;
use crate::weights::{Weights, widen};

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
const SERIAL: usize = 1 << 18;
/// Rows of bf16 weights that are widened together: 128 × 4096 floats stay in the second cache.
const PANEL: usize = 128;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A matrix in memory with the distance between its columns and its rows.
#[derive(Clone, Copy)]
struct Matrix {
    data: *const f32,
    columns: isize,
    rows: isize,
}

impl Matrix {
    fn rows_of(x: &[f32], width: usize) -> Self {
        Self { data: x.as_ptr(), columns: 1, rows: width as isize }
    }

    fn transposed(self) -> Self {
        Self { data: self.data, columns: self.rows, rows: self.columns }
    }
}

/// Computes out = x · wᵀ + bias: `x` is `m × k`, `w` is `n × k`, `out` is `m × n`.
pub fn linear(out: &mut [f32], x: &[f32], w: Weights, bias: Option<&[f32]>, dims: Dims) {
    let Dims { m, n, k } = dims;
    assert_eq!((out.len(), x.len(), w.len()), (m * n, m * k, n * k), "linear: {dims:?}");
    if m <= gemv::ROWS_MAX {
        return gemv::run(out, x, w, bias, dims);
    }
    if let Some(bias) = bias {
        assert_eq!(bias.len(), n, "linear: bias");
        out.chunks_exact_mut(n).for_each(|row| row.copy_from_slice(bias));
    }
    let keep = bias.is_some();
    let x = Matrix::rows_of(x, k);
    match w {
        Weights::F32(w) => {
            let w = Matrix::rows_of(w, k).transposed();
            multiply(out.as_mut_ptr(), n, keep, (x, w), (dims, threads(dims)));
        }
        Weights::Bf16(w) => linear_bf16(out, keep, x, w, dims),
    }
}

/// Widens a panel of rows at a time, each thread its own.
fn linear_bf16(out: &mut [f32], keep: bool, x: Matrix, w: &[bf16], dims: Dims) {
    let Dims { m, n, k } = dims;
    let out = Shared::new(out);
    let x = Addressed(x);
    (0..n.div_ceil(PANEL)).into_par_iter().for_each(|panel| {
        let first = panel * PANEL;
        let rows = PANEL.min(n - first);
        with_widened(&w[first * k..(first + rows) * k], |w| {
            let w = Matrix::rows_of(w, k).transposed();
            let dims = Dims { m, n: rows, k };
            // SAFETY: each panel writes columns of its own; the rest of each row is not touched,
            // so the slice is only used for its first address.
            let start = unsafe { out.slice(first, (m - 1) * n + rows) }.as_mut_ptr();
            multiply(start, n, keep, (x.get(), w), (dims, Parallelism::None));
        });
    });
}

/// A read-only matrix that threads may share.
#[derive(Clone, Copy)]
struct Addressed(Matrix);

// SAFETY: the matrix is only read while the borrow that it was made from lives.
unsafe impl Send for Addressed {}
// SAFETY: as above.
unsafe impl Sync for Addressed {}

impl Addressed {
    fn get(&self) -> Matrix {
        self.0
    }
}

fn with_widened(w: &[bf16], f: impl FnOnce(&[f32])) {
    SCRATCH.with(|scratch| {
        let mut scratch = scratch.take();
        scratch.resize(w.len(), 0.0);
        widen(&mut scratch, w);
        f(&scratch);
        SCRATCH.set(scratch);
    });
}

/// Computes dx = dy · w, or adds it: `dy` is `m × n`, `w` is `n × k`, `dx` is `m × k`.
pub fn linear_grad_input(dx: &mut [f32], dy: &[f32], w: Weights, dims: Dims, accumulate: bool) {
    let Dims { m, n, k } = dims;
    assert_eq!((dx.len(), dy.len(), w.len()), (m * k, m * n, n * k), "grad input: {dims:?}");
    let product = Dims { m, n: k, k: n };
    let mut run = |w: &[f32]| {
        let factors = (Matrix::rows_of(dy, n), Matrix::rows_of(w, k));
        multiply(dx.as_mut_ptr(), k, accumulate, factors, (product, threads(product)));
    };
    match w {
        Weights::F32(w) => run(w),
        Weights::Bf16(w) => with_widened(w, run),
    }
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
    let product = Dims { m: n, n: k, k: m };
    let factors = (Matrix::rows_of(dy, n).transposed(), Matrix::rows_of(x, k));
    multiply(dw.as_mut_ptr(), k, true, factors, (product, threads(product)));
    if let Some(db) = db {
        assert_eq!(db.len(), n, "grad weight: bias");
        add_columns(db, dy);
    }
}

crate::dispatch::dispatched! {
    /// Adds every row of `dy` to `db`.
    fn add_columns(db: &mut [f32], dy: &[f32]) {
        for row in dy.chunks_exact(db.len()) {
            for (db, dy) in db.iter_mut().zip(row) {
                *db += dy;
            }
        }
    }
}

fn threads(dims: Dims) -> Parallelism {
    if dims.m * dims.n * dims.k < SERIAL { Parallelism::None } else { Parallelism::Rayon(0) }
}

/// Computes out = a · b, or adds it, where `out` has rows of `stride`.
fn multiply(
    out: *mut f32,
    stride: usize,
    accumulate: bool,
    (a, b): (Matrix, Matrix),
    (dims, threads): (Dims, Parallelism),
) {
    let Dims { m, n, k } = dims;
    if m == 0 || n == 0 {
        return;
    }
    // SAFETY: the callers checked the lengths of all slices against `dims`, and hold `out` alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out,
            1,
            stride as isize,
            accumulate,
            a.data,
            a.columns,
            a.rows,
            b.data,
            b.columns,
            b.rows,
            1.0,
            1.0,
            false,
            false,
            false,
            threads,
        );
    }
}
