//! Attention over packed sequences: no row of padding is ever computed.

mod cached;
mod grad;
mod pages;
mod panel;
mod square;

use std::cell::RefCell;

use crate::dispatch::dispatched;
use crate::dropout::{Dropout, mask};
use crate::loss::softmax_inline;
use crate::math::{add_scaled, dot};
use crate::parallel::{Shared, each};
pub use cached::{CachedAttention, CachedSequence, attention_cached};
pub use grad::{AttentionGrad, attention_grad, attention_of_grad};
pub use pages::{KvPages, KvPagesMut, PageShape};
use panel::{LANES, Panels, pack, pack_transposed, padded, product};

/// Queries whose scores exist at once: with 512 keys, 128 KiB.
pub(crate) const BLOCK: usize = 64;

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

    /// Returns how many of `len` keys a query sees.
    #[inline(always)]
    pub(crate) fn seen(&self, row: usize, len: usize) -> usize {
        if self.causal { (row + 1).min(len) } else { len }
    }
}

/// What is added to scores by how far a key is from its query.
#[derive(Clone, Copy, Debug)]
pub struct DistanceBias<'a> {
    /// For each head the numbers for distances from `1 - reach` to `reach - 1`.
    pub numbers: &'a [f32],
    /// No sequence is longer.
    pub reach: usize,
}

impl<'a> DistanceBias<'a> {
    /// Returns the numbers for a query and its keys from the first on.
    #[inline(always)]
    pub(crate) fn row(&self, head: usize, row: usize) -> &'a [f32] {
        let width = 2 * self.reach - 1;
        &self.numbers[head * width + self.reach - 1 - row..(head + 1) * width]
    }
}

/// Packed sequences, and how they attend.
#[derive(Clone, Copy, Debug)]
pub struct Sequences<'a> {
    /// Sequence `i` has the rows from `offsets[i]` to `offsets[i + 1]`.
    pub offsets: &'a [usize],
    /// The shape of the attention.
    pub attention: &'a Attention,
    /// What is added to the scores.
    pub bias: Option<DistanceBias<'a>>,
    /// What is done to the probabilities.
    pub dropout: Option<Dropout>,
}

impl Sequences<'_> {
    /// Returns how many sequences there are.
    pub(crate) fn count(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Returns the first row of a sequence and how many it has.
    pub(crate) fn rows(&self, sequence: usize) -> (usize, usize) {
        let first = self.offsets[sequence];
        (first, self.offsets[sequence + 1] - first)
    }

    /// Panics unless every sequence is within the bias's reach.
    pub(crate) fn check(&self) {
        let longest = self.offsets.windows(2).map(|ends| ends[1] - ends[0]).max();
        if let (Some(bias), Some(longest)) = (self.bias, longest) {
            let width = 2 * bias.reach - 1;
            assert_eq!(bias.numbers.len(), self.attention.heads * width, "attention: bias");
            assert!(longest <= bias.reach, "attention: {longest} tokens, bias for {}", bias.reach);
        }
    }

    /// Turns the products of one query and its keys into probabilities, with zeros behind them.
    #[inline(always)]
    pub(crate) fn probabilities(&self, scores: &mut [f32], head: usize, row: (usize, usize)) {
        let (row, seen) = row;
        let (scores, rest) = scores.split_at_mut(seen);
        rest.fill(0.0);
        match self.bias {
            None => scores.iter_mut().for_each(|x| *x *= self.attention.scale),
            Some(bias) => {
                for (x, bias) in scores.iter_mut().zip(bias.row(head, row)) {
                    *x = *x * self.attention.scale + bias;
                }
            }
        }
        softmax_inline(scores);
    }

    /// Applies the dropout of one row of one head to its probabilities, or to their gradient.
    #[inline(always)]
    pub(crate) fn drop_row(&self, x: &mut [f32], head: usize, row: usize) {
        if let Some(dropout) = self.dropout {
            mask(x, dropout.of_row(row * self.attention.heads + head), 0);
        }
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
pub fn attention(out: &mut [f32], qkv: [&[f32]; 3], offsets: &[usize], attention: &Attention) {
    attention_of(out, qkv, &Sequences { offsets, attention, bias: None, dropout: None });
}

/// Computes attention as [`attention`] does, with a bias or dropout.
pub fn attention_of(out: &mut [f32], [q, k, v]: [&[f32]; 3], sequences: &Sequences<'_>) {
    let attention = sequences.attention;
    let (width, kv_width) = (attention.width(), attention.kv_width());
    let tokens = sequences.offsets.last().copied().unwrap_or(0);
    let lengths = (out.len(), q.len(), k.len(), v.len());
    let expected = (tokens * width, tokens * width, tokens * kv_width, tokens * kv_width);
    assert_eq!(lengths, expected, "attention");
    sequences.check();
    let out = Shared::new(out);
    let (heads, head_dim) = (attention.heads, attention.head_dim);
    each(sequences.count() * heads, |task| {
        let (sequence, head) = (task / heads, task % heads);
        let (first, len) = sequences.rows(sequence);
        let at = (attention.kv_head(head), head_dim);
        let one = Looking {
            sequences,
            head,
            first,
            len,
            q: Head::new(q, first, width, (head, head_dim)),
            k: Head::new(k, first, kv_width, at),
            v: Head::new(v, first, kv_width, at),
        };
        with_scores(one.room(), |room| look_all(&out, room, &one));
    });
}

/// One head of one sequence.
struct Looking<'a> {
    sequences: &'a Sequences<'a>,
    head: usize,
    first: usize,
    len: usize,
    q: Head<'a>,
    k: Head<'a>,
    v: Head<'a>,
}

impl Looking<'_> {
    fn room(&self) -> usize {
        let dim = self.sequences.attention.head_dim;
        let (keys, block) = (padded(self.len), BLOCK.min(self.len));
        keys * dim + padded(dim) * self.len + block * (keys + padded(dim))
    }
}

