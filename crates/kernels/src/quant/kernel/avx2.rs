//! One tile with a group of rows, in 256-bit vectors: eight rows of the tile each.

use std::arch::x86_64::{
    __m256, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_srli_epi16, _mm256_storeu_ps, _mm256_xor_si256,
};

use super::{avx2_narrow, avx2_wide};
use crate::quant::input::{InputBlock, Rows};
use crate::quant::{Format, LANES};

/// How far ahead tiles are asked for: the products of two blocks keep the processor from looking
/// so far by itself.
const AHEAD: usize = 1024;
/// Rows of a vector.
pub(super) const HALF: usize = LANES / 2;

/// Computes the sums of a tile for each row of a group.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C, and the lengths must fit each other.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn multiply(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match format {
            Format::Q8 => either::<{ Format::Q8 as u8 }>(format, tile, rows, sums),
            Format::Q8Fine => either::<{ Format::Q8Fine as u8 }>(format, tile, rows, sums),
            Format::Q8Min => either::<{ Format::Q8Min as u8 }>(format, tile, rows, sums),
            Format::Q4 => either::<{ Format::Q4 as u8 }>(format, tile, rows, sums),
            Format::Q4Min => either::<{ Format::Q4Min as u8 }>(format, tile, rows, sums),
        }
    }
}

