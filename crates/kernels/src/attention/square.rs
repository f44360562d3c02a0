//! Products of a few rows with sixteen columns of a page, the innermost loop of attention.

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

/// One product: `out[row] += Σ left[row][step] · right[step]`.
pub(super) struct Square<'a> {
    /// Sixteen sums of each row, and how far rows are apart.
    pub(super) out: (&'a mut [f32], usize),
    /// Rows of at least `depth` numbers, [`PITCH`] apart.
    pub(super) left: &'a [f32],
    /// Sixteen entries of each step, and how far steps are apart.
    pub(super) right: (Entries<'a>, usize),
    pub(super) depth: usize,
    /// Whether sums go on from what is there; else they begin with zero.
    pub(super) keep: bool,
}

impl Square<'_> {
    /// Multiplies up to [`TOGETHER`] rows.
    pub(super) fn multiply(&mut self, level: Level, rows: usize) {
        let (entries, stride) = self.right;
        if rows == 0 || self.depth == 0 {
            return;
        }
        assert!(rows <= TOGETHER && self.depth <= PITCH);
        assert!((rows - 1) * PITCH + self.depth <= self.left.len(), "rows of the left factor");
        assert!((self.depth - 1) * stride + SIDE <= entries.len(), "steps of the right factor");
        assert!((rows - 1) * self.out.1 + SIDE <= self.out.0.len(), "sums");
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
        for row in 0..rows {
            let out = &mut self.out.0[row * self.out.1..][..SIDE];
            if !self.keep {
                out.fill(0.0);
            }
            for (step, x) in self.left[row * PITCH..][..self.depth].iter().enumerate() {
                for (lane, out) in out.iter_mut().enumerate() {
                    *out += x * entries.get(step * stride + lane);
                }
            }
        }
    }
}

/// Calls a block for the bytes of an entry and the number of rows.
macro_rules! chosen {
    ($block:ident, $square:expr, $rows:expr) => {
        match $square.right.0.width() {
            1 => chosen!($block, 1, $square, $rows),
            2 => chosen!($block, 2, $square, $rows),
            _ => chosen!($block, 4, $square, $rows),
        }
    };
    ($block:ident, $width:literal, $square:expr, $rows:expr) => {
        match $rows {
            1 => $block::<$width, 1>($square),
            2 => $block::<$width, 2>($square),
            3 => $block::<$width, 3>($square),
            4 => $block::<$width, 4>($square),
            5 => $block::<$width, 5>($square),
            6 => $block::<$width, 6>($square),
            7 => $block::<$width, 7>($square),
            _ => $block::<$width, TOGETHER>($square),
        }
    };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512(square: &mut Square<'_>, rows: usize) {
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

    #[target_feature(enable = "avx512f")]
    unsafe fn block<const WIDTH: usize, const R: usize>(square: &mut Square<'_>) {
        let (left, right, stride) = (square.left.as_ptr(), square.right.0.start(), square.right.1);
        let (out, pitch) = (square.out.0.as_mut_ptr(), square.out.1);
        let mut sums = [_mm512_setzero_ps(); R];
        // SAFETY: `multiply` compared all lengths.
        unsafe {
            if square.keep {
                for (row, sum) in sums.iter_mut().enumerate() {
                    *sum = _mm512_loadu_ps(out.add(row * pitch));
                }
            }
            for step in 0..square.depth {
                let wide = widened::<WIDTH>(right.add(WIDTH * step * stride));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*left.add(row * PITCH + step));
                    *sum = _mm512_fmadd_ps(x, wide, *sum);
                }
            }
            for (row, sum) in sums.iter().enumerate() {
                _mm512_storeu_ps(out.add(row * pitch), *sum);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { chosen!(block, square, rows) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(square: &mut Square<'_>, rows: usize) {
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

    #[target_feature(enable = "avx2,fma")]
    unsafe fn block<const WIDTH: usize, const R: usize>(square: &mut Square<'_>) {
        let (left, right, stride) = (square.left.as_ptr(), square.right.0.start(), square.right.1);
        for part in [0, SIDE / 2] {
            let (out, pitch) = (square.out.0.as_mut_ptr().wrapping_add(part), square.out.1);
            let mut sums = [_mm256_setzero_ps(); R];
            // SAFETY: `multiply` compared all lengths.
            unsafe {
                if square.keep {
                    for (row, sum) in sums.iter_mut().enumerate() {
                        *sum = _mm256_loadu_ps(out.add(row * pitch));
                    }
                }
                for step in 0..square.depth {
                    let wide = widened::<WIDTH>(right.add(WIDTH * (step * stride + part)));
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let x = _mm256_set1_ps(*left.add(row * PITCH + step));
                        *sum = _mm256_fmadd_ps(x, wide, *sum);
                    }
                }
                for (row, sum) in sums.iter().enumerate() {
                    _mm256_storeu_ps(out.add(row * pitch), *sum);
                }
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { chosen!(block, square, rows) }
}
