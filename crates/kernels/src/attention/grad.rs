//! The gradient of packed attention; probabilities are computed again instead of kept.

use super::panel::{LANES, Panels, pack, pack_transposed, padded, product};
use super::{Attention, BLOCK, Head, Sequences, with_scores};
use crate::dispatch::dispatched;
use crate::math::dot;
use crate::parallel::{self, Shared};

/// Gradients of queries, keys and values; what was in them is replaced.
pub struct AttentionGrad<'a> {
    /// `tokens × (heads · head_dim)`.
    pub dq: &'a mut [f32],
    /// `tokens × (kv_heads · head_dim)`.
    pub dk: &'a mut [f32],
    /// As `dk`.
    pub dv: &'a mut [f32],
}

/// Computes the gradients of [`crate::attention`] from `dout`, the gradient of its result.
pub fn attention_grad(
    grad: AttentionGrad<'_>,
    dout: &[f32],
    (q, k, v): (&[f32], &[f32], &[f32]),
    offsets: &[usize],
    attention: &Attention,
) {
    let sequences = Sequences { offsets, attention, bias: None, dropout: None };
    attention_of_grad(grad, None, dout, [q, k, v], &sequences);
}

/// Computes the gradients of [`crate::attention_of`], and adds to that of its bias where wanted.
pub fn attention_of_grad(
    grad: AttentionGrad<'_>,
    d_bias: Option<&mut [f32]>,
    dout: &[f32],
    [q, k, v]: [&[f32]; 3],
    sequences: &Sequences<'_>,
) {
    let attention = sequences.attention;
    let (width, kv_width) = (attention.width(), attention.kv_width());
    assert_eq!((grad.dq.len(), grad.dk.len(), grad.dv.len()), (q.len(), k.len(), v.len()));
    assert_eq!(dout.len(), q.len(), "attention_grad");
    sequences.check();
    let (dq, dk, dv) = (Shared::new(grad.dq), Shared::new(grad.dk), Shared::new(grad.dv));
    let bias_width = sequences.bias.map_or(0, |bias| 2 * bias.reach - 1);
    let d_bias = d_bias.map(|d_bias| {
        assert_eq!(d_bias.len(), attention.heads * bias_width, "attention_grad: bias");
        Shared::new(d_bias)
    });
    let groups = attention.kv_heads;
    let run = |sequence: usize, kv_head: usize| {
        let (first, len) = sequences.rows(sequence);
        let at = (kv_head, attention.head_dim);
        let group = Group {
            sequences,
            kv_head,
            first,
            len,
            inputs: [(q, width), (dout, width)],
            k: Head::new(k, first, kv_width, at),
            v: Head::new(v, first, kv_width, at),
        };
        let out = Out { dq: &dq, dk: &dk, dv: &dv, d_bias: d_bias.as_ref(), bias_width };
        with_scores(group.room(), |room| group_grad(&out, room, &group));
    };
    // A task has all heads that share one head of keys, so that it alone adds to its gradient;
    // the gradient of a bias belongs to a head in all sequences.
    if d_bias.is_some() {
        let each = |head| (0..sequences.count()).for_each(|sequence| run(sequence, head));
        parallel::each(groups, each);
    } else {
        let tasks = sequences.count() * groups;
        parallel::each(tasks, |task| run(task / groups, task % groups));
    }
}

/// The heads of one sequence that share their keys and values.
struct Group<'a> {
    sequences: &'a Sequences<'a>,
    kv_head: usize,
    first: usize,
    len: usize,
    /// Queries, and the gradient of what they gave, with the widths of their rows.
    inputs: [(&'a [f32], usize); 2],
    k: Head<'a>,
    v: Head<'a>,
}

/// Where gradients go.
struct Out<'a> {
    dq: &'a Shared,
    dk: &'a Shared,
    dv: &'a Shared,
    d_bias: Option<&'a Shared>,
    bias_width: usize,
}

