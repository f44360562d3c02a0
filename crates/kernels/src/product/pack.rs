//! Packing of the right factor: tiles of sixteen columns, one step after the other.

use half::{bf16, f16};

use super::gemm::{Factors, GROUP, Line, Right};
use super::micro::{Kind, LANES};
use super::transpose::{Source, Turn, turn_rows};
use crate::weights::{Weights, f16_to_f32, to_bf16};

/// The part of the right factor that is packed.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The first column.
    pub(super) column: usize,
    pub(super) columns: usize,
    /// The first step.
    pub(super) first: usize,
    /// How many steps.
    pub(super) depth: usize,
}

impl Place {
    /// Returns the tiles with their first columns and how many columns they have.
    fn tiles(&self) -> impl Iterator<Item = (usize, usize)> {
        let Self { column, columns, .. } = *self;
        let tile = move |at| (column + at, LANES.min(columns - at));
        (0..columns).step_by(LANES).map(tile)
    }
}

/// Packs tiles of `depth × 16` into `packed`; columns that are missing are zeros.
pub(super) fn pack(packed: &mut [u32], factors: &Factors<'_>, kind: Kind, place: &Place) {
    let k = factors.dims.k;
    let pairs = kind == Kind::Bf16;
    match factors.right {
        // Tiles are multiplied as they are, except for pairs where none are multiplied.
        Right::Rows(Weights::Packed(matrix)) => {
            let tiles = packed.chunks_exact_mut(place.depth * LANES);
            for ((column, _), tile) in place.tiles().zip(tiles) {
                let lines = matrix.lines(column / LANES, place.first + place.depth);
                widen_pairs(tile, lines, place.first);
            }
        }
        Right::Rows(weights) => pack_rows(packed, weights, k, (pairs, place)),
        Right::Columns(weights) => columns(packed, weights, factors, (pairs, place)),
    }
}

/// Packs columns that are rows of weights of `k` columns, as they lie in a file.
pub(super) fn pack_rows(packed: &mut [u32], weights: Weights, k: usize, how: (bool, &Place)) {
    let (pairs, place) = how;
    let (from, source) = match weights {
        Weights::F32(w) => (w.as_ptr().cast::<u8>(), Source::Whole),
        Weights::Bf16(w) if pairs => (w.as_ptr().cast(), Source::Whole),
        Weights::Bf16(w) => (w.as_ptr().cast(), Source::Bf16),
        Weights::F16(w) => (w.as_ptr().cast(), Source::F16),
        Weights::Packed(_) | Weights::Quant(_) => {
            unreachable!("tiles are no rows")
        }
    };
    let bytes = if matches!(weights, Weights::F32(_)) { 4 } else { 2 };
    assert!((place.column + place.columns) * k <= weights.len(), "packing rows");
    // SAFETY: the rows are there.
    unsafe { rows(packed, (from, source, bytes), k, (pairs, place)) };
}

/// Packs columns that are rows of the weights.
///
/// # Safety
/// `from` must point to a matrix with rows of `k` that has the columns and steps of `place`.
unsafe fn rows(
    packed: &mut [u32],
    (from, source, bytes): (*const u8, Source, usize),
    k: usize,
    (pairs, place): (bool, &Place),
) {
    let step = if pairs { 2 * bytes } else { bytes };
    let half = pairs && k % 2 == 1 && place.first + place.depth == k.div_ceil(2);
    let whole = place.depth - usize::from(half);
    let tiles = packed.chunks_exact_mut(place.depth * LANES);
    // The group of columns behind this one lies behind it in memory, too.
    let group = from.wrapping_add((place.column + place.columns) * k * bytes);
    let mut done = place.columns * place.first * step;
    for ((column, count), tile) in place.tiles().zip(tiles) {
        let first = from.wrapping_add(column * k * bytes);
        let behind = (place.first + place.depth) * step;
        let ahead = if behind < k * bytes { behind } else { LANES * k * bytes };
        let turn = Turn {
            source,
            from: first.wrapping_add(place.first * step),
            stride: k * bytes,
            rows: count,
            columns: whole,
            next: group.wrapping_add(done),
            ahead: first.wrapping_add(ahead),
            to: tile.as_mut_ptr(),
            pitch: LANES,
        };
        // SAFETY: the rows are there by the caller's promise, and the tile has room.
        unsafe { turn_rows(&turn) };
        done += count * place.depth * step;
        if half {
            for (row, last) in tile[whole * LANES..].iter_mut().enumerate() {
                let at = first.wrapping_add((row * k + k - 1) * bytes).cast::<u16>();
                // SAFETY: as above; this is the last number of a row.
                *last = if row < count { u32::from(unsafe { at.read_unaligned() }) } else { 0 };
            }
        }
    }
}

