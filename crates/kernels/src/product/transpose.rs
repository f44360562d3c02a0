//! Turning rows into columns, sixteen by sixteen.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256i, __m512i, _mm_loadu_si128, _mm256_castps_si256, _mm256_cvtepu16_epi32, _mm256_cvtph_ps,
    _mm256_loadu_si256, _mm256_permute2x128_si256, _mm256_setzero_si256, _mm256_slli_epi32,
    _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32,
    _mm256_unpacklo_epi64, _mm512_castps_si512, _mm512_cvtepu16_epi32, _mm512_cvtph_ps,
    _mm512_loadu_si512, _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_slli_epi32,
    _mm512_storeu_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64,
};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};

use crate::dispatch::{Level, level};
use crate::parallel::{self, Shared};
use crate::product::SERIAL;
use crate::product::micro::LANES;
use crate::weights::f16_to_f32;

/// How numbers lie in the rows that are turned; what is written is 32 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// 32 bits: an f32, or a pair of bf16.
    Whole,
    /// bf16, to be widened.
    Bf16,
    /// f16, to be widened.
    F16,
}

impl Source {
    fn bytes(self) -> usize {
        if self == Self::Whole { 4 } else { 2 }
    }

    /// Reads one number.
    ///
    /// # Safety
    /// It must be there.
    unsafe fn read(self, at: *const u8) -> u32 {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Whole => at.cast::<u32>().read_unaligned(),
                Self::Bf16 => u32::from(at.cast::<u16>().read_unaligned()) << 16,
                Self::F16 => f16_to_f32(at.cast::<u16>().read_unaligned()).to_bits(),
            }
        }
    }
}

/// Up to sixteen rows, and where their columns go.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) source: Source,
    /// The first number of the first row.
    pub(super) from: *const u8,
    /// Bytes from row to row.
    pub(super) stride: usize,
    /// At most sixteen; those that are missing are taken for zeros.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// What comes after these rows; it is asked for ahead of time, as much as is read here.
    pub(super) next: *const u8,
    /// Where what is turned after this begins, rows as far apart as here; asked for likewise.
    pub(super) ahead: *const u8,
    /// Where the first column goes; sixteen numbers are written for each.
    pub(super) to: *mut u32,
    /// Numbers from column to column, at least sixteen.
    pub(super) pitch: usize,
}

/// Turns up to sixteen rows.
///
/// # Safety
/// All rows must be there, and room for all columns, which belongs to this call.
pub(super) unsafe fn turn_rows(turn: &Turn) {
    // SAFETY: the caller's promise, and the level says what the processor has.
    let done = unsafe {
        match (level(), turn.source) {
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, Source::Whole) => avx2::<0>(turn),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, Source::Bf16) => avx2::<1>(turn),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, Source::F16) => avx2::<2>(turn),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512 | Level::Vnni | Level::Bf16, Source::Whole) => avx512::<0>(turn),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512 | Level::Vnni | Level::Bf16, Source::Bf16) => avx512::<1>(turn),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512 | Level::Vnni | Level::Bf16, Source::F16) => avx512::<2>(turn),
            _ => 0,
        }
    };
    for column in done..turn.columns {
        let from = turn.from.wrapping_add(column * turn.source.bytes());
        let to = turn.to.wrapping_add(column * turn.pitch);
        for row in 0..LANES {
            // SAFETY: the caller's promise.
            unsafe {
                let is_there = row < turn.rows;
                let at = from.wrapping_add(row * turn.stride);
                *to.add(row) = if is_there { turn.source.read(at) } else { 0 };
            }
        }
    }
}

/// Writes the `columns × rows` matrix whose columns are the rows of `x`.
pub(super) fn turn(out: &mut [f32], x: &[f32], (rows, columns): (usize, usize)) {
    let out = Shared::new(out);
    parallel::each_if(x.len() >= SERIAL, columns.div_ceil(LANES), |stripe| {
        let first = stripe * LANES;
        let count = LANES.min(columns - first);
        let whole = if count == LANES { rows / LANES * LANES } else { 0 };
        for row in (0..whole).step_by(LANES) {
            let turn = Turn {
                source: Source::Whole,
                from: x[row * columns + first..].as_ptr().cast(),
                stride: 4 * columns,
                rows: LANES,
                columns: LANES,
                next: x.as_ptr().wrapping_add((row + LANES) * columns + first).cast(),
                ahead: x.as_ptr().wrapping_add((row + LANES) * columns + first).cast(),
                to: out.at(first * rows + row).cast(),
                pitch: rows,
            };
            // SAFETY: sixteen rows and columns are left on both sides, and no other task writes
            // these.
            unsafe { turn_rows(&turn) };
        }
        // SAFETY: no other task has these columns.
        let out = unsafe { out.slice(first * rows, count * rows) };
        for (column, out) in out.chunks_exact_mut(rows).enumerate() {
            for (row, out) in out.iter_mut().enumerate().skip(whole) {
                *out = x[row * columns + first + column];
            }
        }
    });
}

