//! Matrices of 8-bit and 4-bit numbers in tiles that a product streams once, and products with
//! them.
//!
//! A *tile* is sixteen rows. It holds one *block* after the other, each with 32 columns: first a
//! scale for each row, then (where the format has them) a second scale or a minimum for each
//! row, then the numbers, four columns of all rows at a time, so that one 512-bit vector holds
//! what one instruction multiplies. Rows and columns that are missing are zeros.

mod blocks;
mod encode;
mod input;
mod kernel;

use std::fmt;
use std::ops::Range;

use crate::dispatch::level;
use crate::memory::room;
use crate::parallel::{self, Shared};
use crate::product::SERIAL;
use crate::weights::f16_to_f32;

pub use blocks::BlockType;
use input::{GROUP, Input};

/// Rows of a tile.
pub(crate) const LANES: usize = 16;
/// Columns of a block.
pub(crate) const BLOCK: usize = 32;

/// How the numbers of a matrix are kept. All scales are f16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 8 bits, a scale for 32: 8.5 bits for each weight.
    Q8,
    /// 8 bits, a scale for 16: 9 bits.
    Q8Fine,
    /// 7 bits without sign in 8, a scale and a minimum for 32: 9 bits.
    Q8Min,
    /// 4 bits, a scale for 32: 4.5 bits.
    Q4,
    /// 4 bits, a scale and a minimum for 32: 5 bits.
    Q4Min,
}

impl Format {
    /// Bytes of the scales and minima of a block of a tile.
    const fn head(self) -> usize {
        match self {
            Self::Q8 | Self::Q4 => 2 * LANES,
            Self::Q8Fine | Self::Q8Min | Self::Q4Min => 4 * LANES,
        }
    }

    /// Bytes of a block of a tile.
    const fn bytes(self) -> usize {
        match self {
            Self::Q4 | Self::Q4Min => self.head() + LANES * BLOCK / 2,
            _ => self.head() + LANES * BLOCK,
        }
    }

    /// What is stored for zero.
    const fn zero(self) -> u8 {
        match self {
            Self::Q8 | Self::Q8Fine => 128,
            Self::Q4 => 8,
            Self::Q8Min | Self::Q4Min => 0,
        }
    }

    const fn is_narrow(self) -> bool {
        matches!(self, Self::Q4 | Self::Q4Min)
    }
}

/// 32 numbers of one row: `scale · (number - zero)`, and a minimum added where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    numbers: [u8; BLOCK],
    /// f16.
    scale: u16,
    /// The scale of the second half, or the minimum; f16.
    other: u16,
}

/// Returns where a row's number of a block lies behind its head, and by how many bits shifted.
const fn place(format: Format, row: usize, column: usize) -> (usize, u32) {
    let (four, byte) = (column / 4, column % 4);
    match (format.is_narrow(), four < 4) {
        (false, _) => (four * 4 * LANES + row * 4 + byte, 0),
        (true, true) => (four * 4 * LANES + row * 4 + byte, 0),
        (true, false) => ((four - 4) * 4 * LANES + row * 4 + byte, 4),
    }
}

/// A line of the cache: where a tile may begin.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A prepared matrix of weights: rows are outputs, columns are inputs.
#[derive(Clone)]
pub struct QuantMatrix {
    format: Format,
    rows: usize,
    columns: usize,
    lines: Vec<Line>,
}

impl QuantMatrix {
    fn zeroed(format: Format, [rows, columns]: [usize; 2]) -> Self {
        let bytes = rows.div_ceil(LANES) * columns.div_ceil(BLOCK) * format.bytes();
        Self { format, rows, columns, lines: room(Line([0; 64]), bytes.div_ceil(64)) }
    }

    /// Returns how the numbers are kept.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns how much memory the tiles take.
    pub fn size_bytes(&self) -> usize {
        self.lines.len() * 64
    }

