//! Which models have which value of a filter.

use std::collections::BTreeMap;

use super::ids::Ids;
use crate::query::{Facet, FacetName, FacetValue, Listed};

/// The values of one filter.
#[derive(Debug)]
pub(super) struct Postings {
    name: FacetName,
    values: BTreeMap<String, Posting>,
    size: usize,
}

#[derive(Debug)]
struct Posting {
    /// The spelling that most models have.
    value: String,
    ids: Ids,
}

impl Postings {
    /// Reads one filter of every model.
    pub(super) fn build<'a>(
        name: FacetName,
        records: impl ExactSizeIterator<Item = &'a Listed>,
        memory_bytes: u64,
    ) -> Self {
        let size = records.len();
        let mut spellings: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        let mut sets: BTreeMap<String, Ids> = BTreeMap::new();
        for (id, record) in records.enumerate() {
            for value in name.values(record, memory_bytes) {
                let key = name.key(&value).into_owned();
                sets.entry(key.clone()).or_insert_with(|| Ids::none(size)).insert(id);
                *spellings.entry(key).or_default().entry(value.into_owned()).or_default() += 1;
            }
        }
        let posting = |(key, ids): (String, Ids)| {
            let counts = spellings.remove(&key).unwrap_or_default();
            let best = counts.into_iter().max_by_key(|(_, count)| *count);
            let value = best.map_or_else(|| key.clone(), |(value, _)| value);
            (key, Posting { value, ids })
        };
        let values = sets.into_iter().map(posting).collect();
        Self { name, values, size }
    }

    /// Returns the models that have one of `wanted`.
    pub(super) fn any_of(&self, wanted: &[String]) -> Ids {
        let mut ids = Ids::none(self.size);
        for posting in wanted.iter().filter_map(|value| self.values.get(&*self.name.key(value))) {
            ids.add(&posting.ids);
        }
        ids
    }

    /// Tells whether any model has this value.
    pub(super) fn has(&self, value: &str) -> bool {
        self.values.contains_key(&*self.name.key(value))
    }

    /// Returns every value.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.values().map(|posting| posting.value.as_str())
    }

    /// Returns every value with how many models have it.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.values.values().map(|posting| (posting.value.as_str(), posting.ids.len()))
    }

    /// Counts every value among `ids`; `wanted` are chosen.
    pub(super) fn count(&self, ids: &Ids, wanted: &[String], excluded: &[String]) -> Facet {
        let chosen: Vec<_> = wanted.iter().map(|value| self.name.key(value)).collect();
        let left: Vec<_> = excluded.iter().map(|value| self.name.key(value)).collect();
        let counted = self.values.iter().map(|(key, posting)| FacetValue {
            value: posting.value.clone(),
            label: self.name.label(&posting.value),
            count: posting.ids.common(ids),
            selected: chosen.iter().any(|one| one == key),
            excluded: left.iter().any(|one| one == key),
        });
        let absent = wanted.iter().filter(|value| !self.has(value)).map(|value| FacetValue {
            value: value.clone(),
            label: self.name.label(value),
            count: 0,
            selected: true,
            excluded: false,
        });
        let mut values: Vec<_> = counted
            .chain(absent)
            .filter(|value| value.count > 0 || value.selected || value.excluded)
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        values.dedup();
        Facet { name: self.name, values }
    }
}
