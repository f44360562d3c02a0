//! What a decoder remembers of the tokens it has seen.

/// The keys and values of one sequence, for each block.
#[derive(Clone, Debug)]
pub struct KvCache {
    seen: Vec<u32>,
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
        Self { seen: Vec::new(), layers: vec![LayerCache::default(); layers] }
    }

    /// Counts the tokens seen so far.
    pub fn tokens(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn layers_mut(&mut self) -> &mut [LayerCache] {
        &mut self.layers
    }

    pub(super) fn saw(&mut self, tokens: &[u32]) {
        self.seen.extend_from_slice(tokens);
    }

    /// Forgets everything and returns the tokens that were seen.
    pub(super) fn clear(&mut self) -> Vec<u32> {
        self.layers.fill(LayerCache::default());
        std::mem::take(&mut self.seen)
    }
}
