//! Attention to what pages remember: of one token of each of many sequences, and of a part of a
//! prompt, by the same computation, so that both give the same bits.
//!
//! Keys are taken in chunks of 64 positions. Each chunk's scores are turned into powers below
//! the highest score so far, and what was summed up before is scaled down when a higher one
//! comes. Dao et al. 2022, algorithm 1; Milakov and Gimelshein 2018.

use half::slice::HalfFloatSliceExt;

use super::pages::SIDE;
use super::square::{BESIDE, Entries, PITCH, Squares, TOGETHER};
use super::{Attention, KvPages, PageShape, with_scores};
use crate::dispatch::{Level, dispatched, level};
use crate::math::{exp, sum, tanh};
use crate::parallel::{self, Shared};

/// Positions that are looked at together; a multiple of the tokens of every page.
const CHUNK: usize = PITCH;
/// Rows (queries times the heads that share keys) of one task: with 128 numbers in a head their
/// queries, sums and scores take 80 KiB.
const ROWS: usize = 64;
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
    let room = ROWS.max(how.group()) * (CHUNK + dim + 2 + dim.next_multiple_of(CHUNK));
    let out = Shared::new(out);
    let kv = Kv::new(pages);
    parallel::each_if(work >= SERIAL, tasks.len(), |number| {
        with_scores(room, |room| look(&out, room, q, &kv, (&tasks[number], how)));
    });
}

/// Keys and values, as they are read, with their scales where they have eight bits.
struct Kv<'a> {
    keys: Entries<'a>,
    values: Entries<'a>,
    scales: Option<[&'a [f32]; 2]>,
}

impl<'a> Kv<'a> {
    fn new(pages: KvPages<'a>) -> Self {
        let (keys, values, scales) = match pages {
            KvPages::F32(keys, values) => (Entries::F32(keys), Entries::F32(values), None),
            KvPages::Bf16(keys, values) => {
                let [keys, values] = [keys, values].map(|x| Entries::Bf16(x.reinterpret_cast()));
                (keys, values, None)
            }
            KvPages::Int8([keys, values], scales) => {
                (Entries::Int8(keys), Entries::Int8(values), Some(scales))
            }
        };
        Self { keys, values, scales }
    }
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

/// What a task works with: a row for each query and head.
struct Sums<'a> {
    /// The first 64 numbers of each query, then the next ones, and so on.
    queries: &'a mut [f32],
    scores: &'a mut [f32],
    results: &'a mut [f32],
    highest: &'a mut [f32],
    totals: &'a mut [f32],
}

impl<'a> Sums<'a> {
    #[inline(always)]
    fn new(room: &'a mut [f32], rows: usize, dim: usize) -> Self {
        let (queries, room) = room.split_at_mut(rows * dim.next_multiple_of(CHUNK));
        let (scores, room) = room.split_at_mut(rows * CHUNK);
        let (results, room) = room.split_at_mut(rows * dim);
        let (highest, room) = room.split_at_mut(rows);
        let totals = &mut room[..rows];
        results.fill(0.0);
        highest.fill(f32::NEG_INFINITY);
        totals.fill(0.0);
        Self { queries, scores, results, highest, totals }
    }
}

