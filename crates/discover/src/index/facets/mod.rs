//! Which models have which value of a filter: a set of models for each value, to filter by, and a
//! number for each model, to count by.

mod build;
mod containers;
mod count;
mod rows;
mod tables;

use std::borrow::Cow;
use std::io;

use roaring::RoaringBitmap;

use super::arena::{Lists, Strings};
use super::snapshot::{Reader, Writer, damaged};
use crate::query::FacetName;
use rows::Rows;

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
    /// For each model its numbers: filters that are counted together share one.
    rows: Rows,
}

/// One filter.
#[derive(Debug)]
pub(super) struct Column {
    /// The values, folded and sorted: a value is known by its place among them.
    keys: Strings,
    /// The spelling of each value that most models have.
    shown: Strings,
    /// The sets of values that occur together on a model, by their number; where the filter is
    /// counted alone, those that most models have come first.
    sets: Lists,
    /// Whether a set is at most one value, and each value one set.
    single: bool,
    /// Which group has the numbers.
    group: usize,
    /// The models of the values that few have; those of the others are bitmaps.
    few: Lists,
    many: Vec<Option<RoaringBitmap>>,
}

impl Facets {
    fn new(mut columns: Vec<Column>, rows: Rows) -> Self {
        let mut members = vec![0; columns.len()];
        columns.iter().for_each(|column| members[column.group] += 1);
        columns.iter_mut().for_each(|column| {
            let is_alone = members[column.group] == 1;
            column.single = is_alone && column.sets.iter().all(|set| set.len() <= 1);
        });
        Self { columns, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
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
        to.number(self.len() as u64)?;
        self.columns.iter().try_for_each(|column| column.write(to))?;
        self.rows.write(to)
    }

    pub(super) fn read(from: &mut Reader) -> io::Result<Self> {
        let docs = from.number()? as usize;
        let read = |_| Column::read(from, docs);
        let columns = FacetName::ALL.iter().map(read).collect::<io::Result<Vec<_>>>()?;
        let mut counts = Vec::new();
        for group in 0..columns.len() {
            let of_group = columns.iter().filter(|column| column.group == group);
            let sets: Vec<usize> = of_group.map(|column| column.sets.len()).collect();
            if sets.windows(2).any(|two| two[0] != two[1]) {
                return Err(damaged("filters that are counted together differ"));
            }
            counts.extend(sets.first());
        }
        let rows = Rows::read(from, &counts)?;
        match rows.len() == docs && columns.iter().all(|column| column.group < counts.len()) {
            true => Ok(Self::new(columns, rows)),
            false => Err(damaged("a filter has another number of models than the rest")),
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

    fn write(&self, to: &mut Writer) -> io::Result<()> {
        self.keys.write(to)?;
        self.shown.write(to)?;
        self.sets.write(to)?;
        to.number(self.group as u64)?;
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
        let group = from.number()? as usize;
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
        Ok(Self { keys, shown, sets, single: false, group, few, many })
    }
}
