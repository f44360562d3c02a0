//! The microkernel of 256-bit vectors.

use std::arch::x86_64::{
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use super::{LANES, Step};

/// Numbers of a vector; a tile has two.
const HALF: usize = LANES / 2;

/// Multiplies f32.
///
/// # Safety
/// As for [`super::multiply`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn f32(step: &Step, rows: usize, tiles: usize) {
    for tile in 0..tiles {
        let step = &Step {
            tiles: step.tiles.wrapping_add(tile * step.pitch * LANES),
            out: step.out.wrapping_add(tile * LANES),
            ..*step
        };
        // SAFETY: the caller's promise.
        unsafe {
            match rows {
                1 => block::<1>(step),
                2 => block::<2>(step),
                3 => block::<3>(step),
                4 => block::<4>(step),
                5 => block::<5>(step),
                _ => block::<6>(step),
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn block<const R: usize>(step: &Step) {
    // SAFETY: the caller's promise: all these places are there.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for (row, sums) in sums.iter_mut().enumerate() {
            for (half, sum) in sums.iter_mut().enumerate() {
                *sum = _mm256_loadu_ps(step.out.add(row * step.out_stride + half * HALF));
            }
        }
        for at in 0..step.depth {
            let right = step.tiles.add(at * LANES).cast::<f32>();
            let right = [_mm256_loadu_ps(right), _mm256_loadu_ps(right.add(HALF))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = *step.left.add(row * step.left_stride + at).cast::<f32>();
                for (sum, right) in sums.iter_mut().zip(&right) {
                    *sum = _mm256_fmadd_ps(_mm256_set1_ps(left), *right, *sum);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (half, sum) in sums.iter().enumerate() {
                _mm256_storeu_ps(step.out.add(row * step.out_stride + half * HALF), *sum);
            }
        }
    }
}
