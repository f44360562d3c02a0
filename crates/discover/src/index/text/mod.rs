//! Which models have which words: postings, scores and spellings, on tantivy.
//!
//! Models go in by rank, in shards of one tantivy segment each, so that a shard's document number
//! is a model's rank less the rank of its first.

mod expand;
mod find;
mod plan;
mod resolved;
mod score;
mod shard;
mod vocabulary;
mod words;

use std::io;
use std::path::Path;

use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use crate::Result;
use crate::query::Listed;

pub(super) use find::Found;
use score::Averages;
pub(super) use shard::{SHARD_DOCS, Shard};
use vocabulary::Vocabulary;

/// The words of a segment's models.
pub(super) struct TextPlane {
    shards: Vec<Shard>,
    vocabulary: Vocabulary,
    averages: Averages,
    fields: Fields,
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

/// The texts of a model, one after the other with a zero byte between.
pub(super) struct Texts(String);

/// Between the texts of a model.
const BETWEEN: char = '\0';

impl Texts {
    /// Gathers the texts of a model; `more` are words that are not in its listing.
    pub(super) fn of(listed: &Listed, more: &str) -> Self {
        let record = &listed.record;
        let name = record.name.as_str();
        let other = |text: &&str| !text.eq_ignore_ascii_case(name);
        let hub_id = record.hub_id.as_deref().filter(other);
        let display_name = Some(record.display_name.as_str()).filter(other);
        let names = [Some(name), display_name, hub_id].into_iter().flatten();
        let mut texts = Self(String::with_capacity(record.summary.len() + more.len() + 256));
        names.clone().for_each(|name| texts.push(name));
        texts.next();
        names.flat_map(words::joined).for_each(|word| texts.push(&word));
        texts.next();
        let label = record.keywords.iter().chain(&record.publisher).chain(&record.library);
        label.for_each(|word| texts.push(word));
        record.tasks.iter().for_each(|task| texts.push(words::of_task(*task)));
        texts.next();
        texts.push(&record.summary);
        texts.push(record.license.as_str());
        texts.push(record.collection.as_str());
        texts.push(more);
        record.datasets.iter().chain(&record.languages).for_each(|word| texts.push(word));
        record.finetuning_tasks.iter().for_each(|task| texts.push(words::of_task(*task)));
        texts
    }

    /// Adds words to the present text.
    fn push(&mut self, text: &str) {
        self.0.push(' ');
        match text.contains(BETWEEN) {
            false => self.0.push_str(text),
            true => self.0.push_str(&text.replace(BETWEEN, " ")),
        }
    }

    /// Goes on with the next text.
    fn next(&mut self) {
        self.0.push(BETWEEN);
    }

    /// Returns the texts in the order of [`Fields`].
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split(BETWEEN)
    }
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

    /// Returns the fields in the order of their numbers.
    fn all(self) -> impl Iterator<Item = Field> {
        [self.name, self.joined, self.label, self.body].into_iter()
    }
}

impl TextPlane {
    /// Puts shards together, in the order of their models.
    pub(super) fn build(shards: Vec<Shard>) -> Result<Self> {
        let (_, fields) = Fields::schema();
        let vocabulary = Vocabulary::build(&shards, fields)?;
        let averages = Averages::of(&shards, fields.all())?;
        Ok(Self { shards, vocabulary, averages, fields })
    }

    /// Writes what the shards do not have in their own files.
    pub(super) fn write(&self, dir: &Path) -> io::Result<()> {
        self.vocabulary.write(&dir.join(VOCABULARY))
    }

    /// Opens what was written, for so many models.
    pub(super) fn open(dir: &Path, docs: usize) -> Result<Self> {
        let (_, fields) = Fields::schema();
        let shards = shard::open_all(dir, docs)?;
        let vocabulary = Vocabulary::read(&dir.join(VOCABULARY))?;
        let averages = Averages::of(&shards, fields.all())?;
        Ok(Self { shards, vocabulary, averages, fields })
    }
}

const VOCABULARY: &str = "words";
