//! The product that all others are made of: panels of the right factor are packed on the fly and
//! multiplied with all rows of the left one.
//!
//! Each number of the result is one sum, taken in the order of the columns of the left factor,
//! whatever the number of rows. So a row's result does not depend on its batch.

use std::cell::RefCell;

use crate::dispatch::level;
use crate::parallel::{self, Shared};
use crate::product::micro::{self, Kind, LANES, ROWS, Step, TILES};
use crate::product::{Dims, PackedMatrix, Precision, pack};
use crate::weights::{Weights, to_bf16};

/// What the sums start from.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// Nothing.
    Zero,
    /// A number for each column.
    Bias(&'a [f32]),
    /// What is there.
    Kept,
}

/// The right factor of a product.
#[derive(Clone, Copy)]
pub(super) enum Right<'a> {
    /// Its columns are the rows of these weights.
    Rows(Weights<'a>),
    /// Its columns are the columns of these weights.
    Columns(Weights<'a>),
}

/// `left` is `m × k`, `right` is `k × n`.
pub(super) struct Factors<'a> {
    pub(super) left: &'a [f32],
    pub(super) right: Right<'a>,
    pub(super) dims: Dims,
}

impl Kind {
    /// Returns how many columns one task computes. With few rows the weights are read once, and
    /// 256-bit vectors read sixteen rows of them to their ends, which prefetchers follow.
    fn width(self, rows: usize) -> usize {
        if self == Self::Avx2 && rows <= FEW { LANES } else { GROUP }
    }
}

impl Factors<'_> {
    fn kind(&self) -> Kind {
        let (Right::Rows(weights) | Right::Columns(weights)) = self.right;
        let is_bf16 = match weights {
            Weights::Bf16(_) | Weights::Quant(_) => true,
            Weights::Packed(matrix) => matrix.precision() == Precision::Bf16,
            Weights::F32(_) | Weights::F16(_) => false,
        };
        match (Kind::of(level(), is_bf16), self.right) {
            // Many rows are worth taking pairs apart once; an odd number at the end is no pair.
            (Kind::Avx2, Right::Rows(Weights::Packed(matrix)))
                if matrix.precision() == Precision::Bf16
                    && self.dims.m <= FEW
                    && self.dims.k.is_multiple_of(2) =>
            {
                Kind::Avx2Pairs
            }
            (kind, _) => kind,
        }
    }

    /// Returns the right factor where it lies in the tiles that `kind` multiplies.
    fn ready(&self, kind: Kind) -> Option<&PackedMatrix> {
        let Right::Rows(Weights::Packed(matrix)) = self.right else { return None };
        let pairs = matrix.precision() == Precision::Bf16;
        let takes_pairs = matches!(kind, Kind::Bf16 | Kind::Avx2Pairs);
        (pairs == takes_pairs).then_some(matrix)
    }
}

/// Columns of the result that one task computes: what the largest microkernel does at once.
pub(super) const GROUP: usize = TILES * LANES;
/// Steps that are packed at once: 64 KiB of a group, which stays in the second cache.
const DEPTH: usize = 256;
/// Steps where there are few rows: 16 KiB, which stays in the first cache.
const DEPTH_FEW: usize = 64;
/// Rows up to which a packed panel is used so little that packing it is most of the work.
const FEW: usize = 2 * ROWS;
/// Rows of the result below which its columns alone are shared between threads.
const BLOCK: usize = 96;

/// A line of the cache, so that packed tiles begin where one begins.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u32; LANES]);

