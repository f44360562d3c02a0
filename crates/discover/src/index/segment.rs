//! Models that were put in order together: everything that finding them needs, never changed.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::blobs::Blobs;
use super::facets::{Facets, Tables};
use super::names::Names;
use super::order::Orders;
use super::snapshot::{Reader, Writer};
use super::text::TextPlane;
use crate::query::Listed;
use crate::{Error, Result};

/// Models by rank, the most relevant first.
pub(super) struct Segment {
    pub(super) facets: Facets,
    pub(super) tables: Tables,
    pub(super) orders: Orders,
    pub(super) names: Names,
    pub(super) cards: Blobs,
    pub(super) text: TextPlane,
}

/// What a snapshot is of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// How the files are laid out.
    pub(super) format: u32,
    /// What the models were read with.
    pub(super) version: String,
    /// The catalog's revision that it shows.
    pub(super) revision: i64,
    docs: usize,
}

/// Raised whenever the files are laid out otherwise.
const FORMAT: u32 = 6;

pub(super) const CARDS: &str = "cards";
const BROWSE: &str = "browse";
const ABOUT: &str = "about.json";

impl Segment {
    pub(super) fn len(&self) -> usize {
        self.facets.len()
    }

    /// Reads what is shown of a model.
    pub(super) fn card(&self, doc: u32) -> Result<Listed> {
        read_card(&self.cards, doc)
    }

    /// Writes everything that is not in files yet, what it is of last.
    pub(super) fn write(&self, dir: &Path, version: &str, revision: i64) -> Result<()> {
        let browse = dir.join(BROWSE);
        let write = || {
            let mut to = Writer::create(&browse)?;
            self.facets.write(&mut to)?;
            self.tables.write(&mut to)?;
            self.orders.write(&mut to)?;
            self.names.write(&mut to)?;
            self.cards.write(&mut to)?;
            to.finish()?;
            self.text.write(dir)?;
            let docs = self.len();
            let about = About { format: FORMAT, version: version.to_owned(), revision, docs };
            let file = File::create(dir.join(ABOUT))?;
            serde_json::to_writer(&file, &about)?;
            file.sync_all()?;
            File::open(dir)?.sync_all()
        };
        write().map_err(|error| Error::store(dir, error))
    }

    /// Opens a snapshot; `None` where there is none that was written so.
    pub(super) fn open(dir: &Path, version: &str) -> Result<Option<(Self, i64)>> {
        let Ok(about) = std::fs::read(dir.join(ABOUT)) else { return Ok(None) };
        let Ok(about) = serde_json::from_slice::<About>(&about) else { return Ok(None) };
        if about.format != FORMAT || about.version != version {
            return Ok(None);
        }
        let text = TextPlane::open(dir, about.docs)?;
        let browse = dir.join(BROWSE);
        let read = || {
            let mut from = Reader::open(&browse)?;
            let facets = Facets::read(&mut from)?;
            let tables = Tables::read(&mut from, &facets)?;
            let orders = Orders::read(&mut from, facets.len())?;
            let names = Names::read(&mut from)?;
            let cards = Blobs::read(&mut from, &dir.join(CARDS), facets.len())?;
            from.finish()?;
            Ok((facets, tables, orders, names, cards))
        };
        let (facets, tables, orders, names, cards) =
            read().map_err(|error| Error::store(&browse, error))?;
        let segment = Self { facets, tables, orders, names, cards, text };
        Ok(Some((segment, about.revision)))
    }
}

/// Reads what is shown of a model.
pub(super) fn read_card(cards: &Blobs, doc: u32) -> Result<Listed> {
    let unreadable = |error: std::io::Error| Error::store(Path::new(CARDS), error);
    let bytes = cards.get(doc).map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.into()))
}
