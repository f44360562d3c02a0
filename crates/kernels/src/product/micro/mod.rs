//! The innermost loops: a few rows of the left factor with a few packed tiles of the right one.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use crate::dispatch::Level;

/// Columns of a tile: one 512-bit vector.
pub(super) const LANES: usize = 16;
/// Rows that are computed together.
pub(super) const ROWS: usize = 6;
/// Tiles that are computed together: with six rows 24 sums, which hide each other's latency and
/// leave registers for the factors.
pub(super) const TILES: usize = 4;

/// Which loops compute a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// f32 in plain loops.
    Portable,
    /// f32 in 256-bit vectors.
    Avx2,
    /// f32 in 256-bit vectors, with tiles of pairs of bf16 that are taken apart on the way.
    Avx2Pairs,
    /// f32 in 512-bit vectors.
    Avx512,
    /// Pairs of bf16, summed in f32.
    Bf16,
}

impl Kind {
    /// Chooses for a processor and for weights.
    pub(super) fn of(level: Level, is_bf16: bool) -> Self {
        match level {
            Level::Portable => Self::Portable,
            Level::Avx2 => Self::Avx2,
            Level::Bf16 if is_bf16 => Self::Bf16,
            _ => Self::Avx512,
        }
    }

    /// Returns how many steps `k` numbers take.
    pub(super) fn steps(self, k: usize) -> usize {
        if matches!(self, Self::Bf16 | Self::Avx2Pairs) { k.div_ceil(2) } else { k }
    }

    /// Returns how many rows are computed together: pairs that are taken apart need registers.
    pub(super) fn rows(self) -> usize {
        if self == Self::Avx2Pairs { 4 } else { ROWS }
    }

    /// Returns how many numbers of 32 bits the left factor has for each step.
    pub(super) fn lefts(self) -> usize {
        if self == Self::Avx2Pairs { 2 } else { 1 }
    }
}

/// One call of a microkernel. A step is one f32 or one pair of bf16 of each factor, or two f32
/// of the left one and a pair of bf16 of the right one.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The first step of the first row.
    pub(super) left: *const u32,
    /// Steps from row to row.
    pub(super) left_stride: usize,
    /// The first step of the first tile; a step is sixteen wide.
    pub(super) tiles: *const u32,
    /// Steps from tile to tile.
    pub(super) pitch: usize,
    /// How many steps.
    pub(super) depth: usize,
    /// Where sums go on.
    pub(super) out: *mut f32,
    /// Numbers from row to row.
    pub(super) out_stride: usize,
}

/// Adds the products of up to [`ROWS`] rows with up to [`TILES`] tiles to `out`.
///
/// # Safety
/// All that `step` points to must be there, `out` for this call alone, and the processor must
/// have what `kind` needs.
pub(super) unsafe fn multiply(kind: Kind, step: &Step, (rows, tiles): (usize, usize)) {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            #[cfg(target_arch = "x86_64")]
            Kind::Bf16 => avx512::bf16(step, rows, tiles),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => avx512::f32(step, rows, tiles),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => avx2::f32(step, rows, tiles),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2Pairs => avx2::pairs(step, rows, tiles),
            _ => portable::f32(step, rows, tiles),
        }
    }
}
