//! Making tiles of numbers.

use half::f16;

use super::{BLOCK, Block, Format, LANES, QuantMatrix, place};
use crate::dispatch::dispatched;
use crate::parallel;
use crate::weights::{Weights, f16_to_f32};

impl QuantMatrix {
    /// Rounds a matrix of `rows × columns`, in parallel.
    ///
    /// A number is at most half a step away from what it was, and a step is the largest number
    /// of its block divided by 127 (`Q8`, `Q8Fine`) or 8 (`Q4`), or the block's range divided by
    /// 127 (`Q8Min`) or 15 (`Q4Min`), a little more where scales are rounded to f16.
    pub fn from_weights(weights: Weights<'_>, sizes: [usize; 2], format: Format) -> Self {
        let [rows, columns] = sizes;
        assert_eq!(weights.len(), rows * columns, "quantizing {rows} × {columns}");
        Self::of_rows(format, sizes, |row, take| {
            let mut numbers = vec![0.0; columns.next_multiple_of(BLOCK)];
            weights.copy_row(row, &mut numbers[..columns]);
            encode_row(&numbers, format, take);
        })
    }

    /// Makes a matrix of what `blocks_of` gives for each row, block by block.
    pub(super) fn of_rows(
        format: Format,
        sizes: [usize; 2],
        blocks_of: impl Fn(usize, &mut dyn FnMut(usize, &Block)) + Sync,
    ) -> Self {
        let mut matrix = Self::zeroed(format, sizes);
        let (rows, tile_bytes) = (matrix.rows, matrix.tile_bytes());
        if tile_bytes == 0 || rows == 0 {
            return matrix;
        }
        let whole = rows.div_ceil(LANES) * tile_bytes;
        parallel::chunks(&mut matrix.bytes_mut()[..whole], tile_bytes, |tile, bytes| {
            for lane in 0..LANES.min(rows - tile * LANES) {
                blocks_of(tile * LANES + lane, &mut |at, block| {
                    let bytes = &mut bytes[at * format.bytes()..][..format.bytes()];
                    write(bytes, format, lane, block);
                });
            }
        });
        matrix
    }
}

/// Writes a block of one row into a block of its tile.
fn write(bytes: &mut [u8], format: Format, lane: usize, block: &Block) {
    let (head, body) = bytes.split_at_mut(format.head());
    head[2 * lane..2 * lane + 2].copy_from_slice(&block.scale.to_le_bytes());
    if format.head() > 2 * LANES {
        head[2 * (LANES + lane)..][..2].copy_from_slice(&block.other.to_le_bytes());
    }
    let (fours, _) = block.numbers.as_chunks::<4>();
    for (four, numbers) in fours.iter().enumerate() {
        let (at, shift) = place(format, lane, 4 * four);
        let bytes = &mut body[at..at + 4];
        if shift == 0 {
            bytes.copy_from_slice(numbers);
        } else {
            bytes.iter_mut().zip(numbers).for_each(|(byte, number)| *byte |= number << shift);
        }
    }
}

dispatched! {
    fn encode_row(x: &[f32], format: Format, take: &mut dyn FnMut(usize, &Block)) {
        for (at, x) in x.as_chunks::<BLOCK>().0.iter().enumerate() {
            take(at, &encode(x, format));
        }
    }
}

/// Rounds a block.
#[inline(always)]
fn encode(x: &[f32; BLOCK], format: Format) -> Block {
    let mut numbers = [0; BLOCK];
    let (low, high) = x.split_at(BLOCK / 2);
    let (first, second) = numbers.split_at_mut(BLOCK / 2);
    let (scale, other) = match format {
        Format::Q8 => {
            let scale = to_f16(largest(x) / 127.0);
            round(&mut numbers, x, (scale, 0.0), (1.0, 255.0, 128.0));
            (scale, 0)
        }
        Format::Q8Fine => {
            let scales = [to_f16(largest(low) / 127.0), to_f16(largest(high) / 127.0)];
            round(first, low, (scales[0], 0.0), (1.0, 255.0, 128.0));
            round(second, high, (scales[1], 0.0), (1.0, 255.0, 128.0));
            (scales[0], scales[1])
        }
        Format::Q4 => {
            // The largest number becomes -8 exactly, whatever its sign.
            let most =
                x.iter().fold(0.0_f32, |most, x| if x.abs() > most.abs() { *x } else { most });
            let scale = to_f16(most / -8.0);
            round(&mut numbers, x, (scale, 0.0), (0.0, 15.0, 8.0));
            (scale, 0)
        }
        Format::Q8Min | Format::Q4Min => {
            let steps = if format == Format::Q4Min { 15.0 } else { 127.0 };
            let (least, most) =
                x.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| {
                    (low.min(*x), high.max(*x))
                });
            let minimum = to_f16(least);
            let scale = to_f16((most - f16_to_f32(minimum)).max(0.0) / steps);
            round(&mut numbers, x, (scale, f16_to_f32(minimum)), (0.0, steps, 0.0));
            (scale, minimum)
        }
    };
    Block { numbers, scale, other }
}

fn to_f16(x: f32) -> u16 {
    f16::from_f32(x).to_bits()
}

#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let mut most = [0.0_f32; 16];
    for part in x.as_chunks::<16>().0 {
        most.iter_mut().zip(part).for_each(|(most, x)| *most = most.max(x.abs()));
    }
    most.iter().fold(0.0, |most, x| most.max(*x))
}

/// Rounds with a scale and a minimum to numbers between two bounds that begin at `zero`.
#[inline(always)]
fn round(numbers: &mut [u8], x: &[f32], (scale, minimum): (u16, f32), bounds: (f32, f32, f32)) {
    const ROUND: f32 = 12_582_912.0;
    let (low, high, zero) = bounds;
    let scale = f16_to_f32(scale);
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    for (number, x) in numbers.iter_mut().zip(x) {
        let shifted = ((x - minimum) * inverse + zero).clamp(low, high) + ROUND;
        *number = (shifted.to_bits().wrapping_sub(ROUND.to_bits())) as u8;
    }
}
