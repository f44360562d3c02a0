//! What a decoder remembers of the tokens it has seen.

/// The keys and values of one sequence, for each block.
#[derive(Clone, Debug)]
pub struct KvCache {
    tokens: usize,
    layers: Vec<LayerCache>,
}

/// The keys and values of one block, a row for each token.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerCache {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
}

impl KvCache {
    pub(super) fn new(layers: usize) -> Self {
        Self { tokens: 0, layers: vec![LayerCache::default(); layers] }
    }

    /// Counts the tokens seen so far.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    pub(super) fn layers_mut(&mut self) -> &mut [LayerCache] {
        &mut self.layers
    }

    pub(super) fn advance(&mut self, tokens: usize) {
        self.tokens += tokens;
    }
}
