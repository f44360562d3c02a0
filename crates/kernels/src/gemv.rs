//! Products with few rows: every weight is read once, at the speed of the memory.

use half::bf16;
use rayon::prelude::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::math::{dot, fold};
use crate::parallel::Shared;
use crate::product::Dims;
use crate::weights::Weights;

/// Rows up to which reading the weights costs more than computing with them.
pub(crate) const ROWS_MAX: usize = 4;
/// Weights that one task reads: large enough to hide its start, small enough to share evenly.
const TASK: usize = 1 << 15;

/// Computes out = x · wᵀ + bias as [`crate::linear`] does.
pub(crate) fn run(out: &mut [f32], x: &[f32], w: Weights, bias: Option<&[f32]>, dims: Dims) {
    let Dims { m, n, k } = dims;
    let rows = (TASK / k.max(1)).clamp(1, n.max(1));
    let out = Shared::new(out);
    let tasks = (0..n.div_ceil(rows)).into_par_iter().with_min_len(1);
    let task = |task: usize| {
        let first = task * rows;
        let count = rows.min(n - first);
        for row in 0..m {
            // SAFETY: a task writes these columns of each row and no other task does.
            let out = unsafe { out.slice(row * n + first, count) };
            let x = &x[row * k..(row + 1) * k];
            match w {
                Weights::F32(w) => rows_f32(out, x, &w[first * k..(first + count) * k]),
                Weights::Bf16(w) => rows_bf16(out, x, &w[first * k..(first + count) * k]),
            }
            if let Some(bias) = bias {
                out.iter_mut().zip(&bias[first..]).for_each(|(out, bias)| *out += bias);
            }
        }
    };
    if n * k <= TASK { (0..n.div_ceil(rows)).for_each(task) } else { tasks.for_each(task) }
}

crate::dispatch::dispatched! {
    /// Multiplies each row of `w` with `x`.
    fn rows_f32(out: &mut [f32], x: &[f32], w: &[f32]) {
        if x.is_empty() {
            return out.fill(0.0);
        }
        for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())) {
            *out = dot(row, x);
        }
    }

    /// Multiplies each row of `w` with `x`, widening on the way.
    fn rows_bf16(out: &mut [f32], x: &[f32], w: &[bf16]) {
        if x.is_empty() {
            return out.fill(0.0);
        }
        for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())) {
            *out = dot_bf16(row, x);
        }
    }
}

#[inline(always)]
fn dot_bf16(w: &[bf16], x: &[f32]) -> f32 {
    const LANES: usize = 16;
    let widen = |w: bf16| f32::from_bits(u32::from(w.to_bits()) << 16);
    let mut sums = [0.0_f32; LANES];
    let (w_chunks, x_chunks) = (w.chunks_exact(LANES), x.chunks_exact(LANES));
    let (w_rest, x_rest) = (w_chunks.remainder(), x_chunks.remainder());
    for (w, x) in w_chunks.zip(x_chunks) {
        for lane in 0..LANES {
            sums[lane] += widen(w[lane]) * x[lane];
        }
    }
    let rest: f32 = w_rest.iter().zip(x_rest).map(|(w, x)| widen(*w) * x).sum();
    fold(sums) + rest
}