thread_local! {
    static PANEL: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    static LEFT: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Computes the product into `out`, which is `m × n`.
pub(super) fn run(out: &mut [f32], start: Start<'_>, factors: &Factors<'_>) {
    let Dims { m, n, .. } = factors.dims;
    if m == 0 || n == 0 {
        return;
    }
    let kind = factors.kind();
    if kind == Kind::Bf16 {
        let mut halves = LEFT.take();
        let stride = factors.dims.k.div_ceil(2);
        halves.resize(m * stride, 0);
        round_rows(&mut halves, factors);
        tasks(out, start, factors, (kind, Left { data: halves.as_ptr(), stride }));
        LEFT.set(halves);
    } else {
        let left = Left { data: factors.left.as_ptr().cast(), stride: factors.dims.k };
        tasks(out, start, factors, (kind, left));
    }
}

/// The left factor as the microkernels read it: f32, or pairs of bf16.
#[derive(Clone, Copy)]
struct Left {
    data: *const u32,
    /// Steps from row to row.
    stride: usize,
}

// SAFETY: it is only read, while the borrow that it was made from lives.
unsafe impl Sync for Left {}

/// Rounds the left factor to pairs of bf16; a pair that is half empty ends with zero.
fn round_rows(halves: &mut [u32], factors: &Factors<'_>) {
    let Dims { m, k, .. } = factors.dims;
    let stride = k.div_ceil(2).max(1);
    let rows = (parallel::GRAIN / k.max(1)).clamp(1, m);
    parallel::chunks(halves, rows * stride, |part, halves| {
        for (row, halves) in halves.chunks_exact_mut(stride).enumerate() {
            let row = (part * rows + row) * k;
            round_row(halves, &factors.left[row..row + k]);
        }
    });
}

crate::dispatch::dispatched! {
    fn round_row(halves: &mut [u32], x: &[f32]) {
        let (pairs, last) = x.as_chunks::<2>();
        for (half, [low, high]) in halves.iter_mut().zip(pairs) {
            *half = u32::from(to_bf16(*low)) | u32::from(to_bf16(*high)) << 16;
        }
        if let [last] = last {
            halves[pairs.len()] = u32::from(to_bf16(*last));
        }
    }
}

/// Parts that each thread gets where there are few rows, so that none waits long for another.
const SHARES: usize = 4;

/// Shares the result between threads: by columns, and by rows where there are few columns.
fn tasks(out: &mut [f32], start: Start<'_>, factors: &Factors<'_>, (kind, left): (Kind, Left)) {
    let Dims { m, n, .. } = factors.dims;
    let width = kind.width(m);
    let groups = n.div_ceil(width);
    // With few rows a thread has groups one after the other, whose weights come as one stream.
    let share = if m <= FEW { groups.div_ceil(SHARES * parallel::threads()) } else { 1 };
    let wanted = (4 * parallel::threads()).div_ceil(groups);
    let blocks = wanted.min(m.div_ceil(BLOCK)).max(1);
    let rows = m.div_ceil(blocks).next_multiple_of(ROWS);
    let blocks = m.div_ceil(rows);
    let out = Shared::new(out);
    let shares = groups.div_ceil(share);
    // Threads that take tasks in turn are far from each other: neighbors would write to the same
    // lines of the cache where rows do not begin with one.
    let streams = parallel::threads().min(shares);
    let per_stream = shares.div_ceil(streams);
    parallel::each_if(factors.dims.is_large(), streams * per_stream * blocks, |task| {
        let (number, block) = (task / blocks, task % blocks);
        let first = (number % streams * per_stream + number / streams) * share;
        for group in first..groups.min(first + share) {
            let part = Part {
                factors,
                kind,
                left,
                column: group * width,
                columns: width.min(n - group * width),
                rows: (block * rows, rows.min(m - block * rows)),
            };
            // SAFETY: no other task has these columns of these rows.
            unsafe {
                part.begin(&out, start);
                PANEL.with_borrow_mut(|panel| part.multiply(&out, panel));
            }
        }
    });
}

/// Packed tiles of some steps of the right factor.
struct Tiles {
    tiles: *const u32,
    /// Steps from tile to tile.
    pitch: usize,
    /// The first step of the product, and how many there are.
    first: usize,
    depth: usize,
}

/// The part of a product that one task computes.
struct Part<'a> {
    factors: &'a Factors<'a>,
    kind: Kind,
    left: Left,
    column: usize,
    columns: usize,
    /// The first row and their count.
    rows: (usize, usize),
}

