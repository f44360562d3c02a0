//! One tile with a group of rows, in 512-bit vectors with products of four bytes in each lane.

use std::arch::x86_64::{
    __m512, __m512i, _MM_HINT_T0, _mm_prefetch, _mm256_loadu_si256, _mm512_add_epi32,
    _mm512_and_si512, _mm512_cvtepi32_ps, _mm512_cvtph_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps,
    _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_setzero_si512, _mm512_srli_epi16, _mm512_storeu_ps,
};

use crate::quant::input::{InputBlock, Rows};
use crate::quant::{Format, LANES};

/// How far ahead tiles are asked for: a page and a little, which hides the memory's latency and
/// crosses into the next page before the processor's own prefetcher does.
const AHEAD: usize = 4352;

/// Rows that are multiplied with two tiles at once: twelve sums and twelve products.
const PAIRED: usize = 6;

/// Computes the sums of one tile or two neighbors for each row of a group, those of the first
/// tile first.
///
/// # Safety
/// The processor must have AVX-512 with VNNI, and the lengths must fit each other.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn multiply(
    format: Format,
    tiles: [&[u8]; 2],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match format {
            Format::Q8 => by_tiles::<{ Format::Q8 as u8 }>(format, tiles, rows, sums),
            Format::Q8Fine => by_tiles::<{ Format::Q8Fine as u8 }>(format, tiles, rows, sums),
            Format::Q8Min => by_tiles::<{ Format::Q8Min as u8 }>(format, tiles, rows, sums),
            Format::Q4 => by_tiles::<{ Format::Q4 as u8 }>(format, tiles, rows, sums),
            Format::Q4Min => by_tiles::<{ Format::Q4Min as u8 }>(format, tiles, rows, sums),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn by_tiles<const FORMAT: u8>(
    format: Format,
    [first, second]: [&[u8]; 2],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    let (sums, others) = sums.split_at_mut(rows.count);
    // SAFETY: the caller's promise.
    unsafe {
        if second.is_empty() {
            return by_rows::<FORMAT>(format, first, rows, sums);
        }
        let parts = rows.count.div_ceil(PAIRED);
        for part in 0..parts {
            let (from, to) = (part * rows.count / parts, (part + 1) * rows.count / parts);
            let pair = Pair {
                format,
                tiles: [first.as_ptr(), second.as_ptr()],
                blocks: first.len() / format.bytes(),
                inputs: rows.blocks.as_ptr().add(from),
                stride: rows.count,
            };
            let sums = [&mut sums[from..to], &mut others[from..to]];
            match to - from {
                1 => pair.sum::<FORMAT, 1>(sums),
                2 => pair.sum::<FORMAT, 2>(sums),
                3 => pair.sum::<FORMAT, 3>(sums),
                4 => pair.sum::<FORMAT, 4>(sums),
                5 => pair.sum::<FORMAT, 5>(sums),
                _ => pair.sum::<FORMAT, PAIRED>(sums),
            }
        }
    }
}

/// Two tiles that are multiplied at once: a number of the input is loaded for both.
struct Pair {
    format: Format,
    tiles: [*const u8; 2],
    /// Blocks of a tile.
    blocks: usize,
    /// The first block of the first row.
    inputs: *const InputBlock,
    /// From the blocks of a row to its next ones.
    stride: usize,
}

impl Pair {
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    unsafe fn sum<const FORMAT: u8, const M: usize>(&self, out: [&mut [[f32; LANES]]; 2]) {
        let is_narrow = FORMAT == Format::Q4 as u8 || FORMAT == Format::Q4Min as u8;
        let has_minima = FORMAT == Format::Q8Min as u8 || FORMAT == Format::Q4Min as u8;
        let is_fine = FORMAT == Format::Q8Fine as u8;
        let (bytes, head) = (self.format.bytes(), self.format.head());
        let mask = _mm512_set1_epi8(15);
        let mut sums = [[_mm512_setzero_ps(); 2]; M];
        let (mut tiles, mut inputs) = (self.tiles, self.inputs);
        // SAFETY: both tiles have so many blocks, and each row has as many.
        unsafe {
            for _ in 0..self.blocks {
                for tile in tiles {
                    for line in (0..bytes).step_by(64) {
                        _mm_prefetch::<_MM_HINT_T0>(tile.wrapping_add(AHEAD + line).cast());
                    }
                }
                let mut products = started::<M>(inputs, 0);
                for four in 0..if is_narrow { 4 } else { 8 } {
                    if is_fine && four == 4 {
                        add_scaled(&mut sums, &products, tiles, inputs);
                        products = started::<M>(inputs, 1);
                    }
                    let w = tiles
                        .map(|tile| _mm512_loadu_si512(tile.add(head + four * 4 * LANES).cast()));
                    if is_narrow {
                        let low = w.map(|w| _mm512_and_si512(w, mask));
                        add_products(&mut products, low, (inputs, four));
                        let high = w.map(|w| _mm512_and_si512(_mm512_srli_epi16::<4>(w), mask));
                        add_products(&mut products, high, (inputs, four + 4));
                    } else {
                        add_products(&mut products, w, (inputs, four));
                    }
                }
                let scales = tiles.map(|tile| tile.add(if is_fine { 2 * LANES } else { 0 }));
                add_scaled(&mut sums, &products, scales, inputs);
                if has_minima {
                    let minima = tiles.map(|tile| halves(tile.add(2 * LANES)));
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let total = _mm512_set1_ps((*inputs.add(row)).total);
                        for (sum, minimum) in sums.iter_mut().zip(minima) {
                            *sum = _mm512_fmadd_ps(minimum, total, *sum);
                        }
                    }
                }
                tiles = tiles.map(|tile| tile.add(bytes));
                inputs = inputs.add(self.stride);
            }
        }
        for (tile, out) in out.into_iter().enumerate() {
            for (out, sums) in out.iter_mut().zip(&sums) {
                // SAFETY: there is room for sixteen numbers.
                unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sums[tile]) };
            }
        }
    }
}

