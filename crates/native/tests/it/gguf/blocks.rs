//! Quantized blocks, as numbers: by hand, and by the `gguf` package where Python has it.

use std::process::Command;

use half::f16;
use native::gguf::BlockFormat;

use super::python;
use crate::fixtures::assert_close;

fn numbers(format: BlockFormat, block: &[u8]) -> Vec<f32> {
    let mut out = vec![0.0; format.numbers()];
    format.dequantize(block, &mut out);
    out
}

/// Makes a block of halves, then bytes.
fn block(halves: &[f32], bytes: &[u8]) -> Vec<u8> {
    let halves = halves.iter().flat_map(|half| f16::from_f32(*half).to_le_bytes());
    halves.chain(bytes.iter().copied()).collect()
}

/// Sixteen bytes whose lower halves count up and whose upper ones count down.
fn counting() -> Vec<u8> {
    (0..16).map(|at| at | (15 - at) << 4).collect()
}

#[test]
fn blocks_with_one_scale_are_read_by_hand() {
    let up_and_down = (0..16).chain((0..16).rev());
    let check = |format: BlockFormat, block: &[u8], expected: &dyn Fn(usize, f32) -> f32| {
        let expected: Vec<f32> =
            up_and_down.clone().enumerate().map(|(at, q)| expected(at, q as f32)).collect();
        assert_eq!(numbers(format, block), expected, "{}", format.name());
    };
    let counting = counting();
    check(BlockFormat::Q4_0, &block(&[0.5], &counting), &|_, q| (q - 8.0) * 0.5);
    check(BlockFormat::Q4_1, &block(&[0.5, -3.0], &counting), &|_, q| q * 0.5 - 3.0);
    // The fifth bits of the numbers 0, 17 and 31.
    let high = (1_u32 | 1 << 17 | 1 << 31).to_le_bytes();
    let fifth = |at: usize| if [0, 17, 31].contains(&at) { 16.0 } else { 0.0 };
    let five = [&high[..], &counting].concat();
    check(BlockFormat::Q5_0, &block(&[0.25], &five), &|at, q| (q + fifth(at) - 16.0) * 0.25);
    check(BlockFormat::Q5_1, &block(&[0.25, 1.5], &five), &|at, q| (q + fifth(at)) * 0.25 + 1.5);
    let bytes: Vec<u8> = (0..32).map(|at: i8| (at * 4 - 64) as u8).collect();
    let expected: Vec<f32> = (0..32).map(|at| (at as f32 * 4.0 - 64.0) * 0.125).collect();
    assert_eq!(numbers(BlockFormat::Q8_0, &block(&[0.125], &bytes)), expected);
}

/// Packs eight scales and eight minima of six bits as K-quants have them.
fn packed(scales: [u8; 8], leasts: [u8; 8]) -> Vec<u8> {
    let low = (0..4).map(|i| scales[i] | (scales[i + 4] >> 4) << 6);
    let middle = (0..4).map(|i| leasts[i] | (leasts[i + 4] >> 4) << 6);
    let rest = (4..8).map(|i| (scales[i] & 15) | (leasts[i] & 15) << 4);
    low.chain(middle).chain(rest).collect()
}

const SCALES: [u8; 8] = [1, 2, 3, 63, 17, 32, 48, 5];
const LEASTS: [u8; 8] = [0, 9, 63, 1, 16, 33, 60, 7];

#[test]
fn blocks_of_four_and_five_bits_with_packed_scales_are_read_by_hand() {
    // Each byte of the four bits of two parts: 3 for the first of them, 12 for the second.
    let low = vec![3 | 12 << 4; 128];
    let expected = |fifth: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        let one = |index: usize| {
            let (part, at) = (index / 32, index % 32);
            let q = if part % 2 == 0 { 3.0 } else { 12.0 } + fifth(part, at);
            0.5 * f32::from(SCALES[part]) * q - 0.25 * f32::from(LEASTS[part])
        };
        (0..256).map(one).collect()
    };
    let four = [packed(SCALES, LEASTS), low.clone()].concat();
    let found = numbers(BlockFormat::Q4K, &block(&[0.5, 0.25], &four));
    assert_eq!(found, expected(&|_, _| 0.0));
    // Place 7 has a fifth bit in all parts, place 9 in part 6 alone.
    let mut high = vec![0; 32];
    (high[7], high[9]) = (0xff, 1 << 6);
    let five = [packed(SCALES, LEASTS), high, low].concat();
    let found = numbers(BlockFormat::Q5K, &block(&[0.5, 0.25], &five));
    let fifth = |part: usize, at: usize| if at == 7 || (part, at) == (6, 9) { 16.0 } else { 0.0 };
    assert_eq!(found, expected(&fifth));
}