impl Group<'_> {
    fn room(&self) -> usize {
        let dim = self.sequences.attention.head_dim;
        let (stride, wide, block) = (padded(self.len), padded(dim), BLOCK.min(self.len));
        // Keys and values as columns, keys in rows, gradients of both; then what a block needs.
        let fixed = 2 * stride * dim + 3 * self.len * wide;
        fixed + 2 * block * stride + block * self.len + 3 * block * wide + self.len * wide
    }
}

/// Scratch of one group, cut from one buffer.
struct Room<'a> {
    keys_across: &'a mut [f32],
    values_across: &'a mut [f32],
    keys: &'a mut [f32],
    dk: &'a mut [f32],
    dv: &'a mut [f32],
    weights: &'a mut [f32],
    slopes: &'a mut [f32],
    turned: &'a mut [f32],
    queries: &'a mut [f32],
    douts: &'a mut [f32],
    rows: &'a mut [f32],
    sums: &'a mut [f32],
}

impl<'a> Room<'a> {
    fn cut(mut room: &'a mut [f32], len: usize, dim: usize) -> Self {
        let (stride, wide, block) = (padded(len), padded(dim), BLOCK.min(len));
        let mut take = |count: usize| {
            let (part, rest) = std::mem::take(&mut room).split_at_mut(count);
            room = rest;
            part
        };
        Self {
            keys_across: take(stride * dim),
            values_across: take(stride * dim),
            keys: take(len * wide),
            dk: take(len * wide),
            dv: take(len * wide),
            weights: take(block * stride),
            slopes: take(block * stride),
            turned: take(block * len),
            queries: take(block * wide),
            douts: take(block * wide),
            rows: take(block * wide),
            sums: take(len * wide),
        }
    }
}

/// One block of queries of one head.
#[derive(Clone, Copy)]
struct Block<'a> {
    head: usize,
    first: usize,
    rows: usize,
    /// Keys that any of them sees.
    seen: usize,
    q: Head<'a>,
    dout: Head<'a>,
}

dispatched! {
    /// Computes the gradients of one group.
    fn group_grad(out: &Out<'_>, room: &mut [f32], group: &Group<'_>) {
        let attention = group.sequences.attention;
        let (dim, len) = (attention.head_dim, group.len);
        if len == 0 {
            return;
        }
        let wide = padded(dim);
        let mut room = Room::cut(room, len, dim);
        pack_transposed(room.keys_across, group.k, len);
        pack_transposed(room.values_across, group.v, len);
        pack(room.keys, group.k, 0, len);
        room.dk.fill(0.0);
        room.dv.fill(0.0);
        let share = attention.heads / attention.kv_heads;
        for head in group.kv_head * share..(group.kv_head + 1) * share {
            let of_head = |(x, width)| Head::new(x, group.first, width, (head, dim));
            let [q, dout] = group.inputs.map(of_head);
            for first in (0..len).step_by(BLOCK) {
                let rows = BLOCK.min(len - first);
                let seen = attention.seen(first + rows - 1, len);
                let block = Block { head, first, rows, seen, q, dout };
                block_grad(out, &mut room, group, &block);
            }
        }
        for row in 0..len {
            let start = (group.first + row) * attention.kv_width() + group.kv_head * dim;
            // SAFETY: no other task has this head of keys and values.
            let (dk, dv) = unsafe { (out.dk.slice(start, dim), out.dv.slice(start, dim)) };
            dk.copy_from_slice(&room.dk[row * wide..row * wide + dim]);
            dv.copy_from_slice(&room.dv[row * wide..row * wide + dim]);
        }
    }
}