/// Returns what the products of each row start from.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn started<const M: usize>(inputs: *const InputBlock, half: usize) -> [[__m512i; 2]; M] {
    // SAFETY: the caller's promise: there are so many rows.
    std::array::from_fn(|row| unsafe { [_mm512_set1_epi32((*inputs.add(row)).starts[half]); 2] })
}

/// Adds the products of four columns.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn add_products<const M: usize>(
    products: &mut [[__m512i; 2]; M],
    w: [__m512i; 2],
    (inputs, four): (*const InputBlock, usize),
) {
    for (row, products) in products.iter_mut().enumerate() {
        // SAFETY: the caller's promise: there are so many rows, of eight times four numbers.
        let x = unsafe { (*inputs.add(row)).numbers.as_ptr().cast::<i32>().add(four) };
        // SAFETY: as above.
        let x = _mm512_set1_epi32(unsafe { x.read_unaligned() });
        for (products, w) in products.iter_mut().zip(w) {
            *products = _mm512_dpbusd_epi32(*products, w, x);
        }
    }
}

/// Adds products to the sums, by the scales of the tiles and of the rows.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn add_scaled<const M: usize>(
    sums: &mut [[__m512; 2]; M],
    products: &[[__m512i; 2]; M],
    scales: [*const u8; 2],
    inputs: *const InputBlock,
) {
    // SAFETY: the caller's promise: scales of sixteen rows.
    let scales = scales.map(|at| unsafe { halves(at) });
    for (row, (sums, products)) in sums.iter_mut().zip(products).enumerate() {
        // SAFETY: the caller's promise: there are so many rows.
        let x = _mm512_set1_ps(unsafe { (*inputs.add(row)).scale });
        for ((sum, products), scale) in sums.iter_mut().zip(products).zip(scales) {
            *sum = add(*sum, *products, _mm512_mul_ps(scale, x));
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn by_rows<const FORMAT: u8>(
    format: Format,
    tile: &[u8],
    rows: &Rows<'_>,
    sums: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match rows.count {
            1 => sum::<FORMAT, 1>(format, tile, rows.blocks, sums),
            2 => sum::<FORMAT, 2>(format, tile, rows.blocks, sums),
            3 => sum::<FORMAT, 3>(format, tile, rows.blocks, sums),
            4 => sum::<FORMAT, 4>(format, tile, rows.blocks, sums),
            5 => sum::<FORMAT, 5>(format, tile, rows.blocks, sums),
            6 => sum::<FORMAT, 6>(format, tile, rows.blocks, sums),
            7 => sum::<FORMAT, 7>(format, tile, rows.blocks, sums),
            8 => sum::<FORMAT, 8>(format, tile, rows.blocks, sums),
            9 => sum::<FORMAT, 9>(format, tile, rows.blocks, sums),
            10 => sum::<FORMAT, 10>(format, tile, rows.blocks, sums),
            11 => sum::<FORMAT, 11>(format, tile, rows.blocks, sums),
            12 => sum::<FORMAT, 12>(format, tile, rows.blocks, sums),
            13 => sum::<FORMAT, 13>(format, tile, rows.blocks, sums),
            14 => sum::<FORMAT, 14>(format, tile, rows.blocks, sums),
            15 => sum::<FORMAT, 15>(format, tile, rows.blocks, sums),
            16 => sum::<FORMAT, 16>(format, tile, rows.blocks, sums),
            17 => sum::<FORMAT, 17>(format, tile, rows.blocks, sums),
            _ => sum::<FORMAT, 18>(format, tile, rows.blocks, sums),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn sum<const FORMAT: u8, const M: usize>(
    format: Format,
    tile: &[u8],
    inputs: &[InputBlock],
    out: &mut [[f32; LANES]],
) {
    let has_minima = FORMAT == Format::Q8Min as u8 || FORMAT == Format::Q4Min as u8;
    let is_fine = FORMAT == Format::Q8Fine as u8;
    let mut sums = [_mm512_setzero_ps(); M];
    let mut block = tile.as_ptr();
    let mut input = inputs.as_ptr();
    // SAFETY: there are as many blocks of the tile as groups of `M` blocks of the input.
    unsafe {
        for _ in 0..tile.len() / format.bytes() {
            for line in (0..format.bytes()).step_by(64) {
                _mm_prefetch::<_MM_HINT_T0>(block.wrapping_add(AHEAD + line).cast());
            }
            let first = halves(block);
            let second = if has_minima || is_fine { halves(block.add(2 * LANES)) } else { first };
            let w = numbers::<FORMAT>(block.add(format.head()));
            for sum in &mut sums {
                let x = &*input;
                let scale = _mm512_set1_ps(x.scale);
                if is_fine || M < 4 {
                    let low = four(_mm512_set1_epi32(x.starts[0]), &w, x, 0);
                    let start = if is_fine {
                        _mm512_set1_epi32(x.starts[1])
                    } else {
                        _mm512_setzero_si512()
                    };
                    let high = four(start, &w, x, 4);
                    if is_fine {
                        *sum = add(*sum, low, _mm512_mul_ps(first, scale));
                        *sum = add(*sum, high, _mm512_mul_ps(second, scale));
                    } else {
                        let both = _mm512_add_epi32(low, high);
                        *sum = add(*sum, both, _mm512_mul_ps(first, scale));
                    }
                } else {
                    let start = _mm512_set1_epi32(x.starts[0]);
                    let both = four(four(start, &w, x, 0), &w, x, 4);
                    *sum = add(*sum, both, _mm512_mul_ps(first, scale));
                }
                if has_minima {
                    *sum = _mm512_fmadd_ps(second, _mm512_set1_ps(x.total), *sum);
                }
                input = input.add(1);
            }
            block = block.add(format.bytes());
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            _mm512_storeu_ps(out.as_mut_ptr(), sum);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn halves(at: *const u8) -> __m512 {
    // SAFETY: the caller's promise.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(at.cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(sum: __m512, products: __m512i, scale: __m512) -> __m512 {
    _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), scale, sum)
}

/// Loads the numbers of a block, four columns in each vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn numbers<const FORMAT: u8>(body: *const u8) -> [__m512i; 8] {
    let mut w = [_mm512_setzero_si512(); 8];
    // SAFETY: the caller's promise.
    let load = |four: usize| unsafe { _mm512_loadu_si512(body.add(four * 4 * LANES).cast()) };
    if FORMAT == Format::Q4 as u8 || FORMAT == Format::Q4Min as u8 {
        let mask = _mm512_set1_epi8(15);
        for four in 0..4 {
            let both = load(four);
            w[four] = _mm512_and_si512(both, mask);
            w[four + 4] = _mm512_and_si512(_mm512_srli_epi16::<4>(both), mask);
        }
    } else {
        for (four, w) in w.iter_mut().enumerate() {
            *w = load(four);
        }
    }
    w
}

/// Adds the products of sixteen columns.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn four(sum: __m512i, w: &[__m512i; 8], x: &InputBlock, first: usize) -> __m512i {
    let (fours, _) = x.numbers.as_chunks::<4>();
    let mut sum = sum;
    for at in first..first + 4 {
        let x = _mm512_set1_epi32(i32::from_le_bytes(fours[at].map(|x| x as u8)));
        sum = _mm512_dpbusd_epi32(sum, w[at], x);
    }
    sum
}
