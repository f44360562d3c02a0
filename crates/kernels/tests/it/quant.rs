//! Quantized matrices: what they hold, and products with them at every level.

use half::{bf16, f16};
use kernels::{
    BlockType, Dims, Format, Projection, QuantMatrix, Weights, linear, linear_all,
    linear_grad_input,
};

use super::levels::at_each_level;
use super::product::exact;
use super::{close, numbers};

const FORMATS: [Format; 5] = [Format::Q8, Format::Q8Fine, Format::Q8Min, Format::Q4, Format::Q4Min];

/// Rows and columns: whole tiles and blocks, and not.
const SIZES: [(usize, usize); 7] =
    [(16, 32), (1, 1), (5, 31), (17, 33), (48, 256), (130, 1000), (3, 4097)];

/// Returns the most that a number may be away from what it was, as a share of the largest of
/// its block of 32: half a step, and what rounding scales to f16 adds.
fn half_step(format: Format) -> f32 {
    match format {
        Format::Q8 | Format::Q8Fine => 0.5 / 127.0 + 1e-3,
        Format::Q8Min => 1.0 / 127.0 + 2e-3,
        // The largest becomes -8 exactly, and what is as large with the other sign 7.
        Format::Q4 => 1.0 / 8.0 + 2e-3,
        Format::Q4Min => 1.0 / 15.0 + 2e-3,
    }
}

fn dense(matrix: &QuantMatrix) -> Vec<f32> {
    (0..matrix.rows()).flat_map(|row| matrix.row(row)).collect()
}

#[test]
fn numbers_are_kept_within_half_a_step() {
    for (n, k) in SIZES {
        let w = numbers(1, n * k);
        for format in FORMATS {
            at_each_level(|level| {
                let matrix = QuantMatrix::from_weights(Weights::F32(&w), [n, k], format);
                for (row, (kept, w)) in dense(&matrix).chunks(k).zip(w.chunks(k)).enumerate() {
                    for (kept, w) in kept.chunks(32).zip(w.chunks(32)) {
                        let largest = w.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                        for (kept, x) in kept.iter().zip(w) {
                            let error = (kept - x).abs();
                            let most = half_step(format) * largest;
                            assert!(error <= most, "{level:?} {format:?} {n} × {k}, row {row}");
                        }
                    }
                }
            });
        }
    }
}

#[test]
fn sources_of_all_types_give_the_same_matrix() {
    let (n, k) = (20, 70);
    let half: Vec<bf16> = numbers(1, n * k).into_iter().map(bf16::from_f32).collect();
    let wide: Vec<f32> = half.iter().map(|x| x.to_f32()).collect();
    // Eight digits fit eleven.
    let other: Vec<f16> = wide.iter().map(|x| f16::from_f32(*x)).collect();
    let of = |weights| dense(&QuantMatrix::from_weights(weights, [n, k], Format::Q8));
    assert_eq!(of(Weights::Bf16(&half)), of(Weights::F32(&wide)));
    let narrow: Vec<f32> = other.iter().map(|x| x.to_f32()).collect();
    assert_eq!(of(Weights::F16(&other)), of(Weights::F32(&narrow)));
}

#[test]
fn tiny_and_empty_blocks_do_not_blow_up() {
    let w: Vec<f32> = (0..96).map(|i| if i < 32 { 0.0 } else { 1e-12 * i as f32 }).collect();
    for format in FORMATS {
        let kept = dense(&QuantMatrix::from_weights(Weights::F32(&w), [1, 96], format));
        assert!(kept.iter().all(|x| x.abs() < 1e-7), "{format:?}: {kept:?}");
    }
}

/// Inputs are rounded to 8 bits: each by 1/254 of the largest of its block. Errors of many
/// columns partly cancel, those of a single one do not.
const TOLERANCE: f64 = 8e-3;

