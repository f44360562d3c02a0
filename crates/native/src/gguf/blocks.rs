//! Block formats of quantized tensors: their sizes, and their numbers as f32, exactly.
//!
//! These are the reference: the fast kernels have to agree with them. The layouts are those of
//! ggml, in which a block is a run of numbers of one row with scales of their own.

mod k_quants;
mod legacy;

use kernels::BlockType;

/// How a block of numbers is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockFormat {
    /// 32 numbers of 4 bits around zero, one scale.
    Q4_0,
    /// 32 numbers of 4 bits, a scale and a minimum.
    Q4_1,
    /// 32 numbers of 5 bits around zero, one scale.
    Q5_0,
    /// 32 numbers of 5 bits, a scale and a minimum.
    Q5_1,
    /// 32 numbers of 8 bits, one scale.
    Q8_0,
    /// 256 numbers of 4 bits; scales and minima of 6 bits for each 32.
    Q4K,
    /// 256 numbers of 5 bits; scales and minima of 6 bits for each 32.
    Q5K,
    /// 256 numbers of 6 bits; scales of 8 bits for each 16.
    Q6K,
}

impl BlockFormat {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// Returns the name, as users know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
        }
    }

    /// Returns how many numbers a block has.
    pub fn numbers(self) -> usize {
        self.kind().block().0
    }

    /// Returns how many bytes a block has.
    pub fn bytes(self) -> usize {
        self.kind().block().1
    }

    /// Returns what the kernels call it.
    pub fn kind(self) -> BlockType {
        match self {
            Self::Q4_0 => BlockType::Q4_0,
            Self::Q4_1 => BlockType::Q4_1,
            Self::Q5_0 => BlockType::Q5_0,
            Self::Q5_1 => BlockType::Q5_1,
            Self::Q8_0 => BlockType::Q8_0,
            Self::Q4K => BlockType::Q4K,
            Self::Q5K => BlockType::Q5K,
            Self::Q6K => BlockType::Q6K,
        }
    }

    /// Turns whole blocks into numbers; `out` has room for just these.
    pub fn dequantize(self, blocks: &[u8], out: &mut [f32]) {
        let one: fn(&[u8], &mut [f32]) = match self {
            Self::Q4_0 => legacy::q4_0,
            Self::Q4_1 => legacy::q4_1,
            Self::Q5_0 => legacy::q5_0,
            Self::Q5_1 => legacy::q5_1,
            Self::Q8_0 => legacy::q8_0,
            Self::Q4K => k_quants::q4_k,
            Self::Q5K => k_quants::q5_k,
            Self::Q6K => k_quants::q6_k,
        };
        let count = blocks.len() / self.bytes();
        assert_eq!(
            (blocks.len(), out.len()),
            (count * self.bytes(), count * self.numbers()),
            "whole {} blocks and room for them",
            self.name()
        );
        let rooms = out.chunks_exact_mut(self.numbers());
        blocks.chunks_exact(self.bytes()).zip(rooms).for_each(|(block, out)| one(block, out));
    }
}

/// Reads the 16-bit float at a place of a block.
fn half_at(block: &[u8], at: usize) -> f32 {
    half::f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}
