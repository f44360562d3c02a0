//! Attention over packed sequences: no row of padding is ever computed.

use std::cell::RefCell;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::dispatch::dispatched;
use crate::loss::softmax_row;
use crate::math::{add_scaled, dot};
use crate::parallel::Shared;

/// The shape of an attention. Vaswani et al. 2017, eq. 1; grouped queries: Ainslie et al. 2023.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attention {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values; divides `heads`.
    pub kv_heads: usize,
    /// Numbers in a head.
    pub head_dim: usize,
    /// Whether a token sees only those before it and itself.
    pub causal: bool,
    /// What scores are multiplied by: 1/√head_dim, as a rule.
    pub scale: f32,
}

impl Attention {
    /// Returns the width of a row of queries.
    pub fn width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Returns the width of a row of keys or values.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Returns the head of keys and values that a head of queries looks at.
    pub(crate) fn kv_head(&self, head: usize) -> usize {
        head / (self.heads / self.kv_heads)
    }
}

thread_local! {
    static SCORES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends a buffer of `len` numbers that stays with the thread.
pub(crate) fn with_scores<T>(len: usize, f: impl FnOnce(&mut [f32]) -> T) -> T {
    let mut scores = SCORES.take();
    if scores.len() < len {
        scores.resize(len, 0.0);
    }
    let result = f(&mut scores[..len]);
    SCORES.set(scores);
    result
}

/// One head of a packed matrix: where its rows begin, how far apart they are, how long.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    data: &'a [f32],
    start: usize,
    width: usize,
    head_dim: usize,
}

impl<'a> Head<'a> {
    pub(crate) fn new(data: &'a [f32], row: usize, width: usize, at: (usize, usize)) -> Self {
        let (head, head_dim) = at;
        Self { data, start: row * width + head * head_dim, width, head_dim }
    }

    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        let at = self.start + row * self.width;
        &self.data[at..at + self.head_dim]
    }
}

/// Computes attention within each sequence.
///
/// `q` and `out` are `tokens × (heads · head_dim)`, `k` and `v` are `tokens × (kv_heads ·
/// head_dim)`; sequence `i` has the rows from `offsets[i]` to `offsets[i + 1]`.
pub fn attention(
    out: &mut [f32],
    q: &[f32],
    k: &[f32],
    v: &[f32],
    offsets: &[usize],
    attention: &Attention,
) {
    let (width, kv_width) = (attention.width(), attention.kv_width());
    let tokens = offsets.last().copied().unwrap_or(0);
    let lengths = (out.len(), q.len(), k.len(), v.len());
    let expected = (tokens * width, tokens * width, tokens * kv_width, tokens * kv_width);
    assert_eq!(lengths, expected, "attention");
    let out = Shared::new(out);
    let heads = attention.heads;
    (0..offsets.len().saturating_sub(1) * heads).into_par_iter().for_each(|task| {
        let (sequence, head) = (task / heads, task % heads);
        let first = offsets[sequence];
        let len = offsets[sequence + 1] - first;
        let at = (attention.kv_head(head), attention.head_dim);
        let q = Head::new(q, first, width, (head, attention.head_dim));
        let k = Head::new(k, first, kv_width, at);
        let v = Head::new(v, first, kv_width, at);
        with_scores(len, |scores| {
            for row in 0..len {
                let seen = if attention.causal { row + 1 } else { len };
                let scores = &mut scores[..seen];
                let start = (first + row) * width + head * attention.head_dim;
                // SAFETY: no other task has this row of this head.
                let out = unsafe { out.slice(start, attention.head_dim) };
                look(out, scores, q.row(row), (k, v), attention.scale);
            }
        });
    });
}

dispatched! {
    /// Attends with one query to as many keys as there are scores.
    fn look(out: &mut [f32], scores: &mut [f32], q: &[f32], kv: (Head<'_>, Head<'_>), scale: f32) {
        let (k, v) = kv;
        for (row, score) in scores.iter_mut().enumerate() {
            *score = dot(q, k.row(row)) * scale;
        }
        softmax_row(scores);
        out.fill(0.0);
        for (row, score) in scores.iter().enumerate() {
            add_scaled(out, *score, v.row(row));
        }
    }
}

/// Attends with one token to all that a cache holds.
///
/// `q` and `out` are `heads · head_dim`; `keys` and `values` are `seen × (kv_heads · head_dim)`.
pub fn attention_decode(
    out: &mut [f32],
    q: &[f32],
    keys: &[f32],
    values: &[f32],
    attention: &Attention,
) {
    let (width, kv_width) = (attention.width(), attention.kv_width());
    assert_eq!((out.len(), q.len(), keys.len()), (width, width, values.len()), "decode");
    let seen = keys.len() / kv_width;
    let head_dim = attention.head_dim;
    let out = Shared::new(out);
    (0..attention.heads).into_par_iter().for_each(|head| {
        let at = (attention.kv_head(head), head_dim);
        let k = Head::new(keys, 0, kv_width, at);
        let v = Head::new(values, 0, kv_width, at);
        let q = &q[head * head_dim..(head + 1) * head_dim];
        // SAFETY: no other task has this head.
        let out = unsafe { out.slice(head * head_dim, head_dim) };
        with_scores(seen, |scores| look(out, scores, q, (k, v), attention.scale));
    });
}