#[test]
fn products_equal_f64_at_every_level() {
    for (n, k) in SIZES {
        let w = numbers(1, n * k);
        for format in FORMATS {
            let matrix = QuantMatrix::from_weights(Weights::F32(&w), [n, k], format);
            let kept = dense(&matrix);
            for m in [1, 2, 3, 4, 7, 11, 12, 13, 29] {
                let (x, bias) = (numbers(2, m * k), numbers(3, n));
                let dims = Dims { m, n, k };
                let mut expected = exact(&x, &kept, dims);
                for (index, y) in expected.iter_mut().enumerate() {
                    *y += f64::from(bias[index % n]);
                }
                at_each_level(|level| {
                    let mut out = vec![f32::NAN; m * n];
                    linear(&mut out, &x, Weights::Quant(&matrix), Some(&bias), dims);
                    let what = format!("{level:?} {format:?} {dims:?}");
                    close(&what, &out, &expected, TOLERANCE);
                });
            }
        }
    }
}

/// Inputs that 8 bits hold exactly leave only the order of f32 sums.
#[test]
fn products_of_whole_numbers_are_exact_up_to_f32() {
    let (n, k) = (37, 480);
    let w = numbers(1, n * k);
    for format in FORMATS {
        let matrix = QuantMatrix::from_weights(Weights::F32(&w), [n, k], format);
        for m in [1, 5, 12, 30, 65] {
            let whole =
                |(i, x): (usize, f32)| if i % 32 == 0 { 127.0 } else { (x * 127.0).round() };
            let x: Vec<f32> = numbers(2, m * k).into_iter().enumerate().map(whole).collect();
            let dims = Dims { m, n, k };
            let expected = exact(&x, &dense(&matrix), dims);
            at_each_level(|level| {
                let mut out = vec![f32::NAN; m * n];
                linear(&mut out, &x, Weights::Quant(&matrix), None, dims);
                close(&format!("{level:?} {format:?} {m}"), &out, &expected, 2e-6);
            });
        }
    }
}

#[test]
fn a_row_does_not_depend_on_its_batch() {
    let (n, k, m) = (70, 512, 71);
    let (w, x) = (numbers(1, n * k), numbers(2, m * k));
    for format in FORMATS {
        let matrix = QuantMatrix::from_weights(Weights::F32(&w), [n, k], format);
        at_each_level(|level| {
            let run = |rows: std::ops::Range<usize>| {
                let mut out = vec![f32::NAN; rows.len() * n];
                let dims = Dims { m: rows.len(), n, k };
                let x = &x[rows.start * k..rows.end * k];
                linear(&mut out, x, Weights::Quant(&matrix), None, dims);
                out
            };
            let all = run(0..m);
            for rows in [0..1, 1..3, 9..10, 10..14, 0..16, 13..30, 3..68, 70..71] {
                let place = rows.start * n..rows.end * n;
                assert_eq!(run(rows.clone()), all[place], "{level:?} {format:?} {rows:?}");
            }
        });
    }
}

#[test]
fn products_of_the_same_input_are_as_if_each_were_alone() {
    let (k, m) = (96, 5);
    let x = numbers(2, m * k);
    let check = |formats: [Option<Format>; 3]| {
        let all = formats.map(|format| (format, numbers(7, 37 * k), numbers(8, 37)));
        let quantized = all.each_ref().map(|(format, w, _)| {
            format.map(|format| QuantMatrix::from_weights(Weights::F32(w), [37, k], format))
        });
        at_each_level(|level| {
            let weights = |at: usize| match &quantized[at] {
                Some(matrix) => Weights::Quant(matrix),
                None => Weights::F32(&all[at].1),
            };
            let dims = Dims { m, n: 37, k };
            let alone = [0, 1, 2].map(|at| {
                let mut out = vec![f32::NAN; m * 37];
                linear(&mut out, &x, weights(at), Some(&all[at].2), dims);
                out
            });
            let mut outs = [0, 1, 2].map(|_| vec![f32::NAN; m * 37]);
            let projections = outs
                .iter_mut()
                .enumerate()
                .map(|(at, out)| Projection { out, weights: weights(at), bias: Some(&all[at].2) })
                .collect();
            linear_all(&x, k, projections);
            assert_eq!(outs, alone, "{level:?} {formats:?}");
        });
    };
    check([Some(Format::Q8); 3]);
    check([Some(Format::Q4), Some(Format::Q4), Some(Format::Q8Fine)]);
    check([None, Some(Format::Q8), None]);
}

