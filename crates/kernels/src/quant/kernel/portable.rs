//! One tile with a group of rows, in plain loops.

use crate::quant::input::{InputBlock, Rows};
use crate::quant::{Format, LANES};
use crate::weights::f16_to_f32;

/// Computes the sums of a tile for each row of a group.
pub(super) fn multiply(format: Format, tile: &[u8], rows: &Rows<'_>, sums: &mut [[f32; LANES]]) {
    sums.fill([0.0; LANES]);
    let blocks = tile.chunks_exact(format.bytes()).zip(rows.blocks.chunks_exact(rows.count));
    for (block, inputs) in blocks {
        let (head, body) = block.split_at(format.head());
        let scales = halves(head);
        for (input, sums) in inputs.iter().zip(sums.iter_mut()) {
            let [low, high] = products(format, body, input);
            match format {
                Format::Q8Fine => {
                    add(sums, &low, (&scales, input.scale));
                    add(sums, &high, (&halves(&head[2 * LANES..]), input.scale));
                }
                _ => {
                    let both = std::array::from_fn(|lane| low[lane] + high[lane]);
                    add(sums, &both, (&scales, input.scale));
                }
            }
            if matches!(format, Format::Q8Min | Format::Q4Min) {
                let minima = halves(&head[2 * LANES..]);
                for (sum, minimum) in sums.iter_mut().zip(&minima) {
                    *sum += minimum * input.total;
                }
            }
        }
    }
}

fn halves(bytes: &[u8]) -> [f32; LANES] {
    std::array::from_fn(|lane| {
        f16_to_f32(u16::from_le_bytes([bytes[2 * lane], bytes[2 * lane + 1]]))
    })
}

/// Returns the products of both halves of a block with one row.
fn products(format: Format, body: &[u8], input: &InputBlock) -> [[i32; LANES]; 2] {
    let mut sums = input.starts.map(|start| [start; LANES]);
    for (four, x) in input.numbers.as_chunks::<4>().0.iter().enumerate() {
        let (vector, shift, mask) = match format.is_narrow() {
            false => (four, 0, 255),
            true => (four % 4, four / 4 * 4, 15),
        };
        let vector = &body[vector * 4 * LANES..][..4 * LANES];
        for (sum, w) in sums[four / 4].iter_mut().zip(vector.as_chunks::<4>().0) {
            for (w, x) in w.iter().zip(x) {
                *sum += i32::from((w >> shift) & mask) * i32::from(*x);
            }
        }
    }
    sums
}

fn add(sums: &mut [f32; LANES], products: &[i32; LANES], (scales, scale): (&[f32; LANES], f32)) {
    for ((sum, product), row_scale) in sums.iter_mut().zip(products).zip(scales) {
        *sum += *product as f32 * (row_scale * scale);
    }
}