/// Packs columns that are columns of the weights.
fn columns(packed: &mut [u32], weights: Weights, factors: &Factors<'_>, how: (bool, &Place)) {
    let (pairs, place) = how;
    let n = factors.dims.n;
    match weights {
        Weights::F32(w) => f32_columns(packed, w, n, place),
        Weights::Bf16(w) if pairs => bf16_pairs(packed, w, (n, factors.dims.k), place),
        Weights::Bf16(w) => bf16_columns(packed, w, n, place),
        Weights::F16(w) => f16_columns(packed, w, n, place),
        Weights::Packed(w) => {
            one_by_one(packed, |step, column| w.number(step, column), factors.dims.k, how);
        }
        Weights::Quant(w) => {
            let per_step = if pairs { 2 } else { 1 };
            for step in 0..place.depth {
                let mut both = [[0.0_f32; GROUP]; 2];
                for (half, numbers) in both.iter_mut().enumerate().take(per_step) {
                    let row = (place.first + step) * per_step + half;
                    if row < factors.dims.k {
                        w.copy_part(row, place.column, &mut numbers[..place.columns]);
                    }
                }
                for (lane, (low, high)) in both[0].iter().zip(&both[1]).enumerate() {
                    let at = (lane / LANES * place.depth + step) * LANES + lane % LANES;
                    if let Some(packed) = packed.get_mut(at) {
                        let pair = u32::from(to_bf16(*low)) | u32::from(to_bf16(*high)) << 16;
                        *packed = if pairs { pair } else { low.to_bits() };
                    }
                }
            }
        }
    }
}

/// Packs numbers that are asked for by row and column of the right factor.
fn one_by_one(
    packed: &mut [u32],
    number: impl Fn(usize, usize) -> f32,
    k: usize,
    (pairs, place): (bool, &Place),
) {
    let tiles = packed.chunks_exact_mut(place.depth * LANES);
    for ((column, count), tile) in place.tiles().zip(tiles) {
        for (step, lanes) in tile.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            lanes.fill(0);
            let step = place.first + step;
            for (lane, column) in lanes.iter_mut().zip(column..column + count) {
                *lane = if pairs {
                    let half = |at| if at < k { to_bf16(number(at, column)) } else { 0 };
                    u32::from(half(2 * step)) | u32::from(half(2 * step + 1)) << 16
                } else {
                    number(step, column).to_bits()
                };
            }
        }
    }
}

#[inline(always)]
fn widened<T: Copy>(packed: &mut [u32], w: &[T], n: usize, place: &Place, bits: impl Fn(T) -> u32) {
    let tiles = packed.chunks_exact_mut(place.depth * LANES);
    for ((column, count), tile) in place.tiles().zip(tiles) {
        for (step, lanes) in tile.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let row = &w[(place.first + step) * n + column..];
            if let Some(row) = row.first_chunk::<LANES>().filter(|_| count == LANES) {
                for (lane, x) in lanes.iter_mut().zip(row) {
                    *lane = bits(*x);
                }
            } else {
                lanes.fill(0);
                lanes.iter_mut().zip(&row[..count]).for_each(|(lane, x)| *lane = bits(*x));
            }
        }
    }
}

crate::dispatch::dispatched! {
    /// Takes the numbers of pairs apart, from the number `first` of each row on.
    fn widen_pairs(tile: &mut [u32], lines: &[Line], first: usize) {
        let (steps, _) = tile.as_chunks_mut::<LANES>();
        for (step, out) in (first..).zip(steps) {
            let Line(pairs) = &lines[step / 2];
            if step.is_multiple_of(2) {
                out.iter_mut().zip(pairs).for_each(|(out, pair)| *out = pair << 16);
            } else {
                out.iter_mut().zip(pairs).for_each(|(out, pair)| *out = pair & 0xffff_0000);
            }
        }
    }

    fn f32_columns(packed: &mut [u32], w: &[f32], n: usize, place: &Place) {
        widened(packed, w, n, place, f32::to_bits);
    }

    fn bf16_columns(packed: &mut [u32], w: &[bf16], n: usize, place: &Place) {
        widened(packed, w, n, place, |x| u32::from(x.to_bits()) << 16);
    }

    fn f16_columns(packed: &mut [u32], w: &[f16], n: usize, place: &Place) {
        widened(packed, w, n, place, |x| f16_to_f32(x.to_bits()).to_bits());
    }

    fn bf16_pairs(packed: &mut [u32], w: &[bf16], shape: (usize, usize), place: &Place) {
        let (n, k) = shape;
        let tiles = packed.chunks_exact_mut(place.depth * LANES);
        for ((column, count), tile) in place.tiles().zip(tiles) {
            for (step, lanes) in tile.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let row = 2 * (place.first + step);
                let low = &w[row * n + column..];
                let high = if row + 1 < k { &w[(row + 1) * n + column..] } else { &[] };
                let whole = (low.first_chunk::<LANES>(), high.first_chunk::<LANES>());
                if let (LANES, (Some(low), Some(high))) = (count, whole) {
                    for (lane, (low, high)) in lanes.iter_mut().zip(low.iter().zip(high)) {
                        *lane = u32::from(low.to_bits()) | u32::from(high.to_bits()) << 16;
                    }
                } else {
                    lanes.fill(0);
                    for (lane, x) in lanes.iter_mut().zip(&low[..count]) {
                        *lane = u32::from(x.to_bits());
                    }
                    for (lane, x) in lanes.iter_mut().zip(high.iter().take(count)) {
                        *lane |= u32::from(x.to_bits()) << 16;
                    }
                }
            }
        }
    }
}
