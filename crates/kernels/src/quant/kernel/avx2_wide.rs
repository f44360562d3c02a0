//! One tile with several rows, in 256-bit vectors: the tile's numbers are widened to 16 bits
//! once for all of them, so that signs cost nothing.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_cvtepi32_ps,
    _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_load_si256, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_store_si256, _mm256_storeu_ps,
    _mm256_storeu_si256, _mm256_sub_epi16,
};

use super::avx2::HALF;
use crate::quant::input::InputBlock;
use crate::quant::{BLOCK, Format, LANES};

/// Pairs of columns of a block.
const PAIRS: usize = BLOCK / 2;

/// A block of a tile with numbers of 16 bits: for each pair of columns both halves of the rows.
#[repr(C, align(64))]
pub(super) struct Wide([[i16; 2 * HALF]; 2 * PAIRS]);

impl Wide {
    /// Nothing yet.
    pub(super) const EMPTY: Self = Self([[0; 2 * HALF]; 2 * PAIRS]);
}

/// Returns where each byte comes from: of each row's four bytes two from `first` on, with a zero
/// behind each.
const fn places(first: i8) -> [i8; 32] {
    let mut places = [-1; 32];
    let mut pair = 0;
    while pair < 16 {
        places[2 * pair] = (pair as i8 % 8) / 2 * 4 + first + pair as i8 % 2;
        pair += 1;
    }
    places
}

/// Widens the numbers of a block, and takes off what was added so that they have no sign.
///
/// # Safety
/// The processor must have AVX2, and the block must be whole.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn widen(format: Format, block: &[u8], wide: &mut Wide) {
    let zero = _mm256_set1_epi16(i16::from(format.zero()));
    // SAFETY: a table has 32 bytes.
    let [low, high] =
        [places(0), places(2)].map(|table| unsafe { _mm256_loadu_si256(table.as_ptr().cast()) });
    let mut put = |four: usize, half: usize, bytes: __m256i| {
        for (pair, places) in [low, high].into_iter().enumerate() {
            let numbers = _mm256_sub_epi16(_mm256_shuffle_epi8(bytes, places), zero);
            let to = &mut wide.0[2 * (2 * four + pair) + half];
            // SAFETY: a row of sixteen numbers is 32 aligned bytes.
            unsafe { _mm256_store_si256(to.as_mut_ptr().cast(), numbers) }
        }
    };
    let body = &block[format.head()..];
    for half in 0..2 {
        // SAFETY: the caller's promise.
        let load = |four: usize| unsafe {
            _mm256_loadu_si256(body.as_ptr().add(four * 4 * LANES + half * 4 * HALF).cast())
        };
        (0..8).for_each(|four| put(four, half, load(four)));
    }
}

/// Adds the products of a block with `R` rows to their sums.
///
/// # Safety
/// The processor must have AVX2, FMA and F16C, and there must be a head, inputs and sums.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn add<const FORMAT: u8, const R: usize>(
    wide: &Wide,
    block: &[u8],
    inputs: &[InputBlock],
    sums: &mut [[f32; LANES]],
) {
    let mut x = [[0_i32; PAIRS]; R];
    for (x, input) in x.iter_mut().zip(inputs) {
        for (half, x) in x.as_chunks_mut::<HALF>().0.iter_mut().enumerate() {
            // SAFETY: sixteen bytes are read, and eight numbers of 32 bits written.
            unsafe {
                let bytes = _mm_loadu_si128(input.numbers.as_ptr().add(half * 16).cast());
                _mm256_storeu_si256(x.as_mut_ptr().cast(), _mm256_cvtepi8_epi16(bytes));
            }
        }
    }
    // SAFETY: the head has two vectors of f16 for each of its parts.
    let head = |part: usize, half: usize| unsafe {
        let at = block.as_ptr().add(2 * (part * LANES + half * HALF));
        _mm256_cvtph_ps(_mm_loadu_si128(at.cast()))
    };
    let is_fine = FORMAT == Format::Q8Fine as u8;
    let steps = if is_fine { PAIRS / 2 } else { PAIRS };
    for part in 0..PAIRS / steps {
        let products = multiply::<R>(wide, &x, part * steps, steps);
        // Where there are no minima, what lies there is not used.
        let (scales, minima) = ([head(part, 0), head(part, 1)], [head(1, 0), head(1, 1)]);
        for ((input, sums), products) in inputs.iter().zip(sums.iter_mut()).zip(&products) {
            for (half, product) in products.iter().enumerate() {
                // SAFETY: a sum has sixteen lanes.
                unsafe {
                    let at = sums.as_mut_ptr().add(half * HALF);
                    let scale = _mm256_mul_ps(scales[half], _mm256_set1_ps(input.scale));
                    let product = _mm256_cvtepi32_ps(*product);
                    let mut sum = _mm256_fmadd_ps(product, scale, _mm256_loadu_ps(at));
                    if FORMAT == Format::Q8Min as u8 {
                        sum = _mm256_fmadd_ps(minima[half], _mm256_set1_ps(input.total), sum);
                    }
                    _mm256_storeu_ps(at, sum);
                }
            }
        }
    }
}

/// Returns the products of some pairs of columns.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply<const R: usize>(
    wide: &Wide,
    x: &[[i32; PAIRS]; R],
    first: usize,
    steps: usize,
) -> [[__m256i; 2]; R] {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for pair in first..first + steps {
        // SAFETY: rows of sixteen numbers are 32 aligned bytes.
        let w = [0, 1]
            .map(|half| unsafe { _mm256_load_si256(wide.0[2 * pair + half].as_ptr().cast()) });
        for (x, sums) in x.iter().zip(&mut sums) {
            let x = _mm256_set1_epi32(x[pair]);
            for (sum, w) in sums.iter_mut().zip(w) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(w, x));
            }
        }
    }
    sums
}
