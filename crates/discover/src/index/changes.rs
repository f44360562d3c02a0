//! Takes changes as small segments on top of what is there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{Document, Index, Part};
use crate::Result;

/// A segment in memory with fewer models than this is made anew together with the next changes:
/// 50 ms of work. Searches get slower with each segment, so that there should be few.
const FOLD_BELOW: usize = 2_000;

impl Index {
    /// Returns an index that holds the changed models and none of the gone ones, which are named
    /// as `collection/name`; this one stays as it is.
    ///
    /// # Errors
    /// Where there are more models than an index holds.
    pub fn with_changes(&self, changed: Vec<Document>, gone: &[String]) -> Result<Self> {
        let name = |document: &Document| document.listed.record.model().to_string();
        let mut fresh: HashMap<String, Document> =
            changed.into_iter().map(|document| (name(&document), document)).collect();
        let replaced: HashSet<&str> =
            fresh.keys().map(String::as_str).chain(gone.iter().map(String::as_str)).collect();
        let mut parts: Vec<Part> = self.parts.iter().map(|part| without(part, &replaced)).collect();
        parts.retain(|part| part.documents.is_none() || part.len() > 0);
        let is_small = |part: &Part| part.segment.len() < FOLD_BELOW;
        if !fresh.is_empty()
            && let Some(part) = parts.pop_if(|part| part.documents.is_some() && is_small(part))
        {
            for document in part.documents.iter().flat_map(|documents| documents.iter()) {
                let name = name(document);
                let is_alive =
                    part.segment.names.find(&name).is_some_and(|doc| !part.dead.contains(doc));
                if is_alive {
                    fresh.entry(name).or_insert_with(|| document.clone());
                }
            }
        }
        if !fresh.is_empty() {
            let documents: Vec<Document> = fresh.into_values().collect();
            let segment =
                Self::of(documents.iter().cloned(), self.machine)?.parts.swap_remove(0).segment;
            let documents = Some(Arc::new(documents));
            parts.push(Part { segment, dead: Arc::default(), documents });
        }
        Ok(Self { parts, machine: self.machine })
    }

    /// Returns how many models changed since the first segment was made: they cost more to search
    /// than if it were made anew.
    pub fn changed(&self) -> usize {
        let later = self.parts.iter().skip(1).map(|part| part.segment.len()).sum::<usize>();
        later.max(self.parts.first().map_or(0, |part| part.dead.len() as usize))
    }
}

fn without(part: &Part, names: &HashSet<&str>) -> Part {
    let dead: RoaringBitmap =
        names.iter().filter_map(|name| part.segment.names.find(name)).collect();
    match dead.is_subset(&part.dead) {
        true => part.clone(),
        false => Part { dead: Arc::new(&dead | &*part.dead), ..part.clone() },
    }
}
