//! The block types of GGUF files, as their specification lays them out, turned into tiles.

use super::{BLOCK, Block, Format, QuantMatrix};
use crate::weights::{Weights, f16_to_f32};
use half::{bf16, f16};

/// How a GGUF file keeps a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// bf16.
    Bf16,
    /// 32 numbers of 4 bits and a scale.
    Q4_0,
    /// 32 numbers of 4 bits, a scale and a minimum.
    Q4_1,
    /// 32 numbers of 5 bits and a scale.
    Q5_0,
    /// 32 numbers of 5 bits, a scale and a minimum.
    Q5_1,
    /// 32 numbers of 8 bits and a scale.
    Q8_0,
    /// 256 numbers of 4 bits; eight scales and minima of 6 bits.
    Q4K,
    /// 256 numbers of 5 bits; eight scales and minima of 6 bits.
    Q5K,
    /// 256 numbers of 6 bits; sixteen scales of 8 bits.
    Q6K,
}

impl BlockType {
    /// Returns the type that a file gives a number, where it can be read here.
    pub fn from_gguf(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            30 => Self::Bf16,
            _ => return None,
        })
    }

    /// Returns how many numbers a block has, and how many bytes.
    pub fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q4_0 => (32, 18),
            Self::Q4_1 => (32, 20),
            Self::Q5_0 => (32, 22),
            Self::Q5_1 => (32, 24),
            Self::Q8_0 => (32, 34),
            Self::Q4K => (256, 144),
            Self::Q5K => (256, 176),
            Self::Q6K => (256, 210),
        }
    }

    /// Returns how many bytes a row of `columns` takes; the last block may be needed in part.
    pub fn row_bytes(self, columns: usize) -> usize {
        let (numbers, bytes) = self.block();
        columns.div_ceil(numbers) * bytes
    }

    /// Returns the format of the tiles.
    ///
    /// `Q8_0`, `Q4_0`, `Q4_1`, `Q5_0` and `Q5_1` are held exactly. In the K types a scale or a
    /// minimum is the product of two numbers, which is rounded to f16: by 2⁻¹¹ at most, relative,
    /// and by 2⁻²⁵ where it is below 2⁻¹⁴. Floats are rounded to `Q8`; as they are they may be
    /// used as other [`Weights`].
    pub fn format(self) -> Format {
        match self {
            Self::Q4_0 => Format::Q4,
            Self::Q4_1 | Self::Q4K => Format::Q4Min,
            Self::Q5_1 | Self::Q5K => Format::Q8Min,
            Self::Q6K => Format::Q8Fine,
            Self::F32 | Self::F16 | Self::Bf16 | Self::Q5_0 | Self::Q8_0 => Format::Q8,
        }
    }
}

impl QuantMatrix {
    /// Makes tiles of the rows of a GGUF tensor, in parallel; `bytes` has
    /// [`BlockType::row_bytes`] for each row and is not needed afterwards.
    pub fn from_blocks(bytes: &[u8], kind: BlockType, [rows, columns]: [usize; 2]) -> Self {
        let row_bytes = kind.row_bytes(columns);
        assert_eq!(bytes.len(), rows * row_bytes, "{kind:?} of {rows} × {columns}");
        let sizes = [rows, columns];
        let halves = |bytes: &[u8]| -> Vec<u16> {
            bytes.as_chunks::<2>().0.iter().map(|half| u16::from_le_bytes(*half)).collect()
        };
        match kind {
            BlockType::F32 => {
                let numbers = bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x));
                let numbers: Vec<f32> = numbers.collect();
                Self::from_weights(Weights::F32(&numbers), sizes, Format::Q8)
            }
            BlockType::F16 => {
                let numbers: Vec<f16> = halves(bytes).into_iter().map(f16::from_bits).collect();
                Self::from_weights(Weights::F16(&numbers), sizes, Format::Q8)
            }
            BlockType::Bf16 => {
                let numbers: Vec<bf16> = halves(bytes).into_iter().map(bf16::from_bits).collect();
                Self::from_weights(Weights::Bf16(&numbers), sizes, Format::Q8)
            }
            _ => Self::of_rows(kind.format(), sizes, |row, take| {
                let row = &bytes[row * row_bytes..][..row_bytes];
                let (numbers, block_bytes) = kind.block();
                for (at, block) in row.chunks_exact(block_bytes).enumerate() {
                    let first = at * numbers / BLOCK;
                    split(block, kind, &mut |part, block: &Block| {
                        if first + part < columns.div_ceil(BLOCK) {
                            take(first + part, block);
                        }
                    });
                }
            }),
        }
    }
}

