//! One tensor, borrowed from its mapped file for as long as anybody needs it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::Dtype;

use super::TensorFacts;

/// A tensor of f32 or bf16 numbers, row-major; cloning shares the numbers.
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
}

impl Tensor {
    /// Takes a tensor out of its file; `None` where its type is not computed with.
    pub(super) fn new(map: &Arc<Mmap>, facts: &TensorFacts) -> Option<Self> {
        let range = facts.start..facts.end;
        let bytes = &map[range.clone()];
        let numbers = match facts.dtype {
            Dtype::F32 if is_aligned::<f32>(bytes) => Numbers::MappedF32(map.clone(), range),
            Dtype::F32 => Numbers::OwnedF32(copy::<f32>(bytes).collect()),
            Dtype::BF16 if is_aligned::<bf16>(bytes) => Numbers::MappedBf16(map.clone(), range),
            Dtype::BF16 => Numbers::OwnedBf16(copy::<bf16>(bytes).collect()),
            Dtype::F16 => Numbers::OwnedF32(copy::<f16>(bytes).map(f16::to_f32).collect()),
            _ => return None,
        };
        Some(Self { shape: facts.shape.clone(), numbers })
    }

    /// Makes a tensor of numbers that lie in memory; their count must fit the shape.
    pub fn from_vec(numbers: Vec<f32>, shape: &[usize]) -> Self {
        assert_eq!(numbers.len(), shape.iter().product::<usize>(), "numbers fit the shape");
        Self { shape: shape.to_owned(), numbers: Numbers::OwnedF32(numbers.into()) }
    }

    /// Returns rows, columns and so on.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the numbers as the kernels take them.
    pub fn view(&self) -> kernels::Weights<'_> {
        match &self.numbers {
            Numbers::MappedF32(map, range) => {
                kernels::Weights::F32(bytemuck::cast_slice(&map[range.clone()]))
            }
            Numbers::MappedBf16(map, range) => {
                kernels::Weights::Bf16(bytemuck::cast_slice(&map[range.clone()]))
            }
            Numbers::OwnedF32(numbers) => kernels::Weights::F32(numbers),
            Numbers::OwnedBf16(numbers) => kernels::Weights::Bf16(numbers),
        }
    }

    /// Copies the numbers as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        match self.view() {
            kernels::Weights::F32(numbers) => numbers.to_vec(),
            kernels::Weights::Bf16(numbers) => numbers.iter().map(|x| x.to_f32()).collect(),
        }
    }

    /// Copies one row of a matrix as f32 into `out`, whose length is the number of columns.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        let range = row * out.len()..(row + 1) * out.len();
        match self.view() {
            kernels::Weights::F32(numbers) => out.copy_from_slice(&numbers[range]),
            kernels::Weights::Bf16(numbers) => {
                out.iter_mut().zip(&numbers[range]).for_each(|(to, from)| *to = from.to_f32());
            }
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor").field("shape", &self.shape).finish_non_exhaustive()
    }
}

fn is_aligned<T: bytemuck::Pod>(bytes: &[u8]) -> bool {
    bytemuck::try_cast_slice::<u8, T>(bytes).is_ok()
}

/// Reads numbers from bytes of any alignment.
fn copy<T: bytemuck::Pod>(bytes: &[u8]) -> impl Iterator<Item = T> + '_ {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned)
}
