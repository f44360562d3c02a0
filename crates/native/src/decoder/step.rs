//! What runs through the blocks at once: parts of one sequence or of many.

use kernels::CachedSequence;

use crate::lora::{Adapter, AdapterRows};

/// Tokens of one sequence, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    /// The tokens.
    pub(crate) tokens: &'a [u32],
    /// The position of the first.
    pub(crate) first: usize,
    /// The sequence's pages, with room for all its tokens up to the last of these.
    pub(crate) pages: &'a [u32],
    /// Whether its positions turn as in a long text.
    pub(crate) long: bool,
    /// What goes with the model for this sequence.
    pub(crate) adapter: Option<&'a Adapter>,
}

/// The rows of all chunks, chunk after chunk.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) chunks: &'a [Chunk<'a>],
    /// The position of each row.
    pub(super) positions: Vec<u32>,
    pub(super) sequences: Vec<CachedSequence<'a>>,
    pub(super) adapters: AdapterRows<'a>,
}

impl<'a> Step<'a> {
    pub(super) fn new(chunks: &'a [Chunk<'a>]) -> Self {
        let positions = |chunk: &Chunk<'_>| {
            let first = chunk.first as u32;
            first..first + chunk.tokens.len() as u32
        };
        let sequence = |chunk: &Chunk<'a>| CachedSequence {
            pages: chunk.pages,
            first: chunk.first,
            queries: chunk.tokens.len(),
        };
        Self {
            chunks,
            positions: chunks.iter().flat_map(positions).collect(),
            sequences: chunks.iter().map(sequence).collect(),
            adapters: AdapterRows::new(
                chunks.iter().map(|chunk| (chunk.adapter, chunk.tokens.len())),
            ),
        }
    }
}
