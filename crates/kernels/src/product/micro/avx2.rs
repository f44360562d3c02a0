//! The microkernel of 256-bit vectors.

use std::arch::x86_64::{
    _MM_HINT_T0, _mm_prefetch, _mm256_and_si256, _mm256_castsi256_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_slli_epi32, _mm256_storeu_ps,
};

use super::{LANES, Step};

/// How many numbers ahead tiles are asked for.
const AHEAD: usize = 16 * LANES;
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

/// Multiplies f32 with tiles of pairs of bf16, which are taken apart on the way; four rows
/// at most. The left factor has two numbers for each step.
///
/// # Safety
/// As for [`super::multiply`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn pairs(step: &Step, rows: usize, tiles: usize) {
    // Sums of one number wait for each other: with one row, several tiles fill the gaps.
    let together = match rows {
        1 if tiles.is_multiple_of(4) => 4,
        1 | 2 if tiles.is_multiple_of(2) => 2,
        _ => 1,
    };
    for tile in (0..tiles).step_by(together) {
        let step = &Step {
            tiles: step.tiles.wrapping_add(tile * step.pitch * LANES),
            out: step.out.wrapping_add(tile * LANES),
            ..*step
        };
        // SAFETY: the caller's promise.
        unsafe {
            match (rows, together) {
                (1, 4) => pair_block::<1, 4>(step),
                (1, 2) => pair_block::<1, 2>(step),
                (2, 2) => pair_block::<2, 2>(step),
                (1, _) => pair_block::<1, 1>(step),
                (2, _) => pair_block::<2, 1>(step),
                (3, _) => pair_block::<3, 1>(step),
                _ => pair_block::<4, 1>(step),
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn pair_block<const R: usize, const T: usize>(step: &Step) {
    let high = _mm256_set1_epi32(0xffff_0000_u32 as i32);
    // SAFETY: the caller's promise: all these places are there.
    unsafe {
        let mut sums = [[[_mm256_setzero_ps(); 2]; T]; R];
        let place = |row: usize, tile: usize, half: usize| {
            step.out.add(row * step.out_stride + tile * LANES + half * HALF)
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            for (tile, sums) in sums.iter_mut().enumerate() {
                for (half, sum) in sums.iter_mut().enumerate() {
                    *sum = _mm256_loadu_ps(place(row, tile, half));
                }
            }
        }
        for at in 0..step.depth {
            for tile in 0..T {
                let line = step.tiles.add((tile * step.pitch + at) * LANES);
                _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(AHEAD).cast());
                for half in 0..2 {
                    let both = _mm256_loadu_si256(line.add(half * HALF).cast());
                    let first = _mm256_castsi256_ps(_mm256_slli_epi32::<16>(both));
                    let second = _mm256_castsi256_ps(_mm256_and_si256(both, high));
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let left = step.left.add(row * step.left_stride + 2 * at).cast::<f32>();
                        let sum = &mut sums[tile][half];
                        *sum = _mm256_fmadd_ps(_mm256_set1_ps(*left), first, *sum);
                        *sum = _mm256_fmadd_ps(_mm256_set1_ps(*left.add(1)), second, *sum);
                    }
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (tile, sums) in sums.iter().enumerate() {
                for (half, sum) in sums.iter().enumerate() {
                    _mm256_storeu_ps(place(row, tile, half), *sum);
                }
            }
        }
    }
}
