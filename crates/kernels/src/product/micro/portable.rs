//! The microkernel of plain loops.

use super::{LANES, Step};

/// Rows that are computed together: with more, sums would not stay in sixteen registers.
const ROWS: usize = 2;

/// Multiplies f32.
///
/// # Safety
/// As for [`super::multiply`].
pub(super) unsafe fn f32(step: &Step, rows: usize, tiles: usize) {
    for tile in 0..tiles {
        let mut row = 0;
        while row < rows {
            let count = ROWS.min(rows - row);
            let step = &Step {
                left: step.left.wrapping_add(row * step.left_stride),
                tiles: step.tiles.wrapping_add(tile * step.pitch * LANES),
                out: step.out.wrapping_add(row * step.out_stride + tile * LANES),
                ..*step
            };
            // SAFETY: the caller's promise.
            unsafe { if count == ROWS { block::<ROWS>(step) } else { block::<1>(step) } }
            row += count;
        }
    }
}

#[inline]
unsafe fn block<const R: usize>(step: &Step) {
    // SAFETY: the caller's promise: all these places are there.
    unsafe {
        let out = |row: usize| step.out.wrapping_add(row * step.out_stride).cast::<[f32; LANES]>();
        let mut sums = [[0.0_f32; LANES]; R];
        for (row, sums) in sums.iter_mut().enumerate() {
            *sums = out(row).read_unaligned();
        }
        for at in 0..step.depth {
            let right = step.tiles.add(at * LANES).cast::<[f32; LANES]>().read_unaligned();
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = *step.left.add(row * step.left_stride + at).cast::<f32>();
                for (sum, right) in sums.iter_mut().zip(&right) {
                    *sum += left * right;
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            out(row).write_unaligned(*sums);
        }
    }
}
