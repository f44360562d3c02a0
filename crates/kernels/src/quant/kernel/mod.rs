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

/// Computes the sums of one tile, or of two neighbors, for each row of a group: those of the first
/// tile, then those of the second.
pub(super) fn multiply(
    level: Level,
    format: Format,
    tiles: [&[u8]; 2],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    let [first, second] = tiles;
    assert!(second.is_empty() || second.len() == first.len());
    assert_eq!(sums.len(), rows.count * if second.is_empty() { 1 } else { 2 });
    assert_eq!(first.len() / format.bytes() * rows.count, rows.blocks.len());
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Vnni {
        // SAFETY: the level says what the processor has; lengths were compared.
        return unsafe { vnni::multiply(format, tiles, rows, sums) };
    }
    for (tile, sums) in tiles.iter().zip(sums.chunks_exact_mut(rows.count)) {
        match level {
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => unsafe { avx2::multiply(format, tile, rows, sums) },
            _ => portable::multiply(format, tile, rows, sums),
        }
    }
}
