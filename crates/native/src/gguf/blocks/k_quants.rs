//! Formats of 256 numbers whose scales are quantized too.

use super::half_at;

/// Bytes of eight scales and eight minima of 6 bits each.
const SCALES: usize = 12;

/// Returns the scale and the minimum of 32 numbers: the first four pairs fill six bits of their
/// bytes, and the upper two bits of those hold what the last four lack.
fn scale_and_least(packed: &[u8], part: usize) -> (f32, f32) {
    let (scale, least) = if part < 4 {
        (packed[part] & 63, packed[part + 4] & 63)
    } else {
        let low = packed[part + 4];
        ((low & 15) | (packed[part - 4] >> 6) << 4, (low >> 4) | (packed[part] >> 6) << 4)
    };
    (f32::from(scale), f32::from(least))
}

/// Numbers of 4 bits, with a fifth where `high` has a byte for each place of a part.
fn with_leasts(block: &[u8], high: Option<&[u8]>, low: &[u8], out: &mut [f32]) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    let packed = &block[4..4 + SCALES];
    for (part, out) in out.chunks_exact_mut(32).enumerate() {
        let (own_scale, own_least) = scale_and_least(packed, part);
        let (scale, least) = (scale * own_scale, least * own_least);
        let bytes = &low[part / 2 * 32..][..32];
        for (at, (out, byte)) in out.iter_mut().zip(bytes).enumerate() {
            let four = if part % 2 == 0 { byte & 15 } else { byte >> 4 };
            let fifth = high.map_or(0, |high| (high[at] >> part) & 1);
            *out = scale * f32::from(four | fifth << 4) - least;
        }
    }
}

pub(super) fn q4_k(block: &[u8], out: &mut [f32]) {
    with_leasts(block, None, &block[4 + SCALES..], out);
}

pub(super) fn q5_k(block: &[u8], out: &mut [f32]) {
    let (high, low) = block[4 + SCALES..].split_at(32);
    with_leasts(block, Some(high), low, out);
}

pub(super) fn q6_k(block: &[u8], out: &mut [f32]) {
    let (low, rest) = block.split_at(128);
    let (high, rest) = rest.split_at(64);
    let scale = half_at(rest, 16);
    for (part, out) in out.chunks_exact_mut(32).enumerate() {
        // Each half of the block has 64 bytes of low bits and 32 of high ones for four parts.
        let (half, quarter) = (part / 4, part % 4);
        let low = &low[half * 64 + quarter % 2 * 32..][..32];
        let high = &high[half * 32..][..32];
        for (at, out) in out.iter_mut().enumerate() {
            let four = if quarter < 2 { low[at] & 15 } else { low[at] >> 4 };
            let two = (high[at] >> (2 * quarter)) & 3;
            let own_scale = f32::from(rest[part * 2 + at / 16] as i8);
            *out = scale * own_scale * (f32::from(four | two << 4) - 32.0);
        }
    }
}