/// Turns whole squares of sixteen columns and returns how many columns that were.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn avx512<const SOURCE: u8>(turn: &Turn) -> usize {
    let done = turn.columns / LANES * LANES;
    let width = if SOURCE == 0 { 4 } else { 2 };
    for first in (0..done).step_by(LANES) {
        let mut rows = [_mm512_setzero_si512(); LANES];
        for (row, numbers) in rows.iter_mut().enumerate() {
            if row < turn.rows {
                let at = turn.from.wrapping_add(row * turn.stride + first * width);
                // SAFETY: the caller's promise; asking for what is not there does nothing.
                *numbers = unsafe {
                    let ahead = turn.next.wrapping_add((first + row) * 64);
                    _mm_prefetch::<_MM_HINT_T1>(ahead.cast());
                    match SOURCE {
                        0 => _mm512_loadu_si512(at.cast()),
                        1 => _mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(_mm256_loadu_si256(
                            at.cast(),
                        ))),
                        _ => _mm512_castps_si512(_mm512_cvtph_ps(_mm256_loadu_si256(at.cast()))),
                    }
                };
            }
        }
        for (column, numbers) in square512(rows).iter().enumerate() {
            let to = turn.to.wrapping_add((first + column) * turn.pitch);
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_si512(to.cast(), *numbers) };
        }
    }
    done
}

/// Turns a square: by pairs of numbers, by pairs of pairs, then by quarters of vectors.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f")]
fn square512(rows: [__m512i; 16]) -> [__m512i; 16] {
    let mut pairs = rows;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    for i in (0..16).step_by(4) {
        fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
        fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
        fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    let mut columns = fours;
    for i in 0..4 {
        let [a, b, c, d] = [fours[i], fours[4 + i], fours[8 + i], fours[12 + i]];
        let low = [_mm512_shuffle_i32x4::<0x44>(a, b), _mm512_shuffle_i32x4::<0x44>(c, d)];
        let high = [_mm512_shuffle_i32x4::<0xee>(a, b), _mm512_shuffle_i32x4::<0xee>(c, d)];
        columns[i] = _mm512_shuffle_i32x4::<0x88>(low[0], low[1]);
        columns[4 + i] = _mm512_shuffle_i32x4::<0xdd>(low[0], low[1]);
        columns[8 + i] = _mm512_shuffle_i32x4::<0x88>(high[0], high[1]);
        columns[12 + i] = _mm512_shuffle_i32x4::<0xdd>(high[0], high[1]);
    }
    columns
}

/// Turns whole squares of eight columns and returns how many columns that were.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn avx2<const SOURCE: u8>(turn: &Turn) -> usize {
    const SIDE: usize = 8;
    let done = turn.columns / SIDE * SIDE;
    let width = if SOURCE == 0 { 4 } else { 2 };
    for half in [0, SIDE] {
        for first in (0..done).step_by(SIDE) {
            if (first * width).is_multiple_of(64) {
                let ahead = turn.ahead.wrapping_add(half * turn.stride + first * width);
                for row in 0..SIDE {
                    let line = ahead.wrapping_add(row * turn.stride);
                    _mm_prefetch::<_MM_HINT_T0>(line.cast());
                }
            }
            let mut rows = [_mm256_setzero_si256(); SIDE];
            for (row, numbers) in rows.iter_mut().enumerate() {
                if half + row < turn.rows {
                    let at = turn.from.wrapping_add((half + row) * turn.stride + first * width);
                    // SAFETY: the caller's promise.
                    *numbers = unsafe {
                        match SOURCE {
                            0 => _mm256_loadu_si256(at.cast()),
                            1 => {
                                let narrow = _mm_loadu_si128(at.cast());
                                _mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(narrow))
                            }
                            _ => _mm256_castps_si256(_mm256_cvtph_ps(_mm_loadu_si128(at.cast()))),
                        }
                    };
                }
            }
            for (column, numbers) in square256(rows).iter().enumerate() {
                let to = turn.to.wrapping_add((first + column) * turn.pitch + half);
                // SAFETY: the caller's promise.
                unsafe { _mm256_storeu_si256(to.cast(), *numbers) };
            }
        }
    }
    done
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
fn square256(rows: [__m256i; 8]) -> [__m256i; 8] {
    let mut pairs = rows;
    for i in 0..4 {
        pairs[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    for i in [0, 4] {
        fours[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
        fours[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
        fours[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        fours[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    let mut columns = fours;
    for i in 0..4 {
        columns[i] = _mm256_permute2x128_si256::<0x20>(fours[i], fours[4 + i]);
        columns[4 + i] = _mm256_permute2x128_si256::<0x31>(fours[i], fours[4 + i]);
    }
    columns
}
