//! How the rows of one block look at those before them: all of them or a window, with scores that
//! level off or not.
//!
//! The kernels do what they can: whole beginnings, and one row after the other. What they lack,
//! scores that level off and many rows behind a window, is made here of products.

use std::ops::Range;

use kernels::{Dims, Weights};
use rayon::prelude::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::cache::LayerCache;

/// Rows that are computed together; with 4,096 keys their scores have 2 MB.
const BLOCK: usize = 128;
/// Rows up to which gathering a head's keys costs more than it brings.
const FEW: usize = 4;

/// The attention of one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attend {
    /// The sizes.
    pub(super) attention: kernels::Attention,
    /// How many rows each sees, itself included; `None` is all.
    pub(super) window: Option<usize>,
    /// Where scores level off.
    pub(super) cap: Option<f32>,
}

impl Attend {
    /// Computes what each query takes from the cache up to its position; positions are
    /// consecutive and end with the cache.
    pub(super) fn run(
        &self,
        out: &mut [f32],
        queries: &[f32],
        layer: &LayerCache,
        positions: &[u32],
    ) {
        let whole = self.rows_as_one(positions);
        let width = self.attention.width();
        let (first, rest) = out.split_at_mut(whole * width);
        let (of_first, queries) = queries.split_at(first.len());
        if whole > 0 {
            let seen = ..whole * self.attention.kv_width();
            let inputs = [of_first, &layer.keys[seen], &layer.values[seen]];
            kernels::attention(first, inputs, &[0, whole], &self.attention);
        }
        let rows = rest.chunks_mut(BLOCK * width).zip(queries.chunks(BLOCK * width));
        for ((out, queries), positions) in rows.zip(positions[whole..].chunks(BLOCK)) {
            if positions.len() > FEW {
                self.run_block(out, queries, layer, positions);
            } else if self.cap.is_some() {
                self.run_capped(out, queries, layer, positions);
            } else {
                self.run_rows(out, queries, layer, positions);
            }
        }
    }

    /// Counts the rows that can run as one sequence: those of a beginning, up to the window.
    fn rows_as_one(&self, positions: &[u32]) -> usize {
        match positions.first() {
            Some(0) if self.cap.is_none() => {
                self.window.map_or(positions.len(), |window| window.min(positions.len()))
            }
            _ => 0,
        }
    }

    /// Returns the rows that a position sees.
    fn seen(&self, position: u32) -> Range<usize> {
        let end = position as usize + 1;
        self.window.map_or(0, |window| end.saturating_sub(window))..end
    }

    fn run_rows(&self, out: &mut [f32], queries: &[f32], layer: &LayerCache, positions: &[u32]) {
        let (width, kv_width) = (self.attention.width(), self.attention.kv_width());
        let rows = out.chunks_mut(width).zip(queries.chunks(width));
        for ((out, query), position) in rows.zip(positions) {
            let Range { start, end } = self.seen(*position);
            let seen = start * kv_width..end * kv_width;
            let (keys, values) = (&layer.keys[seen.clone()], &layer.values[seen]);
            kernels::attention_decode(out, query, keys, values, &self.attention);
        }
    }

    fn run_capped(&self, out: &mut [f32], queries: &[f32], layer: &LayerCache, positions: &[u32]) {
        let kernels::Attention { heads, head_dim, .. } = self.attention;
        let of_heads = out.par_chunks_mut(head_dim).zip(queries.par_chunks(head_dim));
        of_heads.enumerate().for_each(|(index, (out, query))| {
            let (row, head) = (index / heads, index % heads);
            let rows = self.seen(positions[row]);
            let [keys, values] = [&layer.keys, &layer.values].map(|all| self.head(all, head));
            let mut shares: Vec<f32> = rows.clone().map(|row| dot(query, keys.row(row))).collect();
            self.level(&mut shares);
            let count = shares.len();
            kernels::softmax_rows(&mut shares, count);
            out.fill(0.0);
            for (row, share) in rows.zip(shares) {
                out.iter_mut().zip(values.row(row)).for_each(|(out, value)| *out += share * value);
            }
        });
    }

