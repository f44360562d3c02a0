//! One tile of 4-bit numbers with several rows, in 256-bit vectors: sixteen products of four bits
//! and eight fit into 16 bits, so pairs are added up before they are widened.

use std::arch::x86_64::{
    __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_srli_epi16,
    _mm256_storeu_ps,
};

use super::avx2::AHEAD;
use crate::quant::input::{InputBlock, Rows};
use crate::quant::{BLOCK, Format, LANES};

/// Rows of a vector of the tile.
const HALF: usize = LANES / 2;
/// Columns whose products a lane adds up.
const FOURS: usize = BLOCK / 4;
/// Rows of the input that are computed at once: twelve sums leave registers for a pair.
const TOGETHER: usize = 6;

/// Computes the sums of a tile for each row of a group.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C, and the lengths must fit each other; numbers have
/// 4 bits.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn sum<const FORMAT: u8>(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    sums.fill([0.0; LANES]);
    let together = rows.count.div_ceil(rows.count.div_ceil(TOGETHER));
    let blocks = tile.chunks_exact(format.bytes()).zip(rows.blocks.chunks_exact(rows.count));
    for (block, inputs) in blocks {
        for line in (0..format.bytes()).step_by(64) {
            _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(AHEAD + line).cast());
        }
        // SAFETY: a block has its head and its numbers, a sum has sixteen lanes.
        unsafe {
            let w = numbers(block.as_ptr().add(format.head()));
            for (inputs, sums) in inputs.chunks(together).zip(sums.chunks_mut(together)) {
                match inputs.len() {
                    1 => add::<FORMAT, 1>(&w, block, inputs, sums),
                    2 => add::<FORMAT, 2>(&w, block, inputs, sums),
                    3 => add::<FORMAT, 3>(&w, block, inputs, sums),
                    4 => add::<FORMAT, 4>(&w, block, inputs, sums),
                    5 => add::<FORMAT, 5>(&w, block, inputs, sums),
                    _ => add::<FORMAT, TOGETHER>(&w, block, inputs, sums),
                }
            }
        }
    }
}

/// Loads the numbers of a block: four columns of both halves of the rows.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn numbers(body: *const u8) -> [[__m256i; 2]; FOURS] {
    let mask = _mm256_set1_epi8(15);
    let mut w = [[_mm256_setzero_si256(); 2]; FOURS];
    let (low, high) = w.split_at_mut(FOURS / 2);
    for (four, pair) in low.iter_mut().zip(high).enumerate() {
        for (half, (low, high)) in pair.0.iter_mut().zip(pair.1).enumerate() {
            let at = body.wrapping_add(four * 4 * LANES + half * 4 * HALF);
            // SAFETY: the caller's promise.
            let both = unsafe { _mm256_loadu_si256(at.cast()) };
            *low = _mm256_and_si256(both, mask);
            *high = _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask);
        }
    }
    w
}

/// Adds the products of a block with `R` rows to their sums.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add<const FORMAT: u8, const R: usize>(
    w: &[[__m256i; 2]; FOURS],
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
fn multiply<const R: usize>(
    w: &[[__m256i; 2]; FOURS],
    inputs: &[InputBlock; R],
) -> [[__m256i; 2]; R] {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (four, w) in w.iter().enumerate() {
        for (input, sums) in inputs.iter().zip(&mut sums) {
            let (fours, _) = input.numbers.as_chunks::<4>();
            let x = _mm256_set1_epi32(i32::from_le_bytes(fours[four].map(|x| x as u8)));
            for (sum, w) in sums.iter_mut().zip(w) {
                *sum = _mm256_add_epi16(*sum, _mm256_maddubs_epi16(*w, x));
            }
        }
    }
    sums
}