#[test]
fn blocks_of_six_bits_are_read_by_hand() {
    // The four quarters of each half: 1, 2, 3 and 4 with upper bits 0, 1, 2 and 3.
    let low: Vec<u8> =
        (0..128).map(|at| if at % 64 < 32 { 1 | 3 << 4 } else { 2 | 4 << 4 }).collect();
    let high = vec![0b1110_0100; 64];
    let scales: Vec<u8> = (0..16).map(|at: i8| (at - 8) as u8).collect();
    let bytes = [low, high, scales, f16::from_f32(0.5).to_le_bytes().to_vec()].concat();
    let one = |index: usize| {
        let quarter = index / 32 % 4;
        let q = quarter as f32 + 1.0 + 16.0 * quarter as f32 - 32.0;
        0.5 * ((index / 16) as f32 - 8.0) * q
    };
    let expected: Vec<f32> = (0..256).map(one).collect();
    assert_eq!(numbers(BlockFormat::Q6K, &bytes), expected);
}

#[test]
fn what_the_kernels_hold_are_the_numbers_of_the_blocks() {
    let mut seed = 1_u32;
    let mut byte = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    for format in BlockFormat::ALL {
        let (rows, columns) = (19, 512);
        let count = rows * columns / format.numbers();
        let mut blocks: Vec<u8> = (0..count * format.bytes()).map(|_| byte()).collect();
        for block in blocks.chunks_exact_mut(format.bytes()) {
            // Scales and minima that are numbers: the exponents below 16.
            let halves = if format == BlockFormat::Q6K { [208, 208] } else { [0, 2] };
            halves.iter().for_each(|at| block[at + 1] = block[at + 1] & 0x83 | 0x30);
        }
        let mut expected = vec![0.0; rows * columns];
        format.dequantize(&blocks, &mut expected);
        let matrix = kernels::QuantMatrix::from_blocks(&blocks, format.kind(), [rows, columns]);
        let found: Vec<f32> = (0..rows).flat_map(|row| matrix.row(row)).collect();
        let is_k = format.numbers() == 256;
        // Products of scales are rounded to f16, in the K formats.
        assert_close(&found, &expected, if is_k { 1e-3 } else { 1e-6 }, format.name());
    }
}

/// Writes blocks of each format and their numbers, one file for each.
const SCRIPT: &str = r#"
import sys, numpy, gguf
from gguf.quants import quantize, dequantize
from gguf import GGMLQuantizationType as T
numpy.random.seed(7)
for name in sys.argv[2:]:
    kind = T[name]
    numbers = numpy.random.randn(64, 512).astype(numpy.float32)
    try:
        blocks = quantize(numbers, kind)
    except NotImplementedError:
        per, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = numpy.random.randint(0, 256, (64, 512 // per, size)).astype(numpy.uint8)
        scales = {"Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [size - 2]}[name]
        for at in scales:
            halves = numpy.random.randn(64, 512 // per, 1).astype(numpy.float16)
            blocks[:, :, at:at + 2] = halves.view(numpy.uint8)
        blocks = blocks.reshape(64, -1)
    with open(f"{sys.argv[1]}/{name}", "wb") as file:
        file.write(blocks.tobytes())
        file.write(dequantize(blocks, kind).astype(numpy.float32).tobytes())
"#;

#[test]
fn blocks_are_read_as_by_the_gguf_package() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(dir.path()).args(BlockFormat::ALL.map(BlockFormat::name));
    assert!(command.status().expect("Python runs").success());
    for format in BlockFormat::ALL {
        let bytes = std::fs::read(dir.path().join(format.name())).expect("Python wrote it");
        let blocks = 64 * 512 / format.numbers();
        let (blocks, expected) = bytes.split_at(blocks * format.bytes());
        let expected: Vec<f32> =
            expected.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect();
        let mut found = vec![0.0; expected.len()];
        format.dequantize(blocks, &mut found);
        assert_eq!(found, expected, "{}", format.name());
    }
}
