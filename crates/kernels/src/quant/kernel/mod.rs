//! The innermost loops: one tile with a group of rows.
//!
//! Every level computes the products of a block exactly, in integers, and adds them to the sums
//! in the order of the blocks; with a fused multiplication where the processor has one.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_narrow;
#[cfg(target_arch = "x86_64")]
mod avx2_wide;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vnni;

use super::input::Rows;
use super::{Format, LANES};
use crate::dispatch::Level;

/// Computes the sums of a tile for each row of a group.
pub(super) fn multiply(
    level: Level,
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    assert!(rows.count == sums.len() && !sums.is_empty());
    assert_eq!(tile.len() / format.bytes() * rows.count, rows.blocks.len());
    match level {
        // SAFETY: the level says what the processor has; lengths were compared.
        #[cfg(target_arch = "x86_64")]
        Level::Vnni | Level::Bf16 => unsafe { vnni::multiply(format, tile, rows, sums) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 => unsafe { avx2::multiply(format, tile, rows, sums) },
        _ => portable::multiply(format, tile, rows, sums),
    }
}
