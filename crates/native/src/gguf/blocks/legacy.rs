//! Formats with one scale for 32 numbers.
//!
//! In those of 4 and 5 bits the lower halves of the bytes are the first 16 numbers.

use super::half_at;

/// Splits 16 bytes into 32 numbers of 4 bits.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().map(|byte| byte & 15).chain(bytes.iter().map(|byte| byte >> 4))
}

/// Splits bits and 16 bytes into 32 numbers of 5 bits.
fn fives<'a>(high: &[u8], bytes: &'a [u8]) -> impl Iterator<Item = u8> + use<'a> {
    let high = u32::from_le_bytes([high[0], high[1], high[2], high[3]]);
    nibbles(bytes).enumerate().map(move |(at, low)| low | (((high >> at) & 1) as u8) << 4)
}

fn fill(out: &mut [f32], numbers: impl Iterator<Item = f32>) {
    out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
}

pub(super) fn q4_0(block: &[u8], out: &mut [f32]) {
    let scale = half_at(block, 0);
    fill(out, nibbles(&block[2..]).map(|q| (f32::from(q) - 8.0) * scale));
}

pub(super) fn q4_1(block: &[u8], out: &mut [f32]) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    fill(out, nibbles(&block[4..]).map(|q| f32::from(q) * scale + least));
}

pub(super) fn q5_0(block: &[u8], out: &mut [f32]) {
    let scale = half_at(block, 0);
    fill(out, fives(&block[2..6], &block[6..]).map(|q| (f32::from(q) - 16.0) * scale));
}

pub(super) fn q5_1(block: &[u8], out: &mut [f32]) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    fill(out, fives(&block[4..8], &block[8..]).map(|q| f32::from(q) * scale + least));
}

pub(super) fn q8_0(block: &[u8], out: &mut [f32]) {
    let scale = half_at(block, 0);
    fill(out, block[2..].iter().map(|q| f32::from(*q as i8) * scale));
}
