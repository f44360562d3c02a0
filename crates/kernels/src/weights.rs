//! Weights as they lie in a file, or as they were prepared.

use half::{bf16, f16};

use crate::product::PackedMatrix;
use crate::quant::QuantMatrix;

/// A matrix of weights, `n` rows of `k`.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// The upper halves of 32-bit floats.
    Bf16(&'a [bf16]),
    /// 16-bit floats of IEEE 754.
    F16(&'a [f16]),
    /// Floats in tiles.
    Packed(&'a PackedMatrix),
    /// Numbers of 4 or 8 bits with scales, in tiles.
    Quant(&'a QuantMatrix),
}

impl Weights<'_> {
    /// Returns how many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::Bf16(numbers) => numbers.len(),
            Self::F16(numbers) => numbers.len(),
            Self::Packed(matrix) => matrix.rows() * matrix.columns(),
            Self::Quant(matrix) => matrix.rows() * matrix.columns(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies a row as f32 into `out`, whose length is the number of columns.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        let range = row * out.len()..(row + 1) * out.len();
        match self {
            Self::F32(numbers) => out.copy_from_slice(&numbers[range]),
            Self::Bf16(numbers) => widen(out, &numbers[range]),
            Self::F16(numbers) => widen_f16(out, &numbers[range]),
            Self::Packed(matrix) => matrix.copy_row(row, out),
            Self::Quant(matrix) => matrix.copy_row(row, out),
        }
    }
}

crate::dispatch::dispatched! {
    /// Widens bf16 to f32.
    pub(crate) fn widen(out: &mut [f32], x: &[bf16]) {
        for (out, x) in out.iter_mut().zip(x) {
            *out = f32::from_bits(u32::from(x.to_bits()) << 16);
        }
    }

    /// Widens f16 to f32.
    pub(crate) fn widen_f16(out: &mut [f32], x: &[f16]) {
        for (out, x) in out.iter_mut().zip(x) {
            *out = f16_to_f32(x.to_bits());
        }
    }
}

/// Widens the bits of an f16: exact, and in a form that vectorizes.
#[inline(always)]
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    // Read as f32 with the exponent too small by 112; multiplying by 2^112 sets it right, for
    // subnormal numbers too. Infinities and NaN get the rest of the largest exponent.
    const SHIFT: f32 = f32::from_bits((127 + 112) << 23);
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7fff) << 13;
    let value = f32::from_bits(rest) * SHIFT;
    let top = if bits & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(value.to_bits() | sign | top)
}

/// Rounds to the nearest bf16, to the even one of two.
#[inline(always)]
pub(crate) fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    let quiet = (bits >> 16) | 0x40;
    (if x.is_nan() { quiet } else { rounded }) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_widens_exactly() {
        for bits in 0..=u16::MAX {
            let (wide, exact) = (f16_to_f32(bits), f16::from_bits(bits).to_f32());
            assert!(wide.to_bits() == exact.to_bits() || wide.is_nan() && exact.is_nan(), "{bits}");
        }
    }

    #[test]
    fn bf16_rounds_to_the_nearest() {
        let numbers = [0.0, -0.0, 1.0, 1.003_906_3, 1.011_718_8, -3.7e-39, 3.4e38, f32::INFINITY];
        for x in numbers {
            assert_eq!(to_bf16(x), bf16::from_f32(x).to_bits(), "{x}");
        }
        assert!(bf16::from_bits(to_bf16(f32::NAN)).is_nan());
    }
}
