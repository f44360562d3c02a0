//! Attention to what pages remember: of one token of each of many sequences, and of a part of a
//! prompt, by the same computation, so that both give the same bits.
//!
//! Keys are taken in chunks of 64 positions. Each chunk's scores are turned into powers below
//! the highest score so far, and what was summed up before is scaled down when a higher one
//! comes. Dao et al. 2022, algorithm 1; Milakov and Gimelshein 2018.

use half::bf16;

use super::pages::SIDE;
use super::{Attention, KvPages, PageShape, with_scores};
use crate::dispatch::dispatched;
use crate::math::{exp, fma, sum, tanh};
use crate::parallel::{self, Shared};

/// Positions that are looked at together; a multiple of the tokens of every page.
const CHUNK: usize = 64;
/// Rows (queries times the heads that share keys) of one task: with 128 numbers in a head their
/// sums and scores take 48 KiB.
const ROWS: usize = 64;
/// Rows whose products are computed together.
const TOGETHER: usize = 8;
/// Products below which threads cost more than they bring.
const SERIAL: usize = 1 << 15;

/// How tokens attend to what was before them.
#[derive(Clone, Copy, Debug)]
pub struct CachedAttention<'a> {
    /// Heads, and what scores are multiplied by. A token sees itself and what was before it.
    pub attention: &'a Attention,
    /// How many positions a token sees, its own among them; all where there is no bound.
    pub window: Option<usize>,
    /// Scores become `cap · tanh(score / cap)`.
    pub soft_cap: Option<f32>,
    /// How many tokens a page has.
    pub page_tokens: usize,
}

/// A sequence whose keys and values are in pages, those of its queries too.
#[derive(Clone, Copy, Debug)]
pub struct CachedSequence<'a> {
    /// Its pages; those before its window are not looked at.
    pub pages: &'a [u32],
    /// The position of its first query.
    pub first: usize,
    /// How many queries it has, at positions one after the other.
    pub queries: usize,
}

impl CachedAttention<'_> {
    fn shape(&self) -> PageShape {
        let Attention { kv_heads, head_dim, .. } = *self.attention;
        PageShape { kv_heads, head_dim, tokens: self.page_tokens }
    }

    fn group(&self) -> usize {
        self.attention.heads / self.attention.kv_heads
    }

    /// Returns the positions that a query sees.
    #[inline(always)]
    fn seen(&self, position: usize) -> (usize, usize) {
        let first = self.window.map_or(0, |window| (position + 1).saturating_sub(window));
        (first, position + 1)
    }
}

/// Attends with the queries of each sequence to its pages.
///
/// `q` and `out` have a row of `heads · head_dim` for each query, sequence after sequence. A
/// row's result depends on no other row. Sequences, heads of keys and blocks of queries are
/// shared between threads; one sequence with one head of keys is not split.
pub fn attention_cached(
    out: &mut [f32],
    q: &[f32],
    pages: KvPages<'_>,
    sequences: &[CachedSequence<'_>],
    how: &CachedAttention<'_>,
) {
    let width = how.attention.width();
    let queries: usize = sequences.iter().map(|sequence| sequence.queries).sum();
    assert_eq!((out.len(), q.len()), (queries * width, queries * width), "cached attention");
    how.shape().check();
    let (tasks, work) = tasks(sequences, how);
    let dim = how.attention.head_dim;
    let room = ROWS.max(how.group()) * (CHUNK + dim + 2);
    let out = Shared::new(out);
    parallel::each_if(work >= SERIAL, tasks.len(), |number| {
        let task = &tasks[number];
        with_scores(room, |room| match pages {
            KvPages::F32(keys, values) => look_f32(&out, room, q, (keys, values), (task, how)),
            KvPages::Bf16(keys, values) => look_bf16(&out, room, q, (keys, values), (task, how)),
        });
    });
}

/// Some queries of one sequence, with all heads that share one head of keys.
struct Task<'a> {
    pages: &'a [u32],
    kv_head: usize,
    /// The row of the first query in `q`, and its position.
    row: usize,
    position: usize,
    queries: usize,
}

/// Cuts the work into tasks and tells how many products there are.
fn tasks<'a>(
    sequences: &[CachedSequence<'a>],
    how: &CachedAttention<'_>,
) -> (Vec<Task<'a>>, usize) {
    let block = (ROWS / how.group()).max(1);
    let (mut all, mut row, mut work) = (Vec::new(), 0, 0);
    for sequence in sequences {
        let end = sequence.first + sequence.queries;
        let room = sequence.pages.len() * how.page_tokens;
        assert!(end <= room, "{end} tokens, pages for {room}");
        for kv_head in 0..how.attention.kv_heads {
            for first in (0..sequence.queries).step_by(block) {
                all.push(Task {
                    pages: sequence.pages,
                    kv_head,
                    row: row + first,
                    position: sequence.first + first,
                    queries: block.min(sequence.queries - first),
                });
            }
        }
        let seen = how.window.map_or(end, |window| end.min(window + sequence.queries));
        work += sequence.queries * seen * how.attention.width();
        row += sequence.queries;
    }
    (all, work)
}

