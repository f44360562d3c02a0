//! One tantivy segment over a range of ranks.

use std::path::{Path, PathBuf};

use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::tokenizer::{LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer};
use tantivy::{Index, ReloadPolicy, Searcher, SegmentReader, TantivyDocument};

use super::words::WORD_BYTES_MAX;
use super::{Fields, Texts};
use crate::{Error, Result};

/// The name of our way to split texts.
pub(super) const TOKENIZER: &str = "words";

/// Models of a shard, whole containers of a bitmap: its writer takes a kilobyte for each while it
/// is made.
pub(in super::super) const SHARD_DOCS: usize = 1 << 18;

/// A hint for the size of the writer's table of words, not a bound.
const WRITER_BYTES: usize = 16 << 20;
const WRITER_BYTES_FEW: usize = 1 << 20;
const FEW: usize = 10_000;

/// The words of the models of a range of ranks.
pub(in super::super) struct Shard {
    pub(super) searcher: Searcher,
    /// The rank of its first model.
    pub(super) first: u32,
}

impl Shard {
    /// Writes a shard: to a folder, or to memory where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub(in super::super) fn build(
        dir: Option<&Path>,
        first: u32,
        texts: impl ExactSizeIterator<Item = Result<Texts>>,
    ) -> Result<Self> {
        let (schema, fields) = Fields::schema();
        let builder = Index::builder().schema(schema).tokenizers(tokenizers());
        let budget = if texts.len() > FEW { WRITER_BYTES } else { WRITER_BYTES_FEW };
        let mut writer: SingleSegmentIndexWriter = match dir {
            Some(dir) => {
                let dir = folder(dir, first);
                std::fs::create_dir_all(&dir).map_err(|error| Error::store(&dir, error))?;
                let directory = tantivy::directory::MmapDirectory::open(&dir).map_err(words)?;
                builder.single_segment_index_writer(directory, budget).map_err(words)?
            }
            None => builder
                .single_segment_index_writer(RamDirectory::create(), budget)
                .map_err(words)?,
        };
        for texts in texts {
            writer.add_document(document(fields, &texts?)).map_err(words)?;
        }
        let mut index = writer.finalize().map_err(words)?;
        index.set_tokenizers(tokenizers());
        Self::open(&index, first)
    }

    fn open(index: &Index, first: u32) -> Result<Self> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let searcher = reader.try_into().map_err(words)?.searcher();
        Ok(Self { searcher, first })
    }

    /// Returns how many models it has.
    pub(super) fn docs(&self) -> usize {
        self.segment().map_or(0, |segment| segment.max_doc() as usize)
    }

    /// Returns its one segment; a shard without models has none.
    pub(super) fn segment(&self) -> Option<&SegmentReader> {
        self.searcher.segment_readers().first()
    }
}

/// Opens the shards of a folder, which hold so many models.
pub(super) fn open_all(dir: &Path, docs: usize) -> Result<Vec<Shard>> {
    let starts = (0..docs.max(1)).step_by(SHARD_DOCS);
    let open = |first: usize| {
        let index = Index::open_in_dir(folder(dir, first as u32)).map_err(words)?;
        Shard::open(&index, first as u32)
    };
    let shards = starts.map(open).collect::<Result<Vec<_>>>()?;
    let total: u64 = shards.iter().map(|shard| shard.searcher.num_docs()).sum();
    match total == docs as u64 {
        true => Ok(shards),
        false => Err(Error::Words { why: format!("{total} models have words, of {docs}") }),
    }
}

fn folder(dir: &Path, first: u32) -> PathBuf {
    dir.join(format!("words-{first}"))
}

fn tokenizers() -> tantivy::tokenizer::TokenizerManager {
    let manager = tantivy::tokenizer::TokenizerManager::new();
    let analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_BYTES_MAX + 1))
        .filter(LowerCaser)
        .build();
    manager.register(TOKENIZER, analyzer);
    manager
}

fn document(fields: Fields, texts: &Texts) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    let fields = [fields.name, fields.joined, fields.label, fields.body];
    for (field, text) in fields.into_iter().zip(texts.parts()) {
        document.add_text(field, text);
    }
    document
}

/// Says that the words could not be read or written.
pub(super) fn words(error: impl std::fmt::Display) -> Error {
    Error::Words { why: error.to_string() }
}
