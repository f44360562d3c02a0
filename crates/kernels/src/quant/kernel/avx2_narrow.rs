//! One tile of 4-bit numbers with several rows, in 256-bit vectors: sixteen products of four bits
//! and eight fit into 16 bits, so pairs are added up before they are widened.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi16, _mm256_add_epi32, _mm256_cvtepi32_ps,
    _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256,
    _mm256_storeu_ps,
};

use super::avx2::HALF;
use crate::quant::input::InputBlock;
use crate::quant::{BLOCK, Format, LANES};

/// Columns whose products a lane adds up.
const FOURS: usize = BLOCK / 4;
/// A block of a tile: the numbers of both halves of its rows, four columns in each vector.
pub(super) type Narrow = [[__m256i; FOURS]; 2];

/// Adds the products of a block with `R` rows to their sums.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C, and there must be a head, inputs and sums.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn add<const FORMAT: u8, const R: usize>(
    w: &Narrow,
    block: &[u8],
    inputs: &[InputBlock],
    sums: &mut [[f32; LANES]],
) {
    let (Some(inputs), Some(sums)) = (inputs.first_chunk::<R>(), sums.first_chunk_mut::<R>())
    else {
        return;
    };
    let ones = _mm256_set1_epi16(1);
    let pairs = multiply(w, inputs);
    for half in 0..2 {
        // SAFETY: the head has two vectors of f16 for each of its parts.
        let head = |part: usize| unsafe {
            let at = block.as_ptr().add(2 * (part * LANES + half * HALF));
            _mm256_cvtph_ps(_mm_loadu_si128(at.cast()))
        };
        let scales = head(0);
        for ((input, sums), pairs) in inputs.iter().zip(sums.iter_mut()).zip(&pairs) {
            let whole = _mm256_madd_epi16(pairs[half], ones);
            let whole = _mm256_add_epi32(whole, _mm256_set1_epi32(input.starts[0]));
            let scale = _mm256_mul_ps(scales, _mm256_set1_ps(input.scale));
            // SAFETY: a sum has sixteen lanes.
            unsafe {
                let at = sums.as_mut_ptr().add(half * HALF);
                let before = _mm256_loadu_ps(at);
                let mut sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole), scale, before);
                if FORMAT == Format::Q4Min as u8 {
                    sum = _mm256_fmadd_ps(head(1), _mm256_set1_ps(input.total), sum);
                }
                _mm256_storeu_ps(at, sum);
            }
        }
    }
}

/// Returns the products of a block, as two sums for each row of the tile: of its even and of its
/// odd pairs of columns. They stay within 16 bits: 16 · 15 · 127.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply<const R: usize>(w: &Narrow, inputs: &[InputBlock; R]) -> [[__m256i; 2]; R] {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for four in 0..FOURS {
        for (input, sums) in inputs.iter().zip(&mut sums) {
            let (fours, _) = input.numbers.as_chunks::<4>();
            let x = _mm256_set1_epi32(i32::from_le_bytes(fours[four].map(|x| x as u8)));
            for (sum, w) in sums.iter_mut().zip(w) {
                *sum = _mm256_add_epi16(*sum, _mm256_maddubs_epi16(w[four], x));
            }
        }
    }
    sums
}
