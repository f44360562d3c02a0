//! Which models have which words: postings, scores and spellings, on tantivy.
//!
//! Models go in by rank, in shards of one tantivy segment each, so that a shard's document number
//! is a model's rank less the rank of its first.

mod expand;
mod find;
mod score;
mod shard;
mod vocabulary;
mod words;

use std::io;
use std::path::Path;

use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use crate::query::Listed;
use crate::{Result, near};

pub(super) use find::Found;
pub(super) use shard::{SHARD_DOCS, Shard};
use vocabulary::Vocabulary;

/// The words of a segment's models.
pub(super) struct TextPlane {
    shards: Vec<Shard>,
    vocabulary: Vocabulary,
    fields: Fields,
    schema: Schema,
}

/// Where words may stand.
#[derive(Clone, Copy, Debug)]
struct Fields {
    /// In the name, the name to show and the id on the hub.
    name: Field,
    /// Neighbors in the name, put together: `gpt-2` is also `gpt2`.
    joined: Field,
    /// In keywords, publisher, tasks.
    label: Field,
    /// In the summary, the card, the rest.
    body: Field,
}

/// The texts of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    name: String,
    joined: String,
    label: String,
    body: String,
}

/// Between the texts of a model on their way through a file.
const BETWEEN: char = '\0';

impl Texts {
    /// Gathers the texts of a model; `more` are words that are not in its listing.
    pub(super) fn of(listed: &Listed, more: &str) -> Self {
        let record = &listed.record;
        let hub_id = record.hub_id.as_deref().unwrap_or_default();
        let names = [record.name.as_str(), &record.display_name, hub_id];
        let tasks = record.tasks.iter().map(|task| words::of_task(*task));
        let taught = record.finetuning_tasks.iter().map(|task| words::of_task(*task));
        let label = record.keywords.iter().chain(&record.publisher).chain(&record.library);
        let (license, collection) = (record.license.as_str(), record.collection.as_str());
        let body = [record.summary.as_str(), license, collection, more];
        let body = body.into_iter().chain(record.datasets.iter().map(String::as_str));
        let body = body.chain(record.languages.iter().map(String::as_str));
        Self {
            name: once_each(names.iter().flat_map(|name| words::split(name))),
            joined: once_each(names.iter().flat_map(|name| words::joined(name))),
            label: join(label.cloned().chain(tasks)),
            body: join(body.map(str::to_owned).chain(taught)),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let texts = [&self.name, &self.joined, &self.label, &self.body];
        let clean = texts.map(|text| text.replace(BETWEEN, " "));
        clean.join(&BETWEEN.to_string()).into_bytes()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut texts = text.splitn(4, BETWEEN).map(str::to_owned);
        let mut next = || texts.next().unwrap_or_default();
        Self { name: next(), joined: next(), label: next(), body: next() }
    }
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

/// A name says its words several times: they count once.
fn once_each(words: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    once.join(" ")
}

impl Fields {
    fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let mut field = |name: &str, option: IndexRecordOption, has_norms: bool| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(shard::TOKENIZER)
                .set_index_option(option)
                .set_fieldnorms(has_norms);
            schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
        };
        let fields = Self {
            name: field("name", IndexRecordOption::WithFreqsAndPositions, true),
            joined: field("joined", IndexRecordOption::Basic, false),
            label: field("label", IndexRecordOption::WithFreqs, true),
            body: field("body", IndexRecordOption::WithFreqsAndPositions, true),
        };
        (schema.build(), fields)
    }
}

impl TextPlane {
    /// Puts shards together, in the order of their models.
    pub(super) fn build(shards: Vec<Shard>) -> Result<Self> {
        let (schema, fields) = Fields::schema();
        let vocabulary = Vocabulary::build(&shards, fields)?;
        Ok(Self { shards, vocabulary, fields, schema })
    }

    /// Writes what the shards do not have in their own files.
    pub(super) fn write(&self, dir: &Path) -> io::Result<()> {
        self.vocabulary.write(&dir.join(VOCABULARY))
    }

    /// Opens what was written, for so many models.
    pub(super) fn open(dir: &Path, docs: usize) -> Result<Self> {
        let (schema, fields) = Fields::schema();
        let shards = shard::open_all(dir, docs)?;
        let vocabulary = Vocabulary::read(&dir.join(VOCABULARY))?;
        Ok(Self { shards, vocabulary, fields, schema })
    }

    /// Returns the words of a text, folded and joined, by which a name is compared with it.
    pub(super) fn whole(text: &str) -> String {
        near::fold(text)
    }
}

const VOCABULARY: &str = "words";