/// Computes one task.
fn look(
    out: &Shared,
    room: &mut [f32],
    q: &[f32],
    kv: &Kv<'_>,
    (task, how): (&Task<'_>, &CachedAttention<'_>),
) {
    let (dim, group, width) = (how.attention.head_dim, how.group(), how.attention.width());
    let rows = task.queries * group;
    let place = |row: usize| {
        let head = task.kv_head * group + row % group;
        (task.row + row / group) * width + head * dim
    };
    let mut sums = Sums::new(room, rows, dim);
    for row in 0..rows {
        for (piece, numbers) in q[place(row)..][..dim].chunks(CHUNK).enumerate() {
            let at = (piece * rows + row) * CHUNK;
            sums.queries[at..at + numbers.len()].copy_from_slice(numbers);
        }
    }
    let (from, _) = how.seen(task.position);
    let (_, end) = how.seen(task.position + task.queries - 1);
    for chunk in (from / CHUNK * CHUNK..end).step_by(CHUNK) {
        // What no query of this task sees may hold anything: it is not looked at.
        let bounds = (from.max(chunk), end.min(chunk + CHUNK));
        let part = Part { task, how, chunk, bounds, end, level: level() };
        part.score(&mut sums, kv);
        weigh(&part, &mut sums);
        part.add(&mut sums, kv);
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
    /// The first position that no query of the task sees.
    end: usize,
    level: Level,
}

dispatched! {
    /// Turns the scores of all rows into powers.
    fn weigh(part: &Part<'_>, sums: &mut Sums<'_>) {
        for row in 0..sums.totals.len() {
            part.weigh_row(sums, row, row / part.how.group());
        }
    }
}

impl Part<'_> {
    /// Returns where the numbers of a position's value begin, and of its key's square where it is
    /// the first of one.
    #[inline(always)]
    fn place(&self, position: usize) -> usize {
        let tokens = self.how.page_tokens;
        let page = self.task.pages[position / tokens] as usize;
        let head = self.how.shape().head(page, self.task.kv_head);
        head + position % tokens * self.how.attention.head_dim
    }

    /// Multiplies all queries with the keys.
    fn score(&self, sums: &mut Sums<'_>, kv: &Kv<'_>) {
        let dim = self.how.attention.head_dim;
        let rows = sums.totals.len();
        let start = self.bounds.0 / SIDE * SIDE;
        let (mut places, mut count) = ([0; BESIDE], 0);
        for place in (start..self.bounds.1).step_by(SIDE) {
            // Pages lie anywhere: the processor does not guess the next one.
            if place + CHUNK < self.end {
                let next = self.place(place + CHUNK);
                kv.keys.from(next).ask_for(SIDE * dim);
                kv.values.from(next).ask_for(SIDE * dim);
            }
            places[count] = self.place(place);
            count += 1;
        }
        for piece in 0..dim.div_ceil(CHUNK) {
            for first in (0..rows).step_by(TOGETHER) {
                let mut squares = Squares {
                    out: (&mut sums.scores[first * CHUNK + start - self.chunk..], CHUNK),
                    left: &sums.queries[(piece * rows + first) * CHUNK..],
                    right: (kv.keys.from(piece * CHUNK * SIDE), SIDE),
                    places: &places[..count],
                    depth: CHUNK.min(dim - piece * CHUNK),
                    keep: piece > 0,
                };
                squares.multiply(self.level, TOGETHER.min(rows - first));
            }
        }
        if let Some([scales, _]) = kv.scales {
            for place in (start..self.bounds.1).step_by(SIDE) {
                self.scale(sums, (place, SIDE), scales);
            }
        }
    }

    /// Multiplies the scores of some positions of a page by the scales of their tokens.
    fn scale(&self, sums: &mut Sums<'_>, (place, count): (usize, usize), scales: &[f32]) {
        let tokens = self.how.page_tokens;
        let slot = (self.task.pages[place / tokens] as usize, place % tokens);
        let scales = &scales[self.how.shape().scale(slot, self.task.kv_head)..][..count];
        for row in sums.scores.chunks_exact_mut(CHUNK) {
            row[place - self.chunk..].iter_mut().zip(scales).for_each(|(x, scale)| *x *= scale);
        }
    }

    /// Turns a row's scores into powers, and scales down what was summed up below a lower score.
    #[inline(always)]
    fn weigh_row(&self, sums: &mut Sums<'_>, row: usize, query: usize) {
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
    fn add(&self, sums: &mut Sums<'_>, kv: &Kv<'_>) {
        let dim = self.how.attention.head_dim;
        let rows = sums.totals.len();
        let tokens = self.how.page_tokens;
        let (mut first, end) = self.bounds;
        while first < end {
            let next = end.min((first / tokens + 1) * tokens);
            let values = kv.values.from(self.place(first));
            let (start, depth) = (first - self.chunk, next - first);
            if let Some([_, scales]) = kv.scales {
                self.scale(sums, (first, depth), scales);
            }
            for row in (0..rows).step_by(TOGETHER) {
                for lane in (0..dim / SIDE * SIDE).step_by(BESIDE * SIDE) {
                    let count = BESIDE.min((dim - lane) / SIDE);
                    let mut squares = Squares {
                        out: (&mut sums.results[row * dim + lane..], dim),
                        left: &sums.scores[row * CHUNK + start..],
                        right: (values.from(lane), dim),
                        places: &[0, SIDE, 2 * SIDE, 3 * SIDE][..count],
                        depth,
                        keep: true,
                    };
                    squares.multiply(self.level, TOGETHER.min(rows - row));
                }
            }
            for (row, powers) in sums.scores.chunks_exact(CHUNK).enumerate() {
                for lane in dim / SIDE * SIDE..dim {
                    let result = &mut sums.results[row * dim + lane];
                    for (step, power) in powers[start..start + depth].iter().enumerate() {
                        *result += power * values.get(step * dim + lane);
                    }
                }
            }
            first = next;
        }
    }
}
