//! The index that searches run on: two planes over the same models, in segments.
//!
//! The browse plane is sets and rows of filter values, orders and names (`facets`, `order`,
//! `names`); the text plane is postings (`text`). A model's number is its rank. The first segment
//! holds what the catalog had when the snapshot was made; changes come as small segments after it,
//! in which a later model takes the place of an earlier one.

mod arena;
mod blobs;
mod builder;
mod changes;
mod cursor;
mod facets;
mod names;
mod near_misses;
mod order;
mod search;
mod segment;
mod selection;
mod shown;
mod snapshot;
mod snippet;
mod text;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use roaring::RoaringBitmap;
use segment::Segment;

use crate::Result;
use crate::fit::Machine;
use crate::query::{FacetName, Listed};

pub use builder::{IndexBuilder, Stamp};

/// A model on its way into the index.
#[derive(Clone, Debug)]
pub struct Document {
    /// What is kept of it.
    pub listed: Listed,
    /// More words to find it by, such as its card.
    pub text: String,
}

/// Models with everything that finding them needs.
#[derive(Clone)]
pub struct Index {
    parts: Vec<Part>,
    machine: Machine,
}

/// A segment, and what of it is no longer so.
#[derive(Clone)]
struct Part {
    segment: Arc<Segment>,
    /// Models that were deleted, or that a later segment holds.
    dead: Arc<RoaringBitmap>,
    /// What a segment in memory was made of, to fold it with the next.
    documents: Option<Arc<Vec<Document>>>,
}

impl Part {
    fn len(&self) -> usize {
        self.segment.len() - self.dead.len() as usize
    }
}

impl Index {
    /// Builds an index in memory; of two listings of one model, the later is taken.
    ///
    /// # Errors
    /// Where there are more models than an index holds.
    pub fn build(listed: impl IntoIterator<Item = Listed>, machine: Machine) -> Result<Self> {
        let documents = listed.into_iter().map(|listed| Document { listed, text: String::new() });
        Self::of(documents, machine)
    }

    /// Builds an index in memory, with more words for each model.
    ///
    /// # Errors
    /// Where there are more models than an index holds.
    pub fn of(documents: impl IntoIterator<Item = Document>, machine: Machine) -> Result<Self> {
        let named = documents.into_iter().map(|one| (one.listed.record.model().to_string(), one));
        let documents: BTreeMap<String, Document> = named.collect();
        let mut builder = IndexBuilder::create(None, machine)?;
        documents.into_values().try_for_each(|document| builder.add(document))?;
        builder.finish(&Stamp::default())
    }

    /// Opens a snapshot, with the revision of the catalog that it shows; `None` where there is none
    /// of this version.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn open(dir: &Path, machine: Machine, version: &str) -> Result<Option<(Self, i64)>> {
        let opened = Segment::open(dir, version)?;
        Ok(opened.map(|(segment, revision)| {
            let (segment, dead) = (Arc::new(segment), Arc::default());
            (Self { parts: vec![Part { segment, dead, documents: None }], machine }, revision)
        }))
    }

    /// Returns the machine that models are to run on.
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// Returns how many models there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Tells whether there is no model.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns every collection with how many models it lists, sorted by name.
    pub fn collections(&self) -> Vec<(String, usize)> {
        let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
        for part in &self.parts {
            let column = part.segment.facets.column(FacetName::Collection);
            for (value, name) in column.all_shown().enumerate() {
                let docs = column.docs(value as u32);
                let count = docs.difference_len(&part.dead) as usize;
                *sizes.entry(name.to_owned()).or_default() += count;
            }
        }
        sizes.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