impl Part<'_> {
    /// Writes what the sums start from.
    ///
    /// # Safety
    /// Nobody else may have these columns of these rows of `out`.
    unsafe fn begin(&self, out: &Shared, start: Start<'_>) {
        for row in self.rows.0..self.rows.0 + self.rows.1 {
            // SAFETY: as promised.
            let out = unsafe { out.slice(row * self.factors.dims.n + self.column, self.columns) };
            match start {
                Start::Zero => out.fill(0.0),
                Start::Bias(bias) => out.copy_from_slice(&bias[self.column..][..self.columns]),
                Start::Kept => {}
            }
        }
    }

    /// Adds the product.
    ///
    /// # Safety
    /// As for [`Self::begin`].
    unsafe fn multiply(&self, out: &Shared, panel: &mut Vec<Line>) {
        let steps = self.kind.steps(self.factors.dims.k);
        if let Some(matrix) = self.factors.ready(self.kind) {
            for first in (0..steps).step_by(DEPTH) {
                let tiles = matrix.at(self.column / LANES, first);
                let right = Tiles { tiles, pitch: steps, first, depth: DEPTH.min(steps - first) };
                // SAFETY: as promised.
                unsafe { self.sweep(out, &right) };
            }
            return;
        }
        panel.resize(TILES * DEPTH, Line([0; LANES]));
        let is_narrow = self.kind.width(self.rows.1) == LANES;
        let deepest = if self.rows.1 <= FEW && !is_narrow { DEPTH_FEW } else { DEPTH };
        for first in (0..steps).step_by(deepest) {
            let depth = deepest.min(steps - first);
            let lines = &mut panel[..self.columns.div_ceil(LANES) * depth];
            let start = lines.as_mut_ptr().cast::<u32>();
            // SAFETY: a line is sixteen numbers and nothing else.
            let packed = unsafe { std::slice::from_raw_parts_mut(start, lines.len() * LANES) };
            let place = pack::Place { column: self.column, columns: self.columns, first, depth };
            pack::pack(packed, self.factors, self.kind, &place);
            let right = Tiles { tiles: packed.as_ptr(), pitch: depth, first, depth };
            // SAFETY: as promised.
            unsafe { self.sweep(out, &right) };
        }
    }

    /// Multiplies all rows with one packed panel.
    ///
    /// # Safety
    /// As for [`Self::begin`].
    unsafe fn sweep(&self, out: &Shared, right: &Tiles) {
        let (n, full) = (self.factors.dims.n, self.columns / LANES);
        let first = right.first * self.kind.lefts();
        let together = self.kind.rows();
        for row in (self.rows.0..self.rows.0 + self.rows.1).step_by(together) {
            let rows = together.min(self.rows.0 + self.rows.1 - row);
            let step = Step {
                left: self.left.data.wrapping_add(row * self.left.stride + first),
                left_stride: self.left.stride,
                tiles: right.tiles,
                pitch: right.pitch,
                depth: right.depth,
                out: out.at(row * n + self.column),
                out_stride: n,
            };
            // SAFETY: the panel has `full` tiles of `depth`, the left factor these rows and
            // steps, and the result these rows and columns, which are this task's own.
            unsafe {
                micro::multiply(self.kind, &step, (rows, full));
                if full * LANES < self.columns {
                    self.edge(&step, (rows, full));
                }
            }
        }
    }

    /// Computes the last tile where the result does not have all of its columns.
    ///
    /// # Safety
    /// As for [`micro::multiply`], with the columns that are left.
    unsafe fn edge(&self, step: &Step, (rows, full): (usize, usize)) {
        let mut all = [[0.0_f32; LANES]; ROWS];
        let count = self.columns - full * LANES;
        for (row, all) in all.iter_mut().enumerate().take(rows) {
            let out = step.out.wrapping_add(row * step.out_stride + full * LANES);
            // SAFETY: these columns of these rows are this task's own.
            unsafe { all.as_mut_ptr().copy_from_nonoverlapping(out, count) };
        }
        let tiles = step.tiles.wrapping_add(full * step.pitch * LANES);
        let inner = Step { tiles, out: all.as_mut_ptr().cast(), out_stride: LANES, ..*step };
        // SAFETY: as promised, and `all` has room for whole rows.
        unsafe { micro::multiply(self.kind, &inner, (rows, 1)) };
        for (row, all) in all.iter().enumerate().take(rows) {
            let out = step.out.wrapping_add(row * step.out_stride + full * LANES);
            // SAFETY: as above.
            unsafe { out.copy_from_nonoverlapping(all.as_ptr(), count) };
        }
    }
}
