//! What a decoder remembers of the tokens it has seen: keys and values in pages.

use std::str::FromStr;
use std::sync::Arc;

use bytemuck::{cast_slice, cast_slice_mut};
use half::bf16;
use kernels::{KvPages, KvPagesMut, PageShape, sparse_room};

use super::shape::DecoderShape;
use crate::lora::Adapter;

/// Tokens of a page: beginnings are shared in steps of so many.
pub(crate) const PAGE_TOKENS: usize = 16;

/// How keys and values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvKind {
    /// As they are computed.
    F32,
    /// Rounded to 16 bits.
    Bf16,
    /// Rounded to 8 bits, with a scale for each head of each token.
    Int8,
}

/// No way to keep keys and values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way to keep keys and values: choose `f32`, `bf16` or `int8`")]
pub struct UnknownKvKind(String);

impl FromStr for KvKind {
    type Err = UnknownKvKind;

    fn from_str(text: &str) -> Result<Self, UnknownKvKind> {
        match text {
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            "int8" => Ok(Self::Int8),
            _ => Err(UnknownKvKind(text.to_owned())),
        }
    }
}

impl KvKind {
    /// Returns the bytes of a page of keys, or of values, in one block.
    fn bytes(self, page: &PageShape) -> usize {
        match self {
            Self::F32 => page.page_len() * size_of::<f32>(),
            Self::Bf16 => page.page_len() * size_of::<bf16>(),
            Self::Int8 => page.page_len() + page.page_scales() * size_of::<f32>(),
        }
    }
}

/// The pages of every block of a model. Which sequence has which is told by tables of their
/// numbers; a page has one number in all blocks.
#[derive(Clone, Debug)]
pub(crate) struct KvStore {
    shape: PageShape,
    layers: Vec<LayerPages>,
}

impl KvStore {
    /// Makes room for so many pages. The memory is taken when they are first written.
    pub(crate) fn new(shape: &DecoderShape, kind: KvKind, pages: usize) -> Self {
        let page = page_shape(shape);
        let layer = || LayerPages::new(kind, &page, pages);
        Self { shape: page, layers: (0..shape.layers).map(|_| layer()).collect() }
    }

    /// Returns how much memory a page takes in all blocks together.
    pub(crate) fn page_bytes(shape: &DecoderShape, kind: KvKind) -> usize {
        2 * shape.layers * kind.bytes(&page_shape(shape))
    }

    /// Returns the pages of one block, and the shape of a page.
    pub(super) fn layers_mut(&mut self) -> impl Iterator<Item = Layer<'_>> {
        let shape = self.shape;
        self.layers.iter_mut().map(move |pages| Layer { shape, pages })
    }

    fn grow(&mut self, pages: usize) {
        self.layers.iter_mut().for_each(|layer| layer.resize(&self.shape, pages));
    }
}

fn page_shape(shape: &DecoderShape) -> PageShape {
    PageShape { kv_heads: shape.kv_heads, head_dim: shape.head_dim, tokens: PAGE_TOKENS }
}

#[derive(Clone, Debug)]
enum LayerPages {
    F32(Vec<f32>, Vec<f32>),
    /// The bits of bf16 numbers: memory for zeros of an integer is taken when it is written.
    Bf16(Vec<u16>, Vec<u16>),
    /// Numbers with their scales.
    Int8([Vec<i8>; 2], [Vec<f32>; 2]),
}

impl LayerPages {
    fn new(kind: KvKind, page: &PageShape, pages: usize) -> Self {
        let len = pages * page.page_len();
        match kind {
            KvKind::F32 => Self::F32(sparse_room(len), sparse_room(len)),
            KvKind::Bf16 => Self::Bf16(sparse_room(len), sparse_room(len)),
            KvKind::Int8 => Self::Int8(
                [0, 1].map(|_| sparse_room(len)),
                [0, 1].map(|_| sparse_room(pages * page.page_scales())),
            ),
        }
    }

    fn resize(&mut self, page: &PageShape, pages: usize) {
        let len = pages * page.page_len();
        match self {
            Self::F32(keys, values) => [keys, values].into_iter().for_each(|x| x.resize(len, 0.0)),
            Self::Bf16(keys, values) => [keys, values].into_iter().for_each(|x| x.resize(len, 0)),
            Self::Int8(numbers, scales) => {
                let count = pages * page.page_scales();
                numbers.iter_mut().for_each(|all| all.resize(len, 0));
                scales.iter_mut().for_each(|all| all.resize(count, 0.0));
            }
        }
    }
}

/// The pages of one block.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    shape: PageShape,
    pages: &'a mut LayerPages,
}

impl Layer<'_> {
    /// Writes the key and the value of the token at a position.
    pub(super) fn write(&mut self, table: &[u32], position: usize, kv: [&[f32]; 2]) {
        let place = (table[position / PAGE_TOKENS] as usize, position % PAGE_TOKENS);
        let mut pages = match &mut *self.pages {
            LayerPages::F32(keys, values) => KvPagesMut::F32(keys, values),
            LayerPages::Bf16(keys, values) => {
                KvPagesMut::Bf16(cast_slice_mut(keys), cast_slice_mut(values))
            }
            LayerPages::Int8(numbers, scales) => KvPagesMut::Int8(
                numbers.each_mut().map(Vec::as_mut_slice),
                scales.each_mut().map(Vec::as_mut_slice),
            ),
        };
        pages.write(&self.shape, place, kv);
    }

    /// Returns all pages, to be looked at.
    pub(super) fn view(&self) -> KvPages<'_> {
        match &*self.pages {
            LayerPages::F32(keys, values) => KvPages::F32(keys, values),
            LayerPages::Bf16(keys, values) => KvPages::Bf16(cast_slice(keys), cast_slice(values)),
            LayerPages::Int8(numbers, scales) => KvPages::Int8(
                numbers.each_ref().map(Vec::as_slice),
                scales.each_ref().map(Vec::as_slice),
            ),
        }
    }
}

/// The keys and values of one sequence, as f32 in pages of its own. They are those of the model
/// with the sequence's adapter.
#[derive(Clone, Debug)]
pub struct KvCache {
    seen: Vec<u32>,
    table: Vec<u32>,
    store: KvStore,
    adapter: Option<Arc<Adapter>>,
}

impl KvCache {
    pub(super) fn new(shape: &DecoderShape) -> Self {
        let store = KvStore::new(shape, KvKind::F32, 0);
        Self { seen: Vec::new(), table: Vec::new(), store, adapter: None }
    }

    /// Goes with an adapter from its first token on.
    pub(super) fn adapted(self, adapter: Option<Arc<Adapter>>) -> Self {
        Self { adapter, ..self }
    }

    pub(super) fn adapter(&self) -> Option<Arc<Adapter>> {
        self.adapter.clone()
    }

    /// Counts the tokens seen so far.
    pub fn tokens(&self) -> usize {
        self.seen.len()
    }

    /// Makes room for more tokens and returns the pages with their table.
    pub(super) fn extend(&mut self, tokens: &[u32]) -> (&mut KvStore, &[u32]) {
        self.seen.extend_from_slice(tokens);
        let pages = self.seen.len().div_ceil(PAGE_TOKENS);
        if pages > self.table.len() {
            self.table.extend(self.table.len() as u32..pages as u32);
            self.store.grow(pages);
        }
        (&mut self.store, &self.table)
    }

    /// Forgets everything and returns the tokens that were seen.
    pub(super) fn clear(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.seen)
    }
}