    /// Returns the numbers of a row.
    pub fn row(&self, row: usize) -> Vec<f32> {
        let mut out = vec![0.0; self.columns];
        self.copy_row(row, &mut out);
        out
    }

    /// Copies the numbers of a row.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.columns, "a row of {self:?}");
        self.copy_part(row, 0, out);
    }

    /// Copies the numbers of a row from `first` on.
    pub(crate) fn copy_part(&self, row: usize, first: usize, out: &mut [f32]) {
        assert!(row < self.rows && first + out.len() <= self.columns, "a part of {self:?}");
        let (tile, lane) = (self.tile(row / LANES), row % LANES);
        let mut at = first;
        while at < first + out.len() {
            let end = (at / BLOCK + 1) * BLOCK;
            let end = end.min(first + out.len());
            let block = &tile[at / BLOCK * self.format.bytes()..][..self.format.bytes()];
            let out = &mut out[at - first..end - first];
            read(block, self.format, lane, (at % BLOCK, out));
            at = end;
        }
    }

    /// Returns how many blocks a row has.
    fn blocks(&self) -> usize {
        self.columns.div_ceil(BLOCK)
    }

    fn tile_bytes(&self) -> usize {
        self.blocks() * self.format.bytes()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: lines are bytes and nothing else.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.size_bytes()) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        let bytes = self.size_bytes();
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), bytes) }
    }

    fn tile(&self, tile: usize) -> &[u8] {
        &self.bytes()[tile * self.tile_bytes()..][..self.tile_bytes()]
    }
}

impl fmt::Debug for QuantMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} × {}", self.format, self.rows, self.columns)
    }
}

/// Reads numbers of one row of a block, from a column on.
fn read(block: &[u8], format: Format, lane: usize, (first, out): (usize, &mut [f32])) {
    let half = |at: usize| f16_to_f32(u16::from_le_bytes([block[2 * at], block[2 * at + 1]]));
    let scale = half(lane);
    let (second, minimum) = match format {
        Format::Q8 | Format::Q4 => (scale, 0.0),
        Format::Q8Fine => (half(LANES + lane), 0.0),
        Format::Q8Min | Format::Q4Min => (scale, half(LANES + lane)),
    };
    let mask = if format.is_narrow() { 15 } else { 255 };
    for (column, out) in (first..).zip(out) {
        let (at, shift) = place(format, lane, column);
        let number = (block[format.head() + at] >> shift) & mask;
        let scale = if column < BLOCK / 2 { scale } else { second };
        *out = scale * (f32::from(number) - f32::from(format.zero())) + minimum;
    }
}

/// Parts that each thread gets of a product with few rows, so that none waits long for another.
const SHARES: usize = 4;
/// Bytes of tiles that one task of a product with many rows keeps in the second cache.
const CHUNK: usize = 1 << 18;
/// Groups of rows that are multiplied with a tile before the next tile: with 4,864 columns
/// 650 KB of input.
const GROUPS: usize = 5;
/// Rows from which on two tiles are multiplied at once.
const PAIRED_ROWS: usize = 64;

/// One of several products of the same input.
pub(crate) struct Product<'a> {
    pub(crate) out: &'a mut [f32],
    pub(crate) w: &'a QuantMatrix,
    pub(crate) bias: Option<&'a [f32]>,
}

/// Computes out = x · wᵀ + bias for each product; all have `k` columns and the same format, so
/// that the input is rounded once.
pub(crate) fn linear(x: &[f32], k: usize, products: Vec<Product<'_>>) {
    let Some(format) = products.first().map(|product| product.w.format) else { return };
    if x.is_empty() {
        for Product { out, w, bias } in products {
            out.chunks_exact_mut(w.rows.max(1)).for_each(|out| match bias {
                Some(bias) => out.copy_from_slice(bias),
                None => out.fill(0.0),
            });
        }
        return;
    }
    Input::with(x, k, format, |input| {
        let outputs: usize = products.iter().map(|product| product.w.rows).sum();
        let plan = |product| Planned::new(product, input.rows());
        let planned: Vec<Planned<'_>> = products.into_iter().map(plan).collect();
        let parts = planned.iter().map(|one| one.parts).sum();
        parallel::each_if(input.rows() * outputs * k >= SERIAL, parts, |mut part| {
            for one in &planned {
                if part < one.parts {
                    return one.run(part, input);
                }
                part -= one.parts;
            }
        });
    });
}

