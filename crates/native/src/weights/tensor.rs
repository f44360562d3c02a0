//! One tensor, borrowed from its mapped file for as long as anybody needs it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use half::{bf16, f16};
use kernels::{PackedMatrix, Precision, QuantMatrix, Weights};
use memmap2::Mmap;

use super::{Encoding, Rounding, TensorFacts};
use crate::gguf::BlockFormat;

/// A tensor of floats or a matrix of quantized numbers, row-major; cloning shares the numbers.
#[derive(Clone)]
pub struct Tensor {
    shape: Vec<usize>,
    numbers: Numbers,
}

#[derive(Clone)]
enum Numbers {
    MappedF32(Arc<Mmap>, Range<usize>),
    MappedBf16(Arc<Mmap>, Range<usize>),
    OwnedF32(Arc<[f32]>),
    OwnedBf16(Arc<[bf16]>),
    Packed(Arc<PackedMatrix>),
    Quantized(Arc<QuantMatrix>),
}

impl Tensor {
    /// Takes a tensor out of its file; `None` where its type is not computed with.
    pub(super) fn new(map: &Arc<Mmap>, facts: &TensorFacts) -> Option<Self> {
        let range = facts.start..facts.end;
        let bytes = match facts.paired_heads {
            None => Cow::Borrowed(&map[range.clone()]),
            Some(heads) => Cow::Owned(unwoven(&map[range.clone()], facts, heads)),
        };
        let mapped = matches!(bytes, Cow::Borrowed(_));
        let numbers = match facts.encoding {
            Encoding::F32 if mapped && is_aligned::<f32>(&bytes) => {
                Numbers::MappedF32(map.clone(), range)
            }
            Encoding::F32 => Numbers::OwnedF32(copy::<f32>(&bytes).collect()),
            Encoding::Bf16 if mapped && is_aligned::<bf16>(&bytes) => {
                Numbers::MappedBf16(map.clone(), range)
            }
            Encoding::Bf16 => Numbers::OwnedBf16(copy::<bf16>(&bytes).collect()),
            Encoding::F16 => Numbers::OwnedF32(copy::<f16>(&bytes).map(f16::to_f32).collect()),
            Encoding::Blocks(format) => match facts.shape[..] {
                [rows, columns] => {
                    let matrix = QuantMatrix::from_blocks(&bytes, format.kind(), [rows, columns]);
                    super::forget(map, range);
                    Numbers::Quantized(Arc::new(matrix))
                }
                _ => Numbers::OwnedF32(dequantized(format, &bytes).into()),
            },
            Encoding::Other(_) => return None,
        };
        Some(Self { shape: facts.shape.clone(), numbers })
    }

    /// Makes a tensor of numbers that lie in memory; their count must fit the shape.
    pub fn from_vec(numbers: Vec<f32>, shape: &[usize]) -> Self {
        assert_eq!(numbers.len(), shape.iter().product::<usize>(), "numbers fit the shape");
        Self { shape: shape.to_owned(), numbers: Numbers::OwnedF32(numbers.into()) }
    }

    /// Lays a matrix of floats out as products read it fastest, in memory of its own; what it was
    /// mapped from is then not needed there. The numbers, and what comes of them, stay the same.
    #[must_use]
    pub(crate) fn packed(self) -> Self {
        let &[rows, columns] = &self.shape[..] else { return self };
        let precision = match self.view() {
            Weights::F32(_) => Precision::F32,
            Weights::Bf16(_) => Precision::Bf16,
            Weights::F16(_) | Weights::Packed(_) | Weights::Quant(_) => return self,
        };
        let matrix = PackedMatrix::from_weights(self.view(), [rows, columns], precision);
        self.forget();
        Self { numbers: Numbers::Packed(Arc::new(matrix)), shape: self.shape }
    }

    /// Tells the system that what is mapped here will hardly be read again.
    fn forget(&self) {
        if let Numbers::MappedF32(map, range) | Numbers::MappedBf16(map, range) = &self.numbers {
            super::forget(map, range.clone());
        }
    }

    /// Rounds a matrix of floats; vectors, and what is rounded already, stay as they are.
    pub(crate) fn rounded(self, rounding: Rounding) -> Self {
        let (&[rows, columns], weights) = (&self.shape[..], self.view()) else { return self };
        let numbers = match (rounding, weights) {
            (_, Weights::Quant(_)) | (Rounding::Bf16, Weights::Bf16(_)) => return self,
            (Rounding::Bf16, _) => {
                Numbers::OwnedBf16(self.to_f32().into_iter().map(bf16::from_f32).collect())
            }
            (Rounding::Tiles(format), weights) => {
                let matrix = QuantMatrix::from_weights(weights, [rows, columns], format);
                Numbers::Quantized(Arc::new(matrix))
            }
        };
        self.forget();
        Self { numbers, shape: self.shape }
    }

    /// Copies what is mapped, so that nothing is read from the disk while it is computed with.
    pub(crate) fn in_memory(self) -> Self {
        let numbers = match self.numbers {
            Numbers::MappedF32(map, range) => Numbers::OwnedF32(copy(&map[range]).collect()),
            Numbers::MappedBf16(map, range) => Numbers::OwnedBf16(copy(&map[range]).collect()),
            numbers => numbers,
        };
        Self { numbers, ..self }
    }

    /// Returns rows, columns and so on.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the numbers as the kernels take them.
    pub fn view(&self) -> Weights<'_> {
        match &self.numbers {
            Numbers::MappedF32(map, range) => {
                Weights::F32(bytemuck::cast_slice(&map[range.clone()]))
            }
            Numbers::MappedBf16(map, range) => {
                Weights::Bf16(bytemuck::cast_slice(&map[range.clone()]))
            }
            Numbers::OwnedF32(numbers) => Weights::F32(numbers),
            Numbers::OwnedBf16(numbers) => Weights::Bf16(numbers),
            Numbers::Packed(matrix) => Weights::Packed(matrix),
            Numbers::Quantized(matrix) => Weights::Quant(matrix),
        }
    }

    /// Copies the numbers as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        let view = self.view();
        let mut out = vec![0.0; view.len()];
        let columns = self.shape.last().copied().unwrap_or(1).max(1);
        let rows = out.chunks_exact_mut(columns).enumerate();
        rows.for_each(|(row, out)| view.copy_row(row, out));
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
