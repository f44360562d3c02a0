//! Matrices of floats in the tiles that products use, so that nothing is packed on the way and
//! few rows read the weights as few streams.

use std::fmt;

use super::gemm::Line;
use super::micro::LANES;
use super::pack::{Place, pack_rows};
use crate::memory::room;
use crate::parallel;
use crate::weights::{Weights, to_bf16};

/// How the numbers of a [`PackedMatrix`] are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: exact.
    F32,
    /// bf16; what is not bf16 is rounded to the nearest.
    Bf16,
}

/// A prepared matrix of floats: rows are outputs, columns are inputs.
///
/// A tile is sixteen rows; it holds one column of all rows after the other, or one pair of
/// columns where they are bf16. Products give the same bits as with the weights as they lie in
/// a file, at the speed of the memory.
#[derive(Clone)]
pub struct PackedMatrix {
    precision: Precision,
    rows: usize,
    columns: usize,
    lines: Vec<Line>,
}

impl PackedMatrix {
    /// Copies a matrix of `rows × columns` into tiles, in parallel.
    pub fn from_weights(
        weights: Weights<'_>,
        [rows, columns]: [usize; 2],
        precision: Precision,
    ) -> Self {
        assert_eq!(weights.len(), rows * columns, "packing {rows} × {columns}");
        let steps = steps(precision, columns);
        let mut lines = room(Line([0; LANES]), rows.div_ceil(LANES) * steps);
        let is_turned = match weights {
            Weights::Bf16(_) => true,
            Weights::F32(_) | Weights::F16(_) => precision == Precision::F32,
            Weights::Packed(_) | Weights::Quant(_) => false,
        };
        parallel::chunks(&mut lines, steps.max(1), |tile, lines| {
            let first = tile * LANES;
            let count = LANES.min(rows - first);
            if is_turned {
                // SAFETY: a line is sixteen numbers and nothing else.
                let packed = unsafe {
                    let start = lines.as_mut_ptr().cast::<u32>();
                    std::slice::from_raw_parts_mut(start, lines.len() * LANES)
                };
                let place = Place { column: first, columns: count, first: 0, depth: steps };
                pack_rows(packed, weights, columns, (precision == Precision::Bf16, &place));
            } else {
                round_rows(lines, weights, (first, count, columns), precision);
            }
        });
        Self { precision, rows, columns, lines }
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns how the numbers are kept.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Returns how much memory the tiles take.
    pub fn size_bytes(&self) -> usize {
        size_of_val(self.lines.as_slice())
    }

    /// Copies the numbers of a row.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.columns, "a row of {self:?}");
        for (column, out) in out.iter_mut().enumerate() {
            *out = self.number(row, column);
        }
    }

    #[inline(always)]
    pub(super) fn number(&self, row: usize, column: usize) -> f32 {
        let tile = row / LANES * self.steps();
        f32::from_bits(match self.precision {
            Precision::F32 => self.lines[tile + column].0[row % LANES],
            Precision::Bf16 => {
                let pair = self.lines[tile + column / 2].0[row % LANES];
                if column.is_multiple_of(2) { pair << 16 } else { pair & 0xffff_0000 }
            }
        })
    }

    /// Returns how many steps a tile has.
    pub(super) fn steps(&self) -> usize {
        steps(self.precision, self.columns)
    }

    /// Returns the lines of a tile that hold its first numbers, where they are pairs of bf16.
    pub(super) fn lines(&self, tile: usize, numbers: usize) -> &[Line] {
        &self.lines[tile * self.steps()..][..numbers.div_ceil(2)]
    }

    /// Returns where a step of a tile lies.
    pub(super) fn at(&self, tile: usize, step: usize) -> *const u32 {
        self.lines.as_ptr().wrapping_add(tile * self.steps() + step).cast()
    }
}

/// Packs rows one number after the other, and rounds them where they have to be.
fn round_rows(
    lines: &mut [Line],
    weights: Weights<'_>,
    (first, count, columns): (usize, usize, usize),
    precision: Precision,
) {
    let mut numbers = vec![0.0; columns];
    for lane in 0..count {
        weights.copy_row(first + lane, &mut numbers);
        for (column, x) in numbers.iter().enumerate() {
            match precision {
                Precision::F32 => lines[column].0[lane] = x.to_bits(),
                Precision::Bf16 => {
                    let half = u32::from(to_bf16(*x)) << (16 * (column % 2));
                    lines[column / 2].0[lane] |= half;
                }
            }
        }
    }
}

fn steps(precision: Precision, columns: usize) -> usize {
    match precision {
        Precision::F32 => columns,
        Precision::Bf16 => columns.div_ceil(2),
    }
}

impl fmt::Debug for PackedMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} × {}", self.precision, self.rows, self.columns)
    }
}