#[test]
fn what_is_not_a_number_is_seen_in_its_row_alone() {
    let (n, k) = (20, 64);
    let matrix = QuantMatrix::from_weights(Weights::F32(&numbers(1, n * k)), [n, k], Format::Q8);
    at_each_level(|level| {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut x = numbers(2, 2 * k);
            x[40] = bad;
            let mut out = vec![0.0; 2 * n];
            linear(&mut out, &x, Weights::Quant(&matrix), None, Dims { m: 2, n, k });
            assert!(out[..n].iter().all(|y| !y.is_finite()), "{level:?} {bad}");
            assert!(out[n..].iter().all(|y| y.is_finite()), "{level:?} {bad}");
        }
    });
}

#[test]
fn gradients_of_inputs_equal_f64() {
    let dims = Dims { m: 9, n: 45, k: 130 };
    let dy = numbers(2, dims.m * dims.n);
    for format in FORMATS {
        let w = numbers(1, dims.n * dims.k);
        let matrix = QuantMatrix::from_weights(Weights::F32(&w), [dims.n, dims.k], format);
        let kept = dense(&matrix);
        let turned: Vec<f32> = (0..dims.k)
            .flat_map(|c| (0..dims.n).map(move |r| (r, c)))
            .map(|(r, c)| kept[r * dims.k + c])
            .collect();
        let expected = exact(&dy, &turned, Dims { m: dims.m, n: dims.k, k: dims.n });
        at_each_level(|level| {
            let mut dx = vec![f32::NAN; dims.m * dims.k];
            linear_grad_input(&mut dx, &dy, Weights::Quant(&matrix), dims, false);
            close(&format!("{level:?} {format:?}"), &dx, &expected, 8e-3);
        });
    }
}

/// Reads a row of blocks by the formulas of the GGUF specification, in f64.
fn reference(kind: BlockType, bytes: &[u8]) -> Vec<f64> {
    let half = |at: usize| f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f64();
    let nibble = |at: usize, i: usize| {
        u32::from(if i < 16 { bytes[at + i] & 15 } else { bytes[at + i - 16] >> 4 })
    };
    let fifth = |at: usize, i: usize| (u32::from(bytes[at + i / 8] >> (i % 8)) & 1) << 4;
    let (d, count) = (half(0), kind.block().0);
    let one = |i: usize| match kind {
        BlockType::Q8_0 => d * f64::from(bytes[2 + i] as i8),
        BlockType::Q4_0 => d * (f64::from(nibble(2, i)) - 8.0),
        BlockType::Q4_1 => d * f64::from(nibble(4, i)) + half(2),
        BlockType::Q5_0 => d * (f64::from(nibble(6, i) | fifth(2, i)) - 16.0),
        BlockType::Q5_1 => d * f64::from(nibble(8, i) | fifth(4, i)) + half(2),
        BlockType::Q4K | BlockType::Q5K => {
            let (part, lane) = (i / 32, i % 32);
            let s = |j: usize| u32::from(bytes[4 + j]);
            let (scale, minimum) = if part < 4 {
                (s(part) & 63, s(part + 4) & 63)
            } else {
                let scale = (s(part + 4) & 15) | ((s(part - 4) >> 6) << 4);
                (scale, (s(part + 4) >> 4) | ((s(part) >> 6) << 4))
            };
            let body = if kind == BlockType::Q4K { 16 } else { 48 };
            let byte = u32::from(bytes[body + i / 64 * 32 + lane]);
            let four = if part % 2 == 0 { byte & 15 } else { byte >> 4 };
            let high = u32::from(bytes[16 + lane] >> part) & 1;
            let number = if kind == BlockType::Q4K { four } else { four + 16 * high };
            d * f64::from(scale) * f64::from(number) - half(2) * f64::from(minimum)
        }
        BlockType::Q6K => {
            let (side, place) = (i / 128, i % 128);
            let low = bytes[64 * side + place % 64];
            let low = u32::from(if place < 64 { low & 15 } else { low >> 4 });
            let high = u32::from(bytes[128 + 32 * side + place % 32] >> (place / 32 * 2)) & 3;
            let scale = f64::from(bytes[192 + i / 16] as i8);
            half(208) * scale * (f64::from(low | high << 4) - 32.0)
        }
        _ => unreachable!(),
    };
    (0..count).map(one).collect()
}

