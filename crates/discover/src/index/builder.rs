//! Takes models one by one and makes an index of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::arena::Strings;
use super::blobs::{Blobs, BlobsWriter};
use super::facets::{Facets, FacetsBuilder, Tables, Values};
use super::names::Names;
use super::order::{Facts, Orders, folded_name};
use super::segment::{CARDS, Segment, read_card};
use super::text::{SHARD_DOCS, Shard, TextPlane, Texts};
use super::{Document, Index, Part};
use crate::fit::Machine;
use crate::{Error, Result};

/// What a snapshot is of, to know later whether it still holds.
#[derive(Clone, Debug, Default)]
pub struct Stamp {
    /// What the models were read with: another program, or another machine, reads them otherwise.
    pub version: String,
    /// The revision of the catalog that was read.
    pub revision: i64,
}

/// Models to come; each comes once.
pub struct IndexBuilder {
    dir: Option<Folder>,
    machine: Machine,
    facets: FacetsBuilder,
    facts: Vec<Facts>,
    names: Strings,
    models: Strings,
    cards: BlobsWriter,
    /// More words of each model, until its rank is known.
    more: BlobsWriter,
    waiting: Vec<Document>,
}

/// Models that are read side by side: a few megabytes.
const TOGETHER: usize = 2_048;

/// A model as it was read.
struct Entry {
    card: io::Result<Vec<u8>>,
    more: String,
    values: Vec<Values>,
    facts: Facts,
    name: String,
    model: String,
}

impl Entry {
    fn read(document: Document, facets: &FacetsBuilder) -> Self {
        let listed = &document.listed;
        Self {
            card: serde_json::to_vec(listed).map_err(io::Error::from),
            values: facets.values(listed),
            facts: Facts::of(listed),
            name: folded_name(listed),
            model: listed.record.model().to_string(),
            more: document.text,
        }
    }
}

/// Where the snapshot will lie, and where it lies until it is whole.
struct Folder {
    at: PathBuf,
    draft: PathBuf,
}

const MORE: &str = "more";

impl IndexBuilder {
    /// Begins an index: with its snapshot in a folder, or in memory alone.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn create(dir: Option<&Path>, machine: Machine) -> Result<Self> {
        let dir = dir.map(Folder::create).transpose()?;
        let draft = |name: &str| dir.as_ref().map(|dir| dir.draft.join(name));
        let writer = |name: &str| {
            let path = draft(name);
            let created = BlobsWriter::create(path.as_deref());
            created.map_err(|error| Error::store(&path.unwrap_or_default(), error))
        };
        Ok(Self {
            machine,
            facets: FacetsBuilder::new(machine.memory_bytes),
            facts: Vec::new(),
            names: Strings::default(),
            models: Strings::default(),
            cards: writer(CARDS)?,
            more: writer(MORE)?,
            waiting: Vec::new(),
            dir,
        })
    }

    /// Takes a model.
    ///
    /// # Errors
    /// Where the folder is full, or there are more models than an index holds.
    pub fn add(&mut self, document: Document) -> Result<()> {
        self.waiting.push(document);
        if self.waiting.len() < TOGETHER {
            return Ok(());
        }
        self.take_waiting()
    }

    /// Reads the models that wait side by side, and takes them one after the other.
    fn take_waiting(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.facts.len() + waiting.len() > Names::DOCS_MAX {
            return Err(Error::TooMany { most: Names::DOCS_MAX });
        }
        let facets = &self.facets;
        let read: Vec<Entry> =
            waiting.into_par_iter().map(|document| Entry::read(document, facets)).collect();
        self.take(read).map_err(|error| Error::store(&self.draft(), error))
    }

    fn take(&mut self, read: Vec<Entry>) -> io::Result<()> {
        let Self { facets, facts, names, models, cards, more, .. } = self;
        let (mut written, mut values) = (Vec::with_capacity(read.len()), Vec::new());
        for entry in read {
            written.push((entry.card, entry.more));
            values.push(entry.values);
            facts.push(entry.facts);
            names.push(&entry.name);
            models.push(&entry.model);
        }
        let write = || {
            written.into_iter().try_for_each(|(card, text)| {
                cards.add(&card?)?;
                more.add(text.as_bytes())
            })
        };
        rayon::join(write, || values.into_iter().for_each(|values| facets.add(values))).0
    }

    fn draft(&self) -> PathBuf {
        self.dir.as_ref().map(|dir| dir.draft.clone()).unwrap_or_default()
    }

    /// Puts everything in order and, where there is a folder, leaves a snapshot there.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn finish(mut self, stamp: &Stamp) -> Result<Index> {
        self.take_waiting()?;
        let (machine, draft) = (self.machine, self.draft());
        let store = |error: io::Error| Error::store(&draft, error);
        let (order, orders) = Orders::build(&self.facts, &self.names, &self.models);
        let (facts, names) = (self.facts, self.names);
        drop((facts, names));
        let more = self.more.finish(&order).map_err(store)?;
        let cards = self.cards.finish(&order).map_err(store)?;
        let dir = self.dir.as_ref().map(|dir| dir.draft.as_path());
        let (facets, models) = (self.facets, self.models);
        let (browse, text) = rayon::join(
            || browse(facets, &models, &order),
            || words(dir, (&cards, &more), order.len()),
        );
        let (facets, tables, names) = browse;
        let segment = Segment { facets, tables, orders, names, cards, text: text? };
        if let Some(dir) = &self.dir {
            drop(more);
            fs::remove_file(dir.draft.join(MORE)).map_err(store)?;
            segment.write(&dir.draft, &stamp.version, stamp.revision)?;
            dir.put_in_place()?;
        }
        let part = Part {
            segment: Arc::new(segment),
            dead: Arc::new(RoaringBitmap::new()),
            documents: None,
        };
        Ok(Index { parts: vec![part], machine })
    }
}