/// Computes the gradients that come from one block of queries.
#[inline(always)]
fn block_grad(out: &Out<'_>, room: &mut Room<'_>, group: &Group<'_>, block: &Block<'_>) {
    let attention = group.sequences.attention;
    let (dim, len) = (attention.head_dim, group.len);
    let (stride, wide) = (padded(len), padded(dim));
    let Block { first, rows, seen, .. } = *block;
    let across = |data| Panels { data, depth: dim, count: seen.div_ceil(LANES) };
    let (q, dout) = (|row| block.q.row(first + row), |row| block.dout.row(first + row));
    product(room.weights, stride, q, rows, across(room.keys_across));
    product(room.slopes, stride, dout, rows, across(room.values_across));
    slopes(out, room, group, block);

    let panels = Panels { data: room.keys, depth: len, count: wide / LANES };
    let slope = |row: usize| &room.slopes[row * stride..row * stride + seen];
    product(room.rows, wide, slope, rows, panels);
    for (row, result) in room.rows.chunks_exact(wide).take(rows).enumerate() {
        let start = (group.first + first + row) * attention.width() + block.head * dim;
        // SAFETY: no other task has this row of this head.
        unsafe { out.dq.slice(start, dim) }.copy_from_slice(&result[..dim]);
    }

    let across = |data| Panels { data, depth: rows, count: wide / LANES };
    pack(&mut room.queries[..rows * wide], block.q, first, rows);
    turn(room.turned, room.slopes, (rows, stride, seen));
    let turned = |row: usize| &room.turned[row * rows..(row + 1) * rows];
    product(room.sums, wide, turned, seen, across(&room.queries[..rows * wide]));
    add(room.dk, room.sums, seen * wide);

    pack(&mut room.douts[..rows * wide], block.dout, first, rows);
    turn(room.turned, room.weights, (rows, stride, seen));
    let turned = |row: usize| &room.turned[row * rows..(row + 1) * rows];
    product(room.sums, wide, turned, seen, across(&room.douts[..rows * wide]));
    add(room.dv, room.sums, seen * wide);
}

/// Turns the products of a block into probabilities, and the gradients of those into the
/// gradients of the products.
#[inline(always)]
fn slopes(out: &Out<'_>, room: &mut Room<'_>, group: &Group<'_>, block: &Block<'_>) {
    let sequences = group.sequences;
    let stride = padded(group.len);
    let rows = room.weights.chunks_exact_mut(stride).zip(room.slopes.chunks_exact_mut(stride));
    for (row, (weights, slopes)) in rows.take(block.rows).enumerate() {
        let place = block.first + row;
        let seen = sequences.attention.seen(place, group.len);
        let (weights, slopes) = (&mut weights[..block.seen], &mut slopes[..block.seen]);
        sequences.probabilities(weights, block.head, (place, seen));
        sequences.drop_row(slopes, block.head, group.first + place);
        let mean = dot(weights, slopes);
        for (slope, weight) in slopes.iter_mut().zip(weights.iter()) {
            *slope = weight * (*slope - mean);
        }
        if let (Some(d_bias), Some(bias)) = (out.d_bias, sequences.bias) {
            let start = block.head * out.bias_width + bias.reach - 1 - place;
            // SAFETY: with a bias a task has a head in all sequences.
            let d_bias = unsafe { d_bias.slice(start, seen) };
            add(d_bias, slopes, seen);
        }
        slopes.iter_mut().for_each(|slope| *slope *= sequences.attention.scale);
        sequences.drop_row(weights, block.head, group.first + place);
    }
}

/// Turns rows into columns.
#[inline(always)]
fn turn(out: &mut [f32], x: &[f32], (rows, stride, columns): (usize, usize, usize)) {
    for (column, out) in out.chunks_exact_mut(rows).take(columns).enumerate() {
        for (row, out) in out.iter_mut().enumerate() {
            *out = x[row * stride + column];
        }
    }
}

#[inline(always)]
fn add(out: &mut [f32], x: &[f32], count: usize) {
    for (out, x) in out[..count].iter_mut().zip(&x[..count]) {
        *out += x;
    }
}
