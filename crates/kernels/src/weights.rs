//! Weights as they lie in a file.

use half::bf16;

/// A matrix of weights, `n` rows of `k`.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// The upper halves of 32-bit floats.
    Bf16(&'a [bf16]),
}

impl Weights<'_> {
    /// Returns how many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::Bf16(numbers) => numbers.len(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

crate::dispatch::dispatched! {
    /// Widens bf16 to f32.
    pub(crate) fn widen(out: &mut [f32], x: &[bf16]) {
        for (out, x) in out.iter_mut().zip(x) {
            *out = f32::from_bits(u32::from(x.to_bits()) << 16);
        }
    }
}