fn browse(facets: FacetsBuilder, models: &Strings, order: &[u32]) -> (Facets, Tables, Names) {
    let facets = facets.finish(order);
    let tables = Tables::build(&facets);
    let models = order.iter().map(|doc| models.get(*doc)).collect();
    (facets, tables, Names::build(models))
}

fn words(dir: Option<&Path>, (cards, more): (&Blobs, &Blobs), docs: usize) -> Result<TextPlane> {
    let shard = |first: usize| {
        let docs = first as u32..docs.min(first + SHARD_DOCS) as u32;
        let unreadable = |error: io::Error| Error::store(Path::new(MORE), error);
        let texts = docs.map(|doc| {
            let more = more.get(doc).map_err(unreadable)?;
            Ok(Texts::of(&read_card(cards, doc)?, &String::from_utf8_lossy(&more)))
        });
        Shard::build(dir, first as u32, texts)
    };
    let starts: Vec<usize> = (0..docs.max(1)).step_by(SHARD_DOCS).collect();
    TextPlane::build(starts.into_par_iter().map(shard).collect::<Result<_>>()?)
}

impl Folder {
    fn create(at: &Path) -> Result<Self> {
        let draft = at.with_extension("draft");
        // A draft that is there was left by a program that died.
        let created = match fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&draft),
        };
        created.map_err(|error| Error::store(&draft, error))?;
        Ok(Self { at: at.to_owned(), draft })
    }

    /// Puts the draft in the place of what is there; who has that open keeps it.
    fn put_in_place(&self) -> Result<()> {
        let old = self.at.with_extension("old");
        let replace = || {
            for stale in [&old, &self.at] {
                if stale.exists() {
                    let aside = self.at.with_extension("gone");
                    fs::rename(stale, &aside)?;
                    fs::remove_dir_all(aside)?;
                }
            }
            fs::rename(&self.draft, &self.at)?;
            match self.at.parent() {
                Some(parent) => fs::File::open(parent)?.sync_all(),
                None => Ok(()),
            }
        };
        replace().map_err(|error| Error::store(&self.at, error))
    }
}