dispatched! {
    /// Attends with every query of one head of one sequence.
    fn look_all(out: &Shared, room: &mut [f32], one: &Looking<'_>) {
        let attention = one.sequences.attention;
        let (dim, len) = (attention.head_dim, one.len);
        if len == 0 {
            return;
        }
        let (stride, wide) = (padded(len), padded(dim));
        let (keys, room) = room.split_at_mut(stride * dim);
        let (values, room) = room.split_at_mut(wide * len);
        let (scores, results) = room.split_at_mut(BLOCK.min(len) * stride);
        pack_transposed(keys, one.k, len);
        pack(values, one.v, 0, len);
        for first in (0..len).step_by(BLOCK) {
            let rows = BLOCK.min(len - first);
            let seen = attention.seen(first + rows - 1, len);
            let panels = Panels { data: keys, depth: dim, count: seen.div_ceil(LANES) };
            product(scores, stride, |row| one.q.row(first + row), rows, panels);
            for (row, scores) in scores.chunks_exact_mut(stride).take(rows).enumerate() {
                let place = first + row;
                let seen_here = attention.seen(place, len);
                let scores = &mut scores[..seen];
                one.sequences.probabilities(scores, one.head, (place, seen_here));
                one.sequences.drop_row(scores, one.head, one.first + place);
            }
            let panels = Panels { data: values, depth: len, count: wide / LANES };
            let row = |row: usize| &scores[row * stride..row * stride + seen];
            product(results, wide, row, rows, panels);
            for (row, result) in results.chunks_exact(wide).take(rows).enumerate() {
                let start = (one.first + first + row) * attention.width() + one.head * dim;
                // SAFETY: no other task has this row of this head.
                unsafe { out.slice(start, dim) }.copy_from_slice(&result[..dim]);
            }
        }
    }

    /// Attends with one query to as many keys as there are scores.
    fn look(out: &mut [f32], scores: &mut [f32], q: &[f32], kv: (Head<'_>, Head<'_>), scale: f32) {
        let (k, v) = kv;
        for (row, score) in scores.iter_mut().enumerate() {
            *score = dot(q, k.row(row)) * scale;
        }
        softmax_inline(scores);
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
    each(attention.heads, |head| {
        let at = (attention.kv_head(head), head_dim);
        let k = Head::new(keys, 0, kv_width, at);
        let v = Head::new(values, 0, kv_width, at);
        let q = &q[head * head_dim..(head + 1) * head_dim];
        // SAFETY: no other task has this head.
        let out = unsafe { out.slice(head * head_dim, head_dim) };
        with_scores(seen, |scores| look(out, scores, q, (k, v), attention.scale));
    });
}