    /// Computes many rows, head by head, as two products with a softmax between.
    fn run_block(&self, out: &mut [f32], queries: &[f32], layer: &LayerCache, positions: &[u32]) {
        let kernels::Attention { heads, head_dim, .. } = self.attention;
        let (rows, width) = (positions.len(), self.attention.width());
        let seen = self.seen(positions[0]).start..self.seen(positions[rows - 1]).end;
        for head in 0..heads {
            let at = head * head_dim..(head + 1) * head_dim;
            let own = queries.chunks_exact(width).flat_map(|row| &row[at.clone()]);
            let own: Vec<f32> = own.copied().collect();
            let [keys, values] = [&layer.keys, &layer.values].map(|all| self.head(all, head));
            let keys: Vec<f32> = seen.clone().flat_map(|row| keys.row(row)).copied().collect();
            let mut shares = vec![0.0; rows * seen.len()];
            let dims = Dims { m: rows, n: seen.len(), k: head_dim };
            kernels::linear(&mut shares, &own, Weights::F32(&keys), None, dims);
            self.level(&mut shares);
            for (shares, position) in shares.chunks_exact_mut(seen.len()).zip(positions) {
                softmax_within(shares, self.seen(*position), seen.start);
            }
            let values = transposed(values, seen.clone(), head_dim);
            let mut taken = vec![0.0; rows * head_dim];
            let dims = Dims { m: rows, n: head_dim, k: seen.len() };
            kernels::linear(&mut taken, &shares, Weights::F32(&values), None, dims);
            for (out, taken) in out.chunks_exact_mut(width).zip(taken.chunks_exact(head_dim)) {
                out[at.clone()].copy_from_slice(taken);
            }
        }
    }

    /// Returns the keys or values that a head of queries looks at.
    fn head<'a>(&self, all: &'a [f32], head: usize) -> Head<'a> {
        let kernels::Attention { heads, kv_heads, head_dim, .. } = self.attention;
        let at = head / (heads / kv_heads) * head_dim;
        Head { all, at, width: self.attention.kv_width(), head_dim }
    }

    /// Scales products of queries and keys, and lets them level off.
    fn level(&self, scores: &mut [f32]) {
        let scale = self.attention.scale;
        let Some(cap) = self.cap else {
            return scores.iter_mut().for_each(|score| *score *= scale);
        };
        scores.iter_mut().for_each(|score| *score *= scale / cap);
        kernels::tanh(scores);
        scores.iter_mut().for_each(|score| *score *= cap);
    }
}

/// One head of packed rows.
#[derive(Clone, Copy)]
struct Head<'a> {
    all: &'a [f32],
    at: usize,
    width: usize,
    head_dim: usize,
}

impl<'a> Head<'a> {
    fn row(&self, row: usize) -> &'a [f32] {
        &self.all[row * self.width + self.at..][..self.head_dim]
    }
}

/// Turns the scores of the rows that are seen into shares, and all others into none.
fn softmax_within(scores: &mut [f32], seen: Range<usize>, first: usize) {
    let (start, end) = (seen.start - first, seen.end - first);
    scores[..start].fill(0.0);
    scores[end..].fill(0.0);
    kernels::softmax_rows(&mut scores[start..end], end - start);
}

/// Puts rows into columns.
fn transposed(head: Head<'_>, rows: Range<usize>, head_dim: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len() * head_dim];
    let count = rows.len();
    for (column, row) in rows.enumerate() {
        for (place, number) in head.row(row).iter().enumerate() {
            out[place * count + column] = *number;
        }
    }
    out
}

/// Sums in sixteen lanes, so that the processor can.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (whole, rest) = (a.chunks_exact(16).zip(b.chunks_exact(16)), a.len() / 16 * 16);
    for (a, b) in whole {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    let rest = a[rest..].iter().zip(&b[rest..]).map(|(a, b)| a * b);
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}

#[cfg(test)]
mod tests;