dispatched! {
    fn look_f32(
        out: &Shared,
        room: &mut [f32],
        q: &[f32],
        kv: (&[f32], &[f32]),
        task: (&Task<'_>, &CachedAttention<'_>),
    ) {
        look::<f32, FMA>(out, room, q, kv, task);
    }

    fn look_bf16(
        out: &Shared,
        room: &mut [f32],
        q: &[f32],
        kv: (&[bf16], &[bf16]),
        task: (&Task<'_>, &CachedAttention<'_>),
    ) {
        look::<bf16, FMA>(out, room, q, kv, task);
    }
}

/// A number of a page.
trait Entry: Copy {
    fn wide(self) -> f32;
}

impl Entry for f32 {
    #[inline(always)]
    fn wide(self) -> f32 {
        self
    }
}

impl Entry for bf16 {
    #[inline(always)]
    fn wide(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }
}

/// What a task sums up: a row for each query and head.
struct Sums<'a> {
    scores: &'a mut [f32],
    results: &'a mut [f32],
    highest: &'a mut [f32],
    totals: &'a mut [f32],
}

impl<'a> Sums<'a> {
    #[inline(always)]
    fn new(room: &'a mut [f32], rows: usize, dim: usize) -> Self {
        let (scores, room) = room.split_at_mut(rows * CHUNK);
        let (results, room) = room.split_at_mut(rows * dim);
        let (highest, room) = room.split_at_mut(rows);
        let totals = &mut room[..rows];
        results.fill(0.0);
        highest.fill(f32::NEG_INFINITY);
        totals.fill(0.0);
        Self { scores, results, highest, totals }
    }
}

#[inline(always)]
fn look<E: Entry, const FMA: bool>(
    out: &Shared,
    room: &mut [f32],
    q: &[f32],
    (keys, values): (&[E], &[E]),
    (task, how): (&Task<'_>, &CachedAttention<'_>),
) {
    let (dim, group, width) = (how.attention.head_dim, how.group(), how.attention.width());
    let rows = task.queries * group;
    let place = |row: usize| {
        let head = task.kv_head * group + row % group;
        (task.row + row / group) * width + head * dim
    };
    let mut sums = Sums::new(room, rows, dim);
    let (from, _) = how.seen(task.position);
    let (_, end) = how.seen(task.position + task.queries - 1);
    for chunk in (from / CHUNK * CHUNK..end).step_by(CHUNK) {
        // What no query of this task sees may hold anything: it is not looked at.
        let bounds = (from.max(chunk), end.min(chunk + CHUNK));
        let part = Part { task, how, chunk, bounds };
        part.score::<E, FMA>(&mut sums, |row| &q[place(row)..][..dim], keys);
        for row in 0..rows {
            part.weigh(&mut sums, row, row / group);
        }
        part.add::<E, FMA>(&mut sums, values);
    }
    for (row, (result, total)) in sums.results.chunks_exact(dim).zip(&*sums.totals).enumerate() {
        // SAFETY: no other task has this head of this row.
        let out = unsafe { out.slice(place(row), dim) };
        let scale = 1.0 / total;
        out.iter_mut().zip(result).for_each(|(out, x)| *out = x * scale);
    }
}

/// The part of a task that looks at one chunk of positions.
struct Part<'a> {
    task: &'a Task<'a>,
    how: &'a CachedAttention<'a>,
    chunk: usize,
    /// The first position that any query of the task sees, and the first behind.
    bounds: (usize, usize),
}

