//! One tensor, borrowed from its mapped file for as long as anybody needs it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use half::{bf16, f16};
use memmap2::Mmap;

use super::{Encoding, TensorFacts};
use crate::gguf::BlockFormat;

/// A tensor of f32 or bf16 numbers, row-major; cloning shares the numbers.
#[derive(Clone)]
pub struct Tensor {
    shape: Vec<usize>,
    numbers: Numbers,
    /// Which of the numbers are the tensor's.
    range: Range<usize>,
}

#[derive(Clone)]
enum Numbers {
    /// Numbers from this byte of a file on.
    MappedF32(Arc<Mmap>, usize),
    MappedBf16(Arc<Mmap>, usize),
    OwnedF32(Arc<[f32]>),
    OwnedBf16(Arc<[bf16]>),
}

impl Tensor {
    /// Takes a tensor out of its file; `None` where its type is not computed with.
    pub(super) fn new(map: &Arc<Mmap>, facts: &TensorFacts) -> Option<Self> {
        let bytes = match facts.paired_heads {
            None => Cow::Borrowed(&map[facts.start..facts.end]),
            Some(heads) => Cow::Owned(unwoven(&map[facts.start..facts.end], facts, heads)),
        };
        let mapped = matches!(bytes, Cow::Borrowed(_));
        let numbers = match facts.encoding {
            Encoding::F32 if mapped && is_aligned::<f32>(&bytes) => {
                Numbers::MappedF32(map.clone(), facts.start)
            }
            Encoding::F32 => Numbers::OwnedF32(copy::<f32>(&bytes).collect()),
            Encoding::Bf16 if mapped && is_aligned::<bf16>(&bytes) => {
                Numbers::MappedBf16(map.clone(), facts.start)
            }
            Encoding::Bf16 => Numbers::OwnedBf16(copy::<bf16>(&bytes).collect()),
            Encoding::F16 => Numbers::OwnedF32(copy::<f16>(&bytes).map(f16::to_f32).collect()),
            Encoding::Blocks(format) => Numbers::OwnedF32(dequantized(format, &bytes).into()),
            Encoding::Other(_) => return None,
        };
        Some(Self { shape: facts.shape.clone(), numbers, range: 0..facts.len() })
    }

    /// Makes a tensor of numbers that lie in memory; their count must fit the shape.
    pub fn from_vec(numbers: Vec<f32>, shape: &[usize]) -> Self {
        assert_eq!(numbers.len(), shape.iter().product::<usize>(), "numbers fit the shape");
        let range = 0..numbers.len();
        Self { shape: shape.to_owned(), numbers: Numbers::OwnedF32(numbers.into()), range }
    }

    /// Returns some rows of a matrix, without copying them.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let width: usize = self.shape[1..].iter().product();
        assert!(rows.end <= self.shape[0], "rows {rows:?} of {:?}", self.shape);
        let start = self.range.start;
        let range = start + rows.start * width..start + rows.end * width;
        let mut shape = self.shape.clone();
        shape[0] = rows.len();
        Self { shape, numbers: self.numbers.clone(), range }
    }

    /// Returns rows, columns and so on.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the numbers as the kernels take them.
    pub fn view(&self) -> kernels::Weights<'_> {
        let Range { start, end } = self.range;
        match &self.numbers {
            Numbers::MappedF32(map, at) => {
                let bytes = &map[at + start * size_of::<f32>()..at + end * size_of::<f32>()];
                kernels::Weights::F32(bytemuck::cast_slice(bytes))
            }
            Numbers::MappedBf16(map, at) => {
                let bytes = &map[at + start * size_of::<bf16>()..at + end * size_of::<bf16>()];
                kernels::Weights::Bf16(bytemuck::cast_slice(bytes))
            }
            Numbers::OwnedF32(numbers) => kernels::Weights::F32(&numbers[start..end]),
            Numbers::OwnedBf16(numbers) => kernels::Weights::Bf16(&numbers[start..end]),
        }
    }

    /// Copies the numbers as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        let view = self.view();
        let mut out = vec![0.0; view.len()];
        view.copy_row(0, &mut out);
        out
    }

    /// Copies one row of a matrix as f32 into `out`, whose length is the number of columns.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        self.view().copy_row(row, out);
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// Puts the rows of each head, which lie in pairs, into two halves: first all first ones.
fn unwoven(bytes: &[u8], facts: &TensorFacts, heads: usize) -> Vec<u8> {
    let rows = facts.shape[0];
    let (row_bytes, half) = (bytes.len() / rows, rows / heads / 2);
    let from = |row: usize| {
        let (head, place) = (row / (2 * half), row % (2 * half));
        head * 2 * half + 2 * (place % half) + place / half
    };
    (0..rows).flat_map(|row| &bytes[from(row) * row_bytes..][..row_bytes]).copied().collect()
}

fn dequantized(format: BlockFormat, blocks: &[u8]) -> Vec<f32> {
    let mut numbers = vec![0.0; blocks.len() / format.bytes() * format.numbers()];
    format.dequantize(blocks, &mut numbers);
    numbers
}

fn is_aligned<T: bytemuck::Pod>(bytes: &[u8]) -> bool {
    bytemuck::try_cast_slice::<u8, T>(bytes).is_ok()
}

/// Reads numbers from bytes of any alignment.
fn copy<T: bytemuck::Pod>(bytes: &[u8]) -> impl Iterator<Item = T> + '_ {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned)
}
