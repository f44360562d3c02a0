//! Microkernels of 512-bit vectors.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::{LANES, Step, TILES};

macro_rules! microkernel {
    ($(#[$doc:meta])* $name:ident, $features:literal, $add:ident) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// As for [`super::multiply`].
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(step: &Step, rows: usize, tiles: usize) {
            #[target_feature(enable = $features)]
            unsafe fn block<const R: usize, const T: usize>(step: &Step) {
                // SAFETY: the caller's promise: all these places are there.
                unsafe {
                    let mut sums = [[_mm512_setzero_ps(); T]; R];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        for (tile, sum) in sums.iter_mut().enumerate() {
                            *sum = _mm512_loadu_ps(place(step, row, tile));
                        }
                    }
                    for at in 0..step.depth {
                        let mut right = [_mm512_setzero_ps(); T];
                        for (tile, right) in right.iter_mut().enumerate() {
                            let at = (tile * step.pitch + at) * LANES;
                            *right = _mm512_loadu_ps(step.tiles.add(at).cast());
                        }
                        for (row, sums) in sums.iter_mut().enumerate() {
                            let left = *step.left.add(row * step.left_stride + at);
                            for (sum, right) in sums.iter_mut().zip(&right) {
                                *sum = $add(*sum, left, *right);
                            }
                        }
                    }
                    for (row, sums) in sums.iter().enumerate() {
                        for (tile, sum) in sums.iter().enumerate() {
                            _mm512_storeu_ps(place(step, row, tile), *sum);
                        }
                    }
                }
            }
            // SAFETY: the caller's promise.
            unsafe {
                if tiles == TILES {
                    return match rows {
                        1 => block::<1, TILES>(step),
                        2 => block::<2, TILES>(step),
                        3 => block::<3, TILES>(step),
                        4 => block::<4, TILES>(step),
                        5 => block::<5, TILES>(step),
                        _ => block::<6, TILES>(step),
                    };
                }
                for tile in 0..tiles {
                    let step = &Step {
                        tiles: step.tiles.add(tile * step.pitch * LANES),
                        out: step.out.add(tile * LANES),
                        ..*step
                    };
                    match rows {
                        1 => block::<1, 1>(step),
                        2 => block::<2, 1>(step),
                        3 => block::<3, 1>(step),
                        4 => block::<4, 1>(step),
                        5 => block::<5, 1>(step),
                        _ => block::<6, 1>(step),
                    }
                }
            }
        }
    };
}

/// Returns where a vector of the result lies.
#[inline(always)]
fn place(step: &Step, row: usize, tile: usize) -> *mut f32 {
    step.out.wrapping_add(row * step.out_stride + tile * LANES)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_f32(sum: __m512, left: u32, right: __m512) -> __m512 {
    _mm512_fmadd_ps(_mm512_set1_ps(f32::from_bits(left)), right, sum)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn add_bf16(sum: __m512, left: u32, right: __m512) -> __m512 {
    let left = _mm512_set1_epi32(left as i32);
    // SAFETY: all are 512 bits.
    let (left, right) =
        unsafe { (transmute::<__m512i, __m512bh>(left), transmute::<__m512, __m512bh>(right)) };
    _mm512_dpbf16_ps(sum, left, right)
}

microkernel! {
    /// Multiplies f32.
    f32, "avx512f", add_f32
}
microkernel! {
    /// Multiplies pairs of bf16.
    bf16, "avx512f,avx512bf16", add_bf16
}