impl Part<'_> {
    /// Returns where a position's page has its head, and the slot.
    #[inline(always)]
    fn slot(&self, position: usize) -> (usize, usize) {
        let tokens = self.how.page_tokens;
        let page = self.task.pages[position / tokens] as usize;
        (self.how.shape().head(page, self.task.kv_head), position % tokens)
    }

    /// Multiplies all queries with the keys.
    #[inline(always)]
    fn score<'q, E: Entry, const FMA: bool>(
        &self,
        sums: &mut Sums<'_>,
        query: impl Fn(usize) -> &'q [f32],
        keys: &[E],
    ) {
        let dim = self.how.attention.head_dim;
        let rows = sums.totals.len();
        for square in (self.bounds.0 / SIDE * SIDE..self.bounds.1).step_by(SIDE) {
            let (head, slot) = self.slot(square);
            let keys = &keys[head + slot * dim..][..SIDE * dim];
            for first in (0..rows).step_by(TOGETHER) {
                let count = TOGETHER.min(rows - first);
                let at = first * CHUNK + square - self.chunk;
                let scores = (&mut sums.scores[at..], CHUNK);
                let left = |row: usize| query(first + row);
                some::<E, FMA, false>(scores, left, (keys, SIDE, dim), count);
            }
        }
    }

    /// Turns a row's scores into powers, and scales down what was summed up below a lower score.
    #[inline(always)]
    fn weigh(&self, sums: &mut Sums<'_>, row: usize, query: usize) {
        let scores = &mut sums.scores[row * CHUNK..(row + 1) * CHUNK];
        let (first, end) = self.how.seen(self.task.position + query);
        let first = first.clamp(self.chunk, self.chunk + CHUNK) - self.chunk;
        let end = end.clamp(self.chunk, self.chunk + CHUNK) - self.chunk;
        if first >= end {
            return scores.fill(0.0);
        }
        scores[..first].fill(f32::NEG_INFINITY);
        scores[end..].fill(f32::NEG_INFINITY);
        let scale = self.how.attention.scale;
        match self.how.soft_cap {
            None => scores.iter_mut().for_each(|x| *x *= scale),
            Some(cap) => {
                let (inner, seen) = (scale / cap, &mut scores[first..end]);
                seen.iter_mut().for_each(|x| *x = cap * tanh(*x * inner));
            }
        }
        let mut most = [f32::NEG_INFINITY; SIDE];
        for scores in scores.as_chunks::<SIDE>().0 {
            most.iter_mut().zip(scores).for_each(|(most, x)| *most = most.max(*x));
        }
        let before = sums.highest[row];
        let highest = most.iter().fold(before, |most, x| most.max(*x));
        scores.iter_mut().for_each(|x| *x = exp(*x - highest));
        // `exp` is never quite zero: what is not seen must be.
        scores[..first].fill(0.0);
        scores[end..].fill(0.0);
        let shrink = if before == f32::NEG_INFINITY { 0.0 } else { exp(before - highest) };
        sums.highest[row] = highest;
        sums.totals[row] = sums.totals[row] * shrink + sum(scores);
        if shrink != 1.0 {
            let dim = self.how.attention.head_dim;
            sums.results[row * dim..(row + 1) * dim].iter_mut().for_each(|x| *x *= shrink);
        }
    }

    /// Adds the values, each as often as its power says.
    #[inline(always)]
    fn add<E: Entry, const FMA: bool>(&self, sums: &mut Sums<'_>, values: &[E]) {
        let dim = self.how.attention.head_dim;
        let rows = sums.totals.len();
        let tokens = self.how.page_tokens;
        let (mut first, end) = self.bounds;
        while first < end {
            let next = end.min((first / tokens + 1) * tokens);
            let (head, slot) = self.slot(first);
            let values = &values[head + slot * dim..][..(next - first) * dim];
            let start = first - self.chunk;
            for row in (0..rows).step_by(TOGETHER) {
                let count = TOGETHER.min(rows - row);
                let power = |at: usize| {
                    let scores = &sums.scores[(row + at) * CHUNK + start..];
                    &scores[..next - first]
                };
                for lane in (0..dim / SIDE * SIDE).step_by(SIDE) {
                    let results = (&mut sums.results[row * dim + lane..], dim);
                    let values = (&values[lane..], dim, next - first);
                    some::<E, FMA, true>(results, power, values, count);
                }
                for at in 0..count {
                    for lane in dim / SIDE * SIDE..dim {
                        let result = &mut sums.results[(row + at) * dim + lane];
                        for (power, value) in power(at).iter().zip(values.chunks_exact(dim)) {
                            *result = fma::<FMA>(*power, value[lane].wide(), *result);
                        }
                    }
                }
            }
            first = next;
        }
    }
}

/// Multiplies up to eight rows with sixteen columns: sums begin with what is there, or with zero.
#[inline(always)]
fn some<'a, E: Entry, const FMA: bool, const KEEP: bool>(
    out: (&mut [f32], usize),
    left: impl Fn(usize) -> &'a [f32],
    right: (&[E], usize, usize),
    count: usize,
) {
    match count {
        1 => square::<E, FMA, KEEP, 1>(out, left, right),
        2 => square::<E, FMA, KEEP, 2>(out, left, right),
        3 => square::<E, FMA, KEEP, 3>(out, left, right),
        4 => square::<E, FMA, KEEP, 4>(out, left, right),
        5 => square::<E, FMA, KEEP, 5>(out, left, right),
        6 => square::<E, FMA, KEEP, 6>(out, left, right),
        7 => square::<E, FMA, KEEP, 7>(out, left, right),
        _ => square::<E, FMA, KEEP, TOGETHER>(out, left, right),
    }
}

#[inline(always)]
fn square<'a, E: Entry, const FMA: bool, const KEEP: bool, const R: usize>(
    (out, pitch): (&mut [f32], usize),
    left: impl Fn(usize) -> &'a [f32],
    (right, stride, depth): (&[E], usize, usize),
) {
    let rows: [&[f32]; R] = std::array::from_fn(|row| &left(row)[..depth]);
    let mut sums = [[0.0_f32; SIDE]; R];
    if KEEP {
        for (row, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&out[row * pitch..][..SIDE]);
        }
    }
    for step in 0..depth {
        let Some(entries) = right[step * stride..].first_chunk::<SIDE>() else { return };
        let wide = entries.map(Entry::wide);
        for (sums, row) in sums.iter_mut().zip(&rows) {
            for (sum, x) in sums.iter_mut().zip(&wide) {
                *sum = fma::<FMA>(row[step], *x, *sum);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        out[row * pitch..][..SIDE].copy_from_slice(sums);
    }
}
