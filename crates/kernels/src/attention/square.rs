//! Products of a few rows with squares of pages, sixteen columns each: the innermost loop of
//! attention.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, __m512, _MM_HINT_T1, _mm_loadl_epi64, _mm_loadu_si128, _mm_prefetch,
    _mm256_castsi256_ps, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm256_cvtepu16_epi32,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_slli_epi32, _mm256_storeu_ps, _mm512_castsi512_ps, _mm512_cvtepi8_epi32,
    _mm512_cvtepi32_ps, _mm512_cvtepu16_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps,
};

use super::pages::SIDE;
use crate::dispatch::Level;

/// Rows that are multiplied together.
pub(super) const TOGETHER: usize = 8;
/// Squares whose products are computed at once: with one row, each alone would wait for itself.
pub(super) const BESIDE: usize = 4;
/// Numbers from row to row of the left factor: one register addresses all rows.
pub(super) const PITCH: usize = 64;

/// Entries of pages, as they are read.
#[derive(Clone, Copy)]
pub(super) enum Entries<'a> {
    F32(&'a [f32]),
    /// The bits of bf16.
    Bf16(&'a [u16]),
    /// Multiples of scales that are not here.
    Int8(&'a [i8]),
}

impl<'a> Entries<'a> {
    /// Returns those from a place on.
    #[inline(always)]
    pub(super) fn from(&self, start: usize) -> Self {
        match self {
            Self::F32(entries) => Self::F32(&entries[start..]),
            Self::Bf16(entries) => Self::Bf16(&entries[start..]),
            Self::Int8(entries) => Self::Int8(&entries[start..]),
        }
    }

    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> f32 {
        match self {
            Self::F32(entries) => entries[at],
            Self::Bf16(entries) => f32::from_bits(u32::from(entries[at]) << 16),
            Self::Int8(entries) => f32::from(entries[at]),
        }
    }

    /// Asks for the first `count` entries ahead of time.
    pub(super) fn ask_for(&self, count: usize) {
        let (start, bytes) = (self.start(), self.width() * count);
        #[cfg(target_arch = "x86_64")]
        for at in (0..bytes).step_by(64) {
            // SAFETY: asking has no effect but on time, also where nothing is.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(start.wrapping_add(at).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (start, bytes);
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(entries) => entries.len(),
            Self::Bf16(entries) => entries.len(),
            Self::Int8(entries) => entries.len(),
        }
    }

    fn start(&self) -> *const u8 {
        match self {
            Self::F32(entries) => entries.as_ptr().cast(),
            Self::Bf16(entries) => entries.as_ptr().cast(),
            Self::Int8(entries) => entries.as_ptr().cast(),
        }
    }

    /// Returns the bytes of an entry.
    fn width(&self) -> usize {
        match self {
            Self::F32(_) => size_of::<f32>(),
            Self::Bf16(_) => size_of::<u16>(),
            Self::Int8(_) => size_of::<i8>(),
        }
    }
}

/// Products with up to [`BESIDE`] squares: `out[row] += Σ left[row][step] · square[step]`.
pub(super) struct Squares<'a> {
    /// Sixteen sums of each row for each square, side by side, and how far rows are apart.
    pub(super) out: (&'a mut [f32], usize),
    /// Rows of at least `depth` numbers, [`PITCH`] apart.
    pub(super) left: &'a [f32],
    /// Sixteen entries of each step, and how far steps are apart.
    pub(super) right: (Entries<'a>, usize),
    /// Where each square begins.
    pub(super) places: &'a [usize],
    pub(super) depth: usize,
    /// Whether sums go on from what is there; else they begin with zero.
    pub(super) keep: bool,
}

impl Squares<'_> {
    /// Multiplies up to [`TOGETHER`] rows. A sum is the same whatever is computed beside it.
    pub(super) fn multiply(&mut self, level: Level, rows: usize) {
        let (entries, stride) = self.right;
        let Some(last) = self.places.iter().max() else { return };
        if rows == 0 || self.depth == 0 {
            return;
        }
        assert!(rows <= TOGETHER && self.depth <= PITCH && self.places.len() <= BESIDE);
        assert!((rows - 1) * PITCH + self.depth <= self.left.len(), "rows of the left factor");
        assert!(last + (self.depth - 1) * stride + SIDE <= entries.len(), "the right factor");
        assert!((rows - 1) * self.out.1 + self.places.len() * SIDE <= self.out.0.len(), "sums");
        match level {
            // SAFETY: the level says what the processor has; lengths were compared.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(self, rows) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 | Level::Vnni | Level::Bf16 => unsafe { avx512(self, rows) },
            _ => self.portable(rows),
        }
    }

    fn portable(&mut self, rows: usize) {
        let (entries, stride) = self.right;
        for (row, (square, place)) in
            (0..rows).flat_map(|row| self.places.iter().enumerate().map(move |one| (row, one)))
        {
            let out = &mut self.out.0[row * self.out.1 + square * SIDE..][..SIDE];
            if !self.keep {
                out.fill(0.0);
            }
            for (step, x) in self.left[row * PITCH..][..self.depth].iter().enumerate() {
                for (lane, out) in out.iter_mut().enumerate() {
                    *out += x * entries.get(place + step * stride + lane);
                }
            }
        }
    }
}

/// Calls a function for the bytes of an entry, the number of rows, and the columns that it then
/// has at once.
macro_rules! chosen {
    ($call:ident, $width:literal, [$one:literal $two:literal $four:literal $six:literal],
     $squares:expr, $rows:expr) => {
        match $rows {
            1 => $call::<$width, 1, $one>($squares),
            2 => $call::<$width, 2, $two>($squares),
            3 => $call::<$width, 3, $four>($squares),
            4 => $call::<$width, 4, $four>($squares),
            5 => $call::<$width, 5, $six>($squares),
            6 => $call::<$width, 6, $six>($squares),
            7 => $call::<$width, 7, 1>($squares),
            _ => $call::<$width, TOGETHER, 1>($squares),
        }
    };
    ($call:ident, $columns:tt, $squares:expr, $rows:expr) => {
        match $squares.right.0.width() {
            1 => chosen!($call, 1, $columns, $squares, $rows),
            2 => chosen!($call, 2, $columns, $squares, $rows),
            _ => chosen!($call, 4, $columns, $squares, $rows),
        }
    };
}

/// Defines `all`, which computes all columns of some squares, a column being a vector of sums: so
/// many of them at once as registers have room for, and what is left alone.
#[cfg(target_arch = "x86_64")]
macro_rules! columns {
    ($features:literal, $lanes:literal, $zero:ident, $load:ident, $store:ident, $broadcast:ident,
     $fma:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn all<const WIDTH: usize, const R: usize, const C: usize>(
            squares: &mut Squares<'_>,
        ) {
            let (mut first, end) = (0, squares.places.len() * SIDE / $lanes);
            // SAFETY: the caller's promise; no column is beyond the last one.
            unsafe {
                while first + C <= end {
                    some::<WIDTH, R, C>(squares, first);
                    first += C;
                }
                while first < end {
                    some::<WIDTH, R, 1>(squares, first);
                    first += 1;
                }
            }
        }

        #[target_feature(enable = $features)]
        unsafe fn some<const WIDTH: usize, const R: usize, const C: usize>(
            squares: &mut Squares<'_>,
            first: usize,
        ) {
            let (left, pitch) = (squares.left.as_ptr(), squares.out.1);
            let mut right = [squares.right.0.start(); C];
            for (column, right) in (first..).zip(&mut right) {
                let (square, lane) = (column * $lanes / SIDE, column * $lanes % SIDE);
                *right = right.wrapping_add(WIDTH * (squares.places[square] + lane));
            }
            let out = squares.out.0.as_mut_ptr().wrapping_add(first * $lanes);
            let mut sums = [[$zero(); C]; R];
            // SAFETY: `multiply` compared all lengths.
            unsafe {
                if squares.keep {
                    for (row, sums) in sums.iter_mut().enumerate() {
                        for (column, sum) in sums.iter_mut().enumerate() {
                            *sum = $load(out.add(row * pitch + column * $lanes));
                        }
                    }
                }
                for step in 0..squares.depth {
                    let at = WIDTH * step * squares.right.1;
                    let mut wide = [$zero(); C];
                    for (wide, right) in wide.iter_mut().zip(&right) {
                        *wide = widened::<WIDTH>(right.add(at));
                    }
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let x = $broadcast(*left.add(row * PITCH + step));
                        for (sum, wide) in sums.iter_mut().zip(wide) {
                            *sum = $fma(x, wide, *sum);
                        }
                    }
                }
                for (row, sums) in sums.iter().enumerate() {
                    for (column, sum) in sums.iter().enumerate() {
                        $store(out.add(row * pitch + column * $lanes), *sum);
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512(squares: &mut Squares<'_>, rows: usize) {
    /// Reads sixteen entries.
    #[target_feature(enable = "avx512f")]
    unsafe fn widened<const WIDTH: usize>(entries: *const u8) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe {
            match WIDTH {
                1 => {
                    let narrow = _mm_loadu_si128(entries.cast());
                    _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(narrow))
                }
                2 => {
                    let narrow = _mm256_loadu_si256(entries.cast());
                    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(narrow)))
                }
                _ => _mm512_loadu_ps(entries.cast()),
            }
        }
    }

    columns!(
        "avx512f",
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps
    );
    // SAFETY: the caller's promise.
    unsafe { chosen!(all, [4 4 2 2], squares, rows) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(squares: &mut Squares<'_>, rows: usize) {
    /// Reads eight entries.
    #[target_feature(enable = "avx2")]
    unsafe fn widened<const WIDTH: usize>(entries: *const u8) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe {
            match WIDTH {
                1 => {
                    let narrow = _mm_loadl_epi64(entries.cast());
                    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(narrow))
                }
                2 => {
                    let narrow = _mm_loadu_si128(entries.cast());
                    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(narrow)))
                }
                _ => _mm256_loadu_ps(entries.cast()),
            }
        }
    }

    columns!(
        "avx2,fma",
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps
    );
    // SAFETY: the caller's promise.
    unsafe { chosen!(all, [8 4 2 2], squares, rows) }
}