/// Turns one block of a file into blocks of 32.
fn split(block: &[u8], kind: BlockType, take: &mut dyn FnMut(usize, &Block)) {
    let half = |at: usize| u16::from_le_bytes([block[at], block[at + 1]]);
    let one = |numbers, other| Block { numbers, scale: half(0), other };
    match kind {
        BlockType::Q8_0 => take(0, &one(std::array::from_fn(|i| block[2 + i] ^ 0x80), 0)),
        BlockType::Q4_0 => take(0, &one(nibbles(&block[2..]), 0)),
        BlockType::Q4_1 => take(0, &one(nibbles(&block[4..]), half(2))),
        // 5 bits are centered at 16, and 8 bits at 128.
        BlockType::Q5_0 => take(0, &one(fives(&block[2..]).map(|x| x + 112), 0)),
        BlockType::Q5_1 => take(0, &one(fives(&block[4..]), half(2))),
        BlockType::Q4K => k_with_minima(block, take, |part, i| {
            let byte = block[16 + part / 2 * 32 + i];
            (byte >> (4 * (part % 2))) & 15
        }),
        BlockType::Q5K => k_with_minima(block, take, |part, i| {
            let low = (block[48 + part / 2 * 32 + i] >> (4 * (part % 2))) & 15;
            low | ((block[16 + i] >> part) & 1) << 4
        }),
        BlockType::Q6K => k_fine(block, take),
        BlockType::F32 | BlockType::F16 | BlockType::Bf16 => unreachable!("floats have no blocks"),
    }
}

/// The low halves of sixteen bytes, then the high ones.
fn nibbles(bytes: &[u8]) -> [u8; BLOCK] {
    std::array::from_fn(|i| (bytes[i % 16] >> (i / 16 * 4)) & 15)
}

/// Four bytes of fifth bits, then the other four bits.
fn fives(bytes: &[u8]) -> [u8; BLOCK] {
    let low = nibbles(&bytes[4..]);
    std::array::from_fn(|i| low[i] | ((bytes[i / 8] >> (i % 8)) & 1) << 4)
}

/// Rounds a product to f16.
fn product(a: u16, b: f32) -> u16 {
    f16::from_f32(f16_to_f32(a) * b).to_bits()
}

/// `Q4_K` and `Q5_K`: number · scale · d - minimum · d_min.
fn k_with_minima(
    block: &[u8],
    take: &mut dyn FnMut(usize, &Block),
    number: impl Fn(usize, usize) -> u8,
) {
    let half = |at: usize| u16::from_le_bytes([block[at], block[at + 1]]);
    let packed = &block[4..16];
    for part in 0..8 {
        let (scale, minimum) = if part < 4 {
            (packed[part] & 63, packed[part + 4] & 63)
        } else {
            let low = packed[part + 4];
            let high = |at: usize| (packed[at] >> 6) << 4;
            ((low & 15) | high(part - 4), (low >> 4) | high(part))
        };
        let numbers = std::array::from_fn(|i| number(part, i));
        let scale = product(half(0), f32::from(scale));
        let other = product(half(2), -f32::from(minimum));
        take(part, &Block { numbers, scale, other });
    }
}

/// `Q6_K`: four low bits, two high bits, a signed scale for sixteen numbers.
fn k_fine(block: &[u8], take: &mut dyn FnMut(usize, &Block)) {
    let (low, rest) = block.split_at(128);
    let (high, rest) = rest.split_at(64);
    let d = u16::from_le_bytes([rest[16], rest[17]]);
    for part in 0..8 {
        let (half, quarter) = (part / 4, part % 4);
        let numbers = std::array::from_fn(|i| {
            let four = low[half * 64 + quarter % 2 * 32 + i] >> (quarter / 2 * 4);
            let two = high[half * 32 + i] >> (2 * quarter);
            // 6 bits are centered at 32, and 8 bits at 128.
            ((four & 15) | (two & 3) << 4) + 96
        });
        let scale = |at: usize| product(d, f32::from(rest[2 * part + at] as i8));
        take(part, &Block { numbers, scale: scale(0), other: scale(1) });
    }
}
