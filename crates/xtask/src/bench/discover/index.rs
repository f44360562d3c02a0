//! The interface of the index that is measured.

use std::path::Path;

use discover::{Document, Index, IndexBuilder, Listed, Machine, Stamp};

use super::records::MEMORY_BYTES;

const MACHINE: Machine = Machine { memory_bytes: MEMORY_BYTES, cpus: 2, gpus: 0 };

/// Takes models one by one.
pub struct Builder(IndexBuilder);

impl Builder {
    /// Begins an index: with a snapshot where there is a folder, else in memory.
    ///
    /// # Errors
    /// Where the folder cannot be written; likewise below.
    pub fn create(dir: Option<&Path>) -> Result<Self, String> {
        IndexBuilder::create(dir, MACHINE).map(Self).map_err(|error| error.to_string())
    }

    /// Takes a model.
    pub fn add(&mut self, listed: Listed) -> Result<(), String> {
        let document = Document { listed, text: String::new() };
        self.0.add(document).map_err(|error| error.to_string())
    }

    /// Finishes the index and its snapshot.
    pub fn finish(self) -> Result<Index, String> {
        self.0.finish(&Stamp::default()).map_err(|error| error.to_string())
    }
}

/// Opens a snapshot.
pub fn open(dir: &Path) -> Result<Index, String> {
    let opened = Index::open(dir, MACHINE, "").map_err(|error| error.to_string())?;
    opened
        .map(|(index, _)| index)
        .ok_or_else(|| format!("there is no index in `{}`", dir.display()))
}

/// Returns the best models under a prefix.
pub fn suggest(index: &Index, prefix: &str, count: usize) -> Result<Vec<Listed>, String> {
    index.suggest(prefix, count).map_err(|error| error.to_string())
}
