//! Products of a few rows with sixteen columns of a page, the innermost loop of attention.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _MM_HINT_T1, _mm_loadu_si128, _mm_prefetch, _mm256_castsi256_ps, _mm256_cvtepu16_epi32,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_slli_epi32, _mm256_storeu_ps, _mm512_castsi512_ps, _mm512_cvtepu16_epi32,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32,
    _mm512_storeu_ps,
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
}

impl<'a> Entries<'a> {
    /// Returns those from a place on.
    #[inline(always)]
    pub(super) fn from(&self, start: usize) -> Self {
        match self {
            Self::F32(entries) => Self::F32(&entries[start..]),
            Self::Bf16(entries) => Self::Bf16(&entries[start..]),
        }
    }

    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> f32 {
        match self {
            Self::F32(entries) => entries[at],
            Self::Bf16(entries) => f32::from_bits(u32::from(entries[at]) << 16),
        }
    }

    /// Asks for the first `count` entries ahead of time.
    pub(super) fn ask_for(&self, count: usize) {
        let (start, bytes) = match self {
            Self::F32(entries) => (entries.as_ptr().cast::<i8>(), 4 * count),
            Self::Bf16(entries) => (entries.as_ptr().cast::<i8>(), 2 * count),
        };
        #[cfg(target_arch = "x86_64")]
        for at in (0..bytes).step_by(64) {
            // SAFETY: asking has no effect but on time, also where nothing is.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(start.wrapping_add(at)) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (start, bytes);
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(entries) => entries.len(),
            Self::Bf16(entries) => entries.len(),
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
        match (level, entries) {
            // SAFETY: the level says what the processor has; lengths were compared.
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, Entries::F32(_)) => unsafe { avx2::<false>(self, rows) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, Entries::Bf16(_)) => unsafe { avx2::<true>(self, rows) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512 | Level::Vnni | Level::Bf16, Entries::F32(_)) => unsafe {
                avx512::<false>(self, rows);
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512 | Level::Vnni | Level::Bf16, Entries::Bf16(_)) => unsafe {
                avx512::<true>(self, rows);
            },
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

    #[cfg(target_arch = "x86_64")]
    fn entries(&self) -> *const u8 {
        match self.right.0 {
            Entries::F32(entries) => entries.as_ptr().cast(),
            Entries::Bf16(entries) => entries.as_ptr().cast(),
        }
    }
}

macro_rules! by_rows {
    ($block:ident, $half:ident, $square:expr, $rows:expr) => {
        match $rows {
            1 => $block::<$half, 1>($square),
            2 => $block::<$half, 2>($square),
            3 => $block::<$half, 3>($square),
            4 => $block::<$half, 4>($square),
            5 => $block::<$half, 5>($square),
            6 => $block::<$half, 6>($square),
            7 => $block::<$half, 7>($square),
            _ => $block::<$half, TOGETHER>($square),
        }
    };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const HALF: bool>(square: &mut Square<'_>, rows: usize) {
    #[target_feature(enable = "avx512f")]
    unsafe fn block<const HALF: bool, const R: usize>(square: &mut Square<'_>) {
        let (left, right, stride) = (square.left.as_ptr(), square.entries(), square.right.1);
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
                let wide = if HALF {
                    let narrow = _mm256_loadu_si256(right.add(2 * step * stride).cast());
                    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(narrow)))
                } else {
                    _mm512_loadu_ps(right.add(4 * step * stride).cast())
                };
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
    unsafe { by_rows!(block, HALF, square, rows) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<const HALF: bool>(square: &mut Square<'_>, rows: usize) {
    #[target_feature(enable = "avx2,fma")]
    unsafe fn block<const HALF: bool, const R: usize>(square: &mut Square<'_>) {
        let (left, right, stride) = (square.left.as_ptr(), square.entries(), square.right.1);
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
                    let at = step * stride + part;
                    let wide = if HALF {
                        let narrow = _mm_loadu_si128(right.add(2 * at).cast());
                        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(narrow)))
                    } else {
                        _mm256_loadu_ps(right.add(4 * at).cast())
                    };
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
    unsafe { by_rows!(block, HALF, square, rows) }
}
