//! Which models have which value of a filter: a set of models for each value, to filter by, and a
//! short row for each model, to count by.

mod build;
mod count;
mod tables;

use std::borrow::Cow;
use std::io;

use roaring::RoaringBitmap;

use super::arena::{Lists, Strings};
use super::snapshot::{Reader, Writer, damaged};
use crate::query::FacetName;

pub(super) use build::{FacetsBuilder, Values};
pub(super) use count::Tally;
pub(super) use tables::{Choice, Tables};

/// A set of at most so many models is kept as a list: that many numbers take less room than what
/// surrounds a bitmap.
const LIST_MAX: usize = 1_024;

/// The filters of a segment.
#[derive(Debug)]
pub(super) struct Facets {
    columns: Vec<Column>,
    /// One row for each model: for every filter the number of the set of values that it has.
    rows: Vec<u16>,
    stride: usize,
}

/// One filter.
#[derive(Debug)]
pub(super) struct Column {
    /// The values, folded and sorted: a value is known by its place among them.
    keys: Strings,
    /// The spelling of each value that most models have.
    shown: Strings,
    /// The sets of values that occur together on a model, by the number in its row; filters that
    /// are counted together share the number.
    sets: Lists,
    /// Where the number stands in a row, and whether it takes two places.
    at: usize,
    wide: bool,
    /// The models of the values that few have; those of the others are bitmaps.
    few: Lists,
    many: Vec<Option<RoaringBitmap>>,
}

impl Facets {
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.stride.max(1)
    }

    /// Returns all models.
    pub(super) fn every(&self) -> RoaringBitmap {
        let mut every = RoaringBitmap::new();
        every.insert_range(0..self.len() as u32);
        every
    }

    pub(super) fn column(&self, name: FacetName) -> &Column {
        // The columns stand in the order of the filters.
        &self.columns[name as usize]
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        to.number(self.stride as u64)?;
        to.slice(&self.rows)?;
        self.columns.iter().try_for_each(|column| column.write(to))
    }

    pub(super) fn read(from: &mut Reader) -> io::Result<Self> {
        let stride = from.number()? as usize;
        let rows: Vec<u16> = from.slice()?;
        if stride == 0 || !rows.len().is_multiple_of(stride) {
            return Err(damaged("a row has another length than the rest"));
        }
        let read = |_| Column::read(from, rows.len() / stride);
        let columns = FacetName::ALL.iter().map(read).collect::<io::Result<Vec<_>>>()?;
        if columns.iter().any(|column| column.at + usize::from(column.wide) >= stride) {
            return Err(damaged("a filter stands outside of the rows"));
        }
        let facets = Self { columns, rows, stride };
        let sound = |column: &Column| {
            let sets = facets.rows.chunks_exact(stride).map(|row| column.set(row));
            sets.max().is_none_or(|most| (most as usize) < column.sets.len())
        };
        match facets.columns.iter().all(sound) {
            true => Ok(facets),
            false => Err(damaged("a row names values that do not exist")),
        }
    }
}

impl Column {
    /// Returns how many values there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Finds a value by its folded spelling.
    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.keys.find_sorted(key)
    }

    pub(super) fn key(&self, value: u32) -> &str {
        self.keys.get(value)
    }

    pub(super) fn shown(&self, value: u32) -> &str {
        self.shown.get(value)
    }

    /// Returns every value as it is shown, in the order of the folded spellings.
    pub(super) fn all_shown(&self) -> impl Iterator<Item = &str> {
        self.shown.iter()
    }

    /// Returns the models that have a value.
    pub(super) fn docs(&self, value: u32) -> Cow<'_, RoaringBitmap> {
        match self.many.get(value as usize) {
            Some(Some(many)) => Cow::Borrowed(many),
            _ => Cow::Owned(self.few.get(value).iter().copied().collect()),
        }
    }

    /// Returns how many models have a value.
    pub(super) fn size(&self, value: u32) -> usize {
        match self.many.get(value as usize) {
            Some(Some(many)) => many.len() as usize,
            _ => self.few.get(value).len(),
        }
    }

    /// Reads the number of the set of values from a row.
    fn set(&self, row: &[u16]) -> u32 {
        let low = u32::from(row[self.at]);
        if self.wide { low | u32::from(row[self.at + 1]) << 16 } else { low }
    }

    fn write(&self, to: &mut Writer) -> io::Result<()> {
        self.keys.write(to)?;
        self.shown.write(to)?;
        self.sets.write(to)?;
        to.number(self.at as u64)?;
        to.number(u64::from(self.wide))?;
        self.few.write(to)?;
        for many in &self.many {
            to.number(u64::from(many.is_some()))?;
            many.iter().try_for_each(|many| to.bitmap(many))?;
        }
        Ok(())
    }

    fn read(from: &mut Reader, docs: usize) -> io::Result<Self> {
        let keys = Strings::read(from)?;
        let shown = Strings::read(from)?;
        let sets = Lists::read(from, keys.len())?;
        let at = from.number()? as usize;
        let wide = from.number()? == 1;
        let few = Lists::read(from, docs)?;
        let mut many = Vec::with_capacity(keys.len());
        for _ in 0..keys.len() {
            let is_there = from.number()? == 1;
            many.push(is_there.then(|| from.bitmap()).transpose()?);
        }
        let inside = |set: &RoaringBitmap| set.max().is_none_or(|max| (max as usize) < docs);
        let sound = shown.len() == keys.len() && few.len() == keys.len();
        if !sound || !many.iter().flatten().all(inside) {
            return Err(damaged("a filter has another number of values than it names"));
        }
        Ok(Self { keys, shown, sets, at, wide, few, many })
    }
}
