//! Records as the index takes them.

use catalog::{Known, ModelRecord, VersionRecord};
use discover::{Document, Listed, capabilities};
use domain::{CollectionName, ModelRef};

use crate::app::read_facts;
use crate::views::usable;

/// Makes an entry of a model and its newest version.
pub(super) fn document(known: &Known) -> Document {
    entry(&known.record, known.version.as_ref())
}

/// Returns a model and its newest version as a search finds them.
pub fn listed(known: &Known) -> Listed {
    document(known).listed
}

/// Makes an entry of a curated model of which the catalog says nothing else.
pub(super) fn curated(record: &ModelRecord) -> Document {
    entry(record, None)
}

fn entry(record: &ModelRecord, version: Option<&VersionRecord>) -> Document {
    let facts = version.and_then(read_facts);
    let options = capabilities::offered(record, &usable(version, facts.as_ref()));
    let mut listed = record.clone();
    let text = std::mem::take(&mut listed.description);
    listed.sample_input = None;
    listed.parameters = facts.map(|facts| facts.parameters).or(listed.parameters);
    listed.size_bytes = version.map(|version| version.size_bytes).or(listed.size_bytes);
    let version = version.map(|version| version.version.to_string());
    Document { listed: Listed { record: listed, version, options }, text }
}

/// Names deleted models; a curated one is then again what it was.
pub(super) fn gone(models: &[ModelRef]) -> (Vec<String>, Vec<Document>) {
    let is_curated = |model: &&ModelRef| model.collection == CollectionName::curated();
    let found = models.iter().filter(is_curated);
    let found = found.filter_map(|model| catalog::curated::find(&model.name));
    (models.iter().map(ToString::to_string).collect(), found.map(curated).collect())
}
