//! What serving many at once needs of a decoder.

use super::Decoder;
use super::cache::{KvKind, KvStore};
use super::step::Chunk;
use crate::generate::{Ending, GenerateRequest};
use crate::scratch::Scratch;

impl Decoder {
    /// Tells when an answer to a prompt of these tokens ends.
    pub(crate) fn ending(&self, request: &GenerateRequest, prompt: &[u32]) -> Ending<'_> {
        let room = (self.facts.context_max as usize).saturating_sub(prompt.len());
        // The last token that is written needs no place in the context.
        Ending { tokens: &self.ends, tokens_max: (request.tokens_max as usize).min(room + 1) }
    }

    /// Tells how keys and values can be kept so that they are as precise as the words are.
    pub(crate) fn kv_kind(&self) -> KvKind {
        self.body.kv_kind()
    }

    /// Makes room for keys and values.
    pub(crate) fn store(&self, kind: KvKind, pages: usize) -> KvStore {
        KvStore::new(self.body.shape(), kind, pages)
    }

    /// Returns how much memory a page takes.
    pub(crate) fn page_bytes(&self, kind: KvKind) -> usize {
        KvStore::page_bytes(self.body.shape(), kind)
    }

    /// Takes in the tokens of each chunk and returns their last hidden states.
    pub(crate) fn forward(&self, store: &mut KvStore, chunks: &[Chunk<'_>]) -> Scratch {
        self.body.forward(store, chunks)
    }

    /// Computes the scores for the token after each hidden state.
    pub(crate) fn scores_of(&self, hidden: &[f32]) -> Scratch {
        self.body.scores(hidden)
    }

    /// Returns the width of hidden states.
    pub(crate) fn width(&self) -> usize {
        self.body.width()
    }

    /// Counts the tokens that it knows.
    pub(crate) fn vocabulary(&self) -> usize {
        self.body.shape().vocabulary
    }

    /// Returns the longest text whose positions turn as usual, where others turn otherwise.
    pub(crate) fn long_beyond(&self) -> Option<usize> {
        self.body.shape().rope.long.as_ref().map(|long| long.beyond)
    }
}