const BLOCKS: [BlockType; 8] = [
    BlockType::Q8_0,
    BlockType::Q4_0,
    BlockType::Q4_1,
    BlockType::Q5_0,
    BlockType::Q5_1,
    BlockType::Q4K,
    BlockType::Q5K,
    BlockType::Q6K,
];

/// Bytes without order, except that the floats among them are like those of weights.
fn random_blocks(kind: BlockType, count: usize) -> Vec<u8> {
    let bytes = kind.block().1;
    let mut all: Vec<u8> =
        numbers(7, count * bytes).iter().map(|x| ((x + 1.0) * 127.9) as u8).collect();
    let floats: &[usize] = match kind {
        BlockType::Q8_0 | BlockType::Q4_0 | BlockType::Q5_0 => &[0],
        BlockType::Q6K => &[208],
        _ => &[0, 2],
    };
    for (index, block) in all.chunks_exact_mut(bytes).enumerate() {
        for at in floats {
            let float = f16::from_f32(0.001 * (index as f32 + 1.0 + *at as f32));
            block[*at..at + 2].copy_from_slice(&float.to_le_bytes());
        }
    }
    all
}

#[test]
fn blocks_of_files_are_read_as_specified() {
    for kind in BLOCKS {
        let (numbers, bytes) = kind.block();
        for (rows, columns) in [(3, 512_usize), (20, 256), (2, 288), (2, 96), (1, 40)] {
            let all = random_blocks(kind, rows * columns.div_ceil(numbers));
            let matrix = QuantMatrix::from_blocks(&all, kind, [rows, columns]);
            assert_eq!(matrix.format(), kind.format());
            let row_bytes = kind.row_bytes(columns);
            assert_eq!(row_bytes, columns.div_ceil(numbers) * bytes);
            for (row, bytes) in all.chunks_exact(row_bytes).enumerate() {
                let expected: Vec<f64> =
                    bytes.chunks_exact(kind.block().1).flat_map(|b| reference(kind, b)).collect();
                // Scales of the K types are rounded to f16, others are exact up to f32.
                let tolerance = match kind {
                    BlockType::Q4K | BlockType::Q5K | BlockType::Q6K => 5e-4,
                    _ => 2e-7,
                };
                let what = format!("{kind:?} {rows} × {columns}, row {row}");
                close(&what, &matrix.row(row), &expected[..columns], tolerance);
            }
        }
    }
}

#[test]
fn products_with_blocks_of_files_equal_f64() {
    for kind in BLOCKS {
        let dims = Dims { m: 3, n: 18, k: 512 };
        let all = random_blocks(kind, dims.n * dims.k / kind.block().0);
        let matrix = QuantMatrix::from_blocks(&all, kind, [dims.n, dims.k]);
        let x = numbers(2, dims.m * dims.k);
        let expected = exact(&x, &dense(&matrix), dims);
        at_each_level(|level| {
            let mut out = vec![f32::NAN; dims.m * dims.n];
            linear(&mut out, &x, Weights::Quant(&matrix), None, dims);
            close(&format!("{level:?} {kind:?}"), &out, &expected, 8e-3);
        });
    }
}

#[test]
fn floats_of_files_are_rounded_to_8_bits() {
    let (n, k) = (4, 96);
    let w: Vec<bf16> = numbers(1, n * k).into_iter().map(bf16::from_f32).collect();
    let wide: Vec<f32> = w.iter().map(|x| x.to_f32()).collect();
    let expected = dense(&QuantMatrix::from_weights(Weights::F32(&wide), [n, k], Format::Q8));
    let bytes: Vec<u8> = w.iter().flat_map(|x| x.to_le_bytes()).collect();
    let of = |bytes: &[u8], kind| dense(&QuantMatrix::from_blocks(bytes, kind, [n, k]));
    assert_eq!(of(&bytes, BlockType::Bf16), expected);
    let bytes: Vec<u8> = wide.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(of(&bytes, BlockType::F32), expected);
    let bytes: Vec<u8> = wide.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect();
    close(
        "f16",
        &of(&bytes, BlockType::F16),
        &expected.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(),
        1e-2,
    );
}

#[test]
fn types_have_the_numbers_of_the_file_format() {
    let known = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 30];
    for number in 0..64 {
        assert_eq!(BlockType::from_gguf(number).is_some(), known.contains(&number), "{number}");
    }
}