/// A product that is cut into parts of its tiles.
struct Planned<'a> {
    out: Shared,
    w: &'a QuantMatrix,
    bias: Option<&'a [f32]>,
    tiles: usize,
    /// Tiles of a part.
    share: usize,
    parts: usize,
    /// Tiles that are multiplied at once.
    together: usize,
}

impl<'a> Planned<'a> {
    fn new(Product { out, w, bias }: Product<'a>, rows: usize) -> Self {
        let tiles = w.rows.div_ceil(LANES);
        let share = if rows <= GROUP {
            tiles.div_ceil(SHARES * parallel::threads())
        } else {
            (CHUNK / w.tile_bytes()).clamp(1, tiles.div_ceil(2 * parallel::threads()).max(1))
        };
        // Few rows wait for the memory, which brings one tile after the other.
        let together = if rows >= PAIRED_ROWS { 2 } else { 1 };
        let share = share.next_multiple_of(together);
        let parts = tiles.div_ceil(share.max(1));
        Self { out: Shared::new(out), w, bias, tiles, share, parts, together }
    }

    fn run(&self, part: usize, input: &Input<'_>) {
        let (start, end) = (part * self.share, self.tiles.min((part + 1) * self.share));
        let passes = input.groups().collect::<Vec<_>>();
        for groups in passes.chunks(GROUPS) {
            for tile in (start..end).step_by(self.together) {
                let tiles = tile..end.min(tile + self.together);
                groups.iter().for_each(|group| self.multiply(&tiles, group));
            }
        }
    }

    /// Multiplies one tile, or two neighbors, with one group of rows.
    fn multiply(&self, tiles: &Range<usize>, group: &input::Rows<'_>) {
        // Clearing sums for many rows takes longer than reading a tile for one.
        match tiles.len() * group.count {
            1 => self.multiply_into(&mut [[0.0; LANES]; 1], tiles, group),
            count @ 2..=4 => self.multiply_into(&mut [[0.0; LANES]; 4][..count], tiles, group),
            count @ 5..=GROUP => {
                self.multiply_into(&mut [[0.0; LANES]; GROUP][..count], tiles, group);
            }
            count => self.multiply_into(&mut [[0.0; LANES]; 2 * GROUP][..count], tiles, group),
        }
    }

    fn multiply_into(
        &self,
        sums: &mut [[f32; LANES]],
        tiles: &Range<usize>,
        group: &input::Rows<'_>,
    ) {
        let w = self.w;
        let second = if tiles.len() > 1 { w.tile(tiles.start + 1) } else { &[] };
        kernel::multiply(level(), w.format, [w.tile(tiles.start), second], group, sums);
        for (tile, sums) in tiles.clone().zip(sums.chunks_exact_mut(group.count)) {
            let first = tile * LANES;
            let count = LANES.min(w.rows - first);
            for (row, sums) in sums.iter_mut().enumerate() {
                if let Some(bias) = self.bias {
                    sums.iter_mut().zip(&bias[first..]).for_each(|(sum, bias)| *sum += bias);
                }
                // SAFETY: no other task has these columns.
                let out = unsafe { self.out.slice((group.first + row) * w.rows + first, count) };
                match out.as_mut_array::<LANES>() {
                    Some(out) => *out = *sums,
                    None => out.copy_from_slice(&sums[..count]),
                }
            }
        }
    }
}