/// Rows from which on widening a tile costs less than it brings.
const MANY: usize = 3;

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn either<const FORMAT: u8>(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        if rows.count < MANY {
            sum::<FORMAT>(format, tile, rows, sums);
        } else {
            sum_many::<FORMAT>(format, tile, rows, sums);
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn sum<const FORMAT: u8>(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    sums.fill([0.0; LANES]);
    let blocks = tile.chunks_exact(format.bytes()).zip(rows.blocks.chunks_exact(rows.count));
    for (block, inputs) in blocks {
        ask_ahead(block);
        for half in [0, HALF] {
            // SAFETY: a block has its head and its numbers, a sum has sixteen lanes.
            unsafe {
                let scale = |at: usize| {
                    _mm256_cvtph_ps(_mm_loadu_si128(block.as_ptr().add(2 * (at + half)).cast()))
                };
                let (first, body) = (scale(0), block.as_ptr().add(format.head() + 4 * half));
                let w = numbers::<FORMAT>(body);
                for (input, sums) in inputs.iter().zip(sums.iter_mut()) {
                    let [low, high] = products::<FORMAT>(&w, input);
                    let place = sums.as_mut_ptr().add(half);
                    let mut sum = _mm256_loadu_ps(place);
                    if FORMAT == Format::Q8Fine as u8 {
                        sum = add(sum, low, first, input.scale);
                        sum = add(sum, high, scale(LANES), input.scale);
                    } else {
                        sum = add(sum, _mm256_add_epi32(low, high), first, input.scale);
                    }
                    if FORMAT == Format::Q8Min as u8 || FORMAT == Format::Q4Min as u8 {
                        sum = _mm256_fmadd_ps(scale(LANES), _mm256_set1_ps(input.total), sum);
                    }
                    _mm256_storeu_ps(place, sum);
                }
            }
        }
    }
}

/// Asks for what lies ahead of a block, as much as it has.
#[inline(always)]
fn ask_ahead(block: &[u8]) {
    for line in (0..block.len()).step_by(64) {
        // SAFETY: asking for what is not there does nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(AHEAD + line).cast()) };
    }
}

/// Rows of the input that are computed at once: twelve sums leave registers for a pair.
const TOGETHER: usize = 6;

/// A block's numbers as many rows multiply them: 4 bits as they are, 8 bits widened.
struct Prepared {
    narrow: avx2_narrow::Narrow,
    wide: avx2_wide::Wide,
}

/// Computes the sums of a tile whose blocks are prepared once for all rows.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn sum_many<const FORMAT: u8>(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    sums.fill([0.0; LANES]);
    let narrow = [[_mm256_setzero_si256(); 8]; 2];
    let mut w = Prepared { narrow, wide: avx2_wide::Wide::EMPTY };
    let together = rows.count.div_ceil(rows.count.div_ceil(TOGETHER));
    let blocks = tile.chunks_exact(format.bytes()).zip(rows.blocks.chunks_exact(rows.count));
    for (block, inputs) in blocks {
        ask_ahead(block);
        // SAFETY: a block has its head and its numbers, a sum has sixteen lanes.
        unsafe {
            if is_narrow(FORMAT) {
                let body = block.as_ptr().add(format.head());
                w.narrow = [numbers::<FORMAT>(body), numbers::<FORMAT>(body.add(4 * HALF))];
            } else {
                avx2_wide::widen(format, block, &mut w.wide);
            }
            for (inputs, sums) in inputs.chunks(together).zip(sums.chunks_mut(together)) {
                match inputs.len() {
                    1 => add_part::<FORMAT, 1>(&w, block, inputs, sums),
                    2 => add_part::<FORMAT, 2>(&w, block, inputs, sums),
                    3 => add_part::<FORMAT, 3>(&w, block, inputs, sums),
                    4 => add_part::<FORMAT, 4>(&w, block, inputs, sums),
                    5 => add_part::<FORMAT, 5>(&w, block, inputs, sums),
                    _ => add_part::<FORMAT, TOGETHER>(&w, block, inputs, sums),
                }
            }
        }
    }
}

const fn is_narrow(format: u8) -> bool {
    format == Format::Q4 as u8 || format == Format::Q4Min as u8
}

/// Adds the products of a block with `R` rows to their sums.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add_part<const FORMAT: u8, const R: usize>(
    w: &Prepared,
    block: &[u8],
    inputs: &[InputBlock],
    sums: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        if is_narrow(FORMAT) {
            avx2_narrow::add::<FORMAT, R>(&w.narrow, block, inputs, sums);
        } else {
            avx2_wide::add::<FORMAT, R>(&w.wide, block, inputs, sums);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn add(sum: __m256, product: __m256i, scales: __m256, scale: f32) -> __m256 {
    let scale = _mm256_mul_ps(scales, _mm256_set1_ps(scale));
    _mm256_fmadd_ps(_mm256_cvtepi32_ps(product), scale, sum)
}

/// Loads the numbers of eight rows; those of 8 bits get their sign back.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn numbers<const FORMAT: u8>(body: *const u8) -> [__m256i; 8] {
    let mut w = [_mm256_setzero_si256(); 8];
    // SAFETY: the caller's promise.
    let load = |four: usize| unsafe { _mm256_loadu_si256(body.add(four * 4 * LANES).cast()) };
    if is_narrow(FORMAT) {
        let mask = _mm256_set1_epi8(15);
        for four in 0..4 {
            let both = load(four);
            w[four] = _mm256_and_si256(both, mask);
            w[four + 4] = _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask);
        }
    } else {
        let sign = if FORMAT == Format::Q8Min as u8 { 0 } else { -128 };
        for (four, w) in w.iter_mut().enumerate() {
            *w = _mm256_xor_si256(load(four), _mm256_set1_epi8(sign));
        }
    }
    w
}

/// Returns the products of both halves of a block with one row.
#[inline]
#[target_feature(enable = "avx2")]
fn products<const FORMAT: u8>(w: &[__m256i; 8], input: &InputBlock) -> [__m256i; 2] {
    let is_signed = FORMAT == Format::Q8 as u8 || FORMAT == Format::Q8Fine as u8;
    let ones = _mm256_set1_epi16(1);
    let (fours, _) = input.numbers.as_chunks::<4>();
    let mut sums = [_mm256_setzero_si256(); 2];
    for (half, sum) in sums.iter_mut().enumerate() {
        if !is_signed {
            *sum = _mm256_set1_epi32(input.starts[half]);
        }
        for four in 4 * half..4 * half + 4 {
            let x = _mm256_set1_epi32(i32::from_le_bytes(fours[four].map(|x| x as u8)));
            // Pairs stay within 16 bits: 2 · 128 · 127 with a sign, less without.
            let pairs = if is_signed {
                _mm256_maddubs_epi16(_mm256_abs_epi8(w[four]), _mm256_sign_epi8(x, w[four]))
            } else {
                _mm256_maddubs_epi16(w[four], x)
            };
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
        }
    }
    sums
}
