//! The collection that is compiled in: facts about models, with summaries and cards in our own
//! words. The facts lie in `models.yaml`; a test reads every one of them.

mod card;
mod entry;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::ModelName;

use crate::ModelRecord;
use entry::Entry;

const MODELS: &str = include_str!("models.yaml");

static RECORDS: LazyLock<Vec<ModelRecord>> = LazyLock::new(|| {
    let entries: Vec<Entry> = serde_yaml_ng::from_str(MODELS).unwrap_or_else(|error| {
        // The file is compiled in, and a test reads it: this is never seen by a user.
        panic!("`models.yaml` does not read: {error}")
    });
    entries.into_iter().map(Entry::into_record).collect()
});

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static ModelRecord>> =
    LazyLock::new(|| RECORDS.iter().map(|record| (record.name.as_str(), record)).collect());

/// Returns every model of the collection, sorted by name.
pub fn records() -> &'static [ModelRecord] {
    &RECORDS
}

/// Returns one model of the collection.
pub fn find(name: &ModelName) -> Option<&'static ModelRecord> {
    BY_NAME.get(name.as_str()).copied()
}

#[cfg(test)]
mod tests;
