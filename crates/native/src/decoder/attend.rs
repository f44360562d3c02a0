//! How the rows of one block look at those before them: all of them or a window, with scores that
//! level off or not.
//!
//! The kernels do what they can. Scores that level off are computed here, plainly.

use rayon::prelude::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::cache::LayerCache;

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
    /// Computes what each query, at its position, takes from the cache up to that position.
    pub(super) fn run(
        &self,
        out: &mut [f32],
        queries: &[f32],
        layer: &LayerCache,
        positions: &[u32],
    ) {
        if let Some(cap) = self.cap {
            return self.run_capped(out, queries, layer, (positions, cap));
        }
        let whole = self.rows_as_one(positions);
        let (first, rest) = out.split_at_mut(whole * self.attention.width());
        let (queries, later) = queries.split_at(first.len());
        if whole > 0 {
            let seen = ..whole * self.attention.kv_width();
            let inputs = [queries, &layer.keys[seen], &layer.values[seen]];
            kernels::attention(first, inputs, &[0, whole], &self.attention);
        }
        let width = self.attention.width();
        let rows = rest.chunks_mut(width).zip(later.chunks(width));
        for ((out, query), position) in rows.zip(&positions[whole..]) {
            let (keys, values) = self.seen(layer, *position);
            kernels::attention_decode(out, query, keys, values, &self.attention);
        }
    }

    /// Counts the rows that can run as one sequence: those of a beginning, up to the window.
    fn rows_as_one(&self, positions: &[u32]) -> usize {
        match positions.first() {
            Some(0) => self.window.map_or(positions.len(), |window| window.min(positions.len())),
            _ => 0,
        }
    }

    /// Returns the keys and values that a position sees.
    fn seen<'a>(&self, layer: &'a LayerCache, position: u32) -> (&'a [f32], &'a [f32]) {
        let end = position as usize + 1;
        let start = self.window.map_or(0, |window| end.saturating_sub(window));
        let range = start * self.attention.kv_width()..end * self.attention.kv_width();
        (&layer.keys[range.clone()], &layer.values[range])
    }

    fn run_capped(
        &self,
        out: &mut [f32],
        queries: &[f32],
        layer: &LayerCache,
        (positions, cap): (&[u32], f32),
    ) {
        let kernels::Attention { heads, kv_heads, head_dim, scale, .. } = self.attention;
        let of_heads = out.par_chunks_mut(head_dim).zip(queries.par_chunks(head_dim));
        of_heads.enumerate().for_each(|(index, (out, query))| {
            let (row, head) = (index / heads, index % heads);
            let (keys, values) = self.seen(layer, positions[row]);
            let at = head / (heads / kv_heads) * head_dim;
            let of_head = |rows| Rows { rows, at, width: self.attention.kv_width(), head_dim };
            let level = |score: f32| cap * (score * scale / cap).tanh();
            look(out, query, (of_head(keys), of_head(values)), level);
        });
    }
}

/// One head of packed rows.
#[derive(Clone, Copy)]
struct Rows<'a> {
    rows: &'a [f32],
    at: usize,
    width: usize,
    head_dim: usize,
}

impl<'a> Rows<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [f32]> {
        self.rows.chunks_exact(self.width).map(move |row| &row[self.at..self.at + self.head_dim])
    }
}

/// Takes from each value by the share of its key's score.
fn look(
    out: &mut [f32],
    query: &[f32],
    (keys, values): (Rows<'_>, Rows<'_>),
    score: impl Fn(f32) -> f32,
) {
    let dot = |key: &[f32]| query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>();
    let mut shares: Vec<f32> = keys.iter().map(|key| score(dot(key))).collect();
    let largest = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    shares.iter_mut().for_each(|share| *share = (*share - largest).exp());
    let total: f32 = shares.iter().sum();
    out.fill(0.0);
    for (share, value) in shares.iter().zip(values.iter()) {
        out.iter_mut().zip(value).for_each(|(out, value)| *out += share / total * value);
    }
}
