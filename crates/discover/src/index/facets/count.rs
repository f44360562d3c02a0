//! Counts how many models of a set have each value.
//!
//! A model's row is one or two cache lines and holds every filter, so that all of them are counted
//! in one pass; what most pages ask for, all models or those of one value, is counted beforehand.

use std::io;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::super::snapshot::{Reader, Writer, damaged};
use super::{Column, Facets};
use crate::query::FacetName;

/// Rows that are counted in one go, filter by filter: they stay in the first cache.
const BATCH: usize = 512;

/// Sets above this are counted by two threads: half a millisecond of work each.
const SPLIT_MIN: u64 = 60_000;

/// A filter of more values than this is only shown in part.
const VALUES_MANY: usize = 1_000;

/// What is counted beforehand of a filter with many values: twice of what is ever shown, so that
/// other segments may bring some.
const TALLY_MAX: usize = 200;

/// A value that fewer models have is counted when it is asked for: that takes 30 µs.
const TABLE_MIN: usize = 2_000;

/// How many models have each value of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Tally {
    /// Values that some have, with how many; rising by value.
    pub(in super::super) counts: Vec<(u32, u32)>,
    /// Whether rare values are left out.
    pub(in super::super) is_cut: bool,
}

impl Tally {
    /// Takes away what another counted; a value of which none is left goes.
    pub(in super::super) fn subtract(&mut self, other: &Self) {
        for (value, count) in &mut self.counts {
            if let Ok(at) = other.counts.binary_search_by_key(value, |(other, _)| *other) {
                *count = count.saturating_sub(other.counts[at].1);
            }
        }
        self.counts.retain(|(_, count)| *count > 0);
    }

    fn cut(mut self, values: usize) -> Self {
        if values > VALUES_MANY && self.counts.len() > TALLY_MAX {
            let by_count = |a: &(u32, u32), b: &(u32, u32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
            self.counts.select_nth_unstable_by(TALLY_MAX, by_count);
            self.counts.truncate(TALLY_MAX);
            self.counts.sort_unstable();
            self.is_cut = true;
        }
        self
    }
}

impl Facets {
    /// Counts the values of some filters among `docs`.
    pub(in super::super) fn count(&self, docs: &RoaringBitmap, names: &[FacetName]) -> Vec<Tally> {
        let columns: Vec<&Column> = names.iter().map(|name| self.column(*name)).collect();
        let sparse = |column: &&Column| docs.len() * 4 < column.sets.len() as u64;
        let (rare, dense): (Vec<&Column>, Vec<&Column>) =
            columns.iter().partition(|one| sparse(one));
        let mut rare = rare.into_iter().map(|column| self.count_rare(column, docs));
        let mut dense = self.count_dense(&dense, docs).into_iter();
        let next = |column: &&Column| match sparse(column) {
            true => rare.next().unwrap_or_default(),
            false => dense.next().unwrap_or_default(),
        };
        columns.iter().map(next).collect()
    }

    /// Counts a filter that has many more sets of values than there are models.
    fn count_rare(&self, column: &Column, docs: &RoaringBitmap) -> Tally {
        let of_doc = |doc: u32| column.sets.get(column.set(self.row(doc)));
        let mut values: Vec<u32> = docs.iter().flat_map(of_doc).copied().collect();
        values.sort_unstable();
        let counts = values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32));
        Tally { counts: counts.collect(), is_cut: false }.cut(column.len())
    }

    fn count_dense(&self, columns: &[&Column], docs: &RoaringBitmap) -> Vec<Tally> {
        // Filters that are counted together stand in the same place of a row.
        let mut groups: Vec<&Column> = columns.to_vec();
        groups.sort_by_key(|column| column.at);
        groups.dedup_by_key(|column| column.at);
        let middle = docs.select((docs.len() / 2) as u32).filter(|_| docs.len() > SPLIT_MIN);
        let of_sets = match middle {
            Some(middle) => {
                let (mut first, second) = rayon::join(
                    || self.count_sets(&groups, docs.range(..middle)),
                    || self.count_sets(&groups, docs.range(middle..)),
                );
                for (first, second) in first.iter_mut().flatten().zip(second.iter().flatten()) {
                    *first += second;
                }
                first
            }
            None => self.count_sets(&groups, docs.iter()),
        };
        let group = |column: &Column| groups.partition_point(|group| group.at < column.at);
        columns.iter().map(|column| column.tally(&of_sets[group(column)])).collect()
    }

    /// Counts how many models have each set of values.
    fn count_sets(
        &self,
        columns: &[&Column],
        mut docs: impl Iterator<Item = u32>,
    ) -> Vec<Vec<u32>> {
        let mut counts: Vec<Vec<u32>> =
            columns.iter().map(|column| vec![0; column.sets.len()]).collect();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(docs.by_ref().take(BATCH).map(|doc| doc as usize * self.stride));
            for (column, counts) in columns.iter().zip(&mut counts) {
                let rows = self.rows.get(column.at..).unwrap_or_default();
                match column.wide {
                    false => batch.iter().for_each(|at| counts[usize::from(rows[*at])] += 1),
                    true => batch.iter().for_each(|at| {
                        let set = usize::from(rows[*at]) | usize::from(rows[*at + 1]) << 16;
                        counts[set] += 1;
                    }),
                }
            }
            if batch.len() < BATCH {
                return counts;
            }
        }
    }

    fn row(&self, doc: u32) -> &[u16] {
        let at = doc as usize * self.stride;
        &self.rows[at..at + self.stride]
    }
}

impl Column {
    fn tally(&self, of_sets: &[u32]) -> Tally {
        let mut counts = vec![0_u32; self.len()];
        for (set, count) in of_sets.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.sets.get(set as u32).iter().for_each(|value| counts[*value as usize] += count);
        }
        let counts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(value, count)| (value as u32, count)).collect();
        Tally { counts, is_cut: false }.cut(self.len())
    }
}

/// What is counted beforehand.
#[derive(Debug)]
pub(in super::super) struct Tables {
    /// Every filter among all models.
    all: Vec<Tally>,
    /// Every filter among the models of a value, by filter and value.
    of_value: Vec<Vec<Option<Vec<Tally>>>>,
}

impl Tables {
    pub(in super::super) fn build(facets: &Facets) -> Self {
        let mut every = RoaringBitmap::new();
        every.insert_range(0..facets.len() as u32);
        let all = facets.count(&every, &FacetName::ALL);
        let of_column = |name: &FacetName| {
            let column = facets.column(*name);
            let tables = |value: u32| {
                let is_worth_it = column.len() <= VALUES_MANY && column.size(value) > TABLE_MIN;
                is_worth_it.then(|| facets.count(&column.docs(value), &FacetName::ALL))
            };
            (0..column.len() as u32).into_par_iter().map(tables).collect()
        };
        let of_value = FacetName::ALL.iter().map(of_column).collect();
        Self { all, of_value }
    }

    /// Returns a filter's counts among all models.
    pub(in super::super) fn all(&self, name: FacetName) -> &Tally {
        &self.all[name as usize]
    }

    /// Returns a filter's counts among the models of a value, where they are known.
    pub(in super::super) fn of_value(
        &self,
        (facet, value): (FacetName, u32),
        name: FacetName,
    ) -> Option<&Tally> {
        let of_facet = self.of_value.get(facet as usize)?;
        of_facet.get(value as usize)?.as_ref().map(|tallies| &tallies[name as usize])
    }

    pub(in super::super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        self.all.iter().try_for_each(|tally| write_tally(tally, to))?;
        for of_value in self.of_value.iter().flatten() {
            to.number(u64::from(of_value.is_some()))?;
            of_value.iter().flatten().try_for_each(|tally| write_tally(tally, to))?;
        }
        Ok(())
    }

    pub(in super::super) fn read(from: &mut Reader, facets: &Facets) -> io::Result<Self> {
        let tallies = |from: &mut Reader| -> io::Result<Vec<Tally>> {
            let read = |name: &FacetName| read_tally(from, facets.column(*name).len());
            FacetName::ALL.iter().map(read).collect()
        };
        let all = tallies(from)?;
        let mut of_value = Vec::with_capacity(FacetName::ALL.len());
        for name in FacetName::ALL {
            let mut values = Vec::with_capacity(facets.column(name).len());
            for _ in 0..facets.column(name).len() {
                let is_there = from.number()? == 1;
                values.push(if is_there { Some(tallies(from)?) } else { None });
            }
            of_value.push(values);
        }
        Ok(Self { all, of_value })
    }
}

fn write_tally(tally: &Tally, to: &mut Writer) -> io::Result<()> {
    to.number(u64::from(tally.is_cut))?;
    let pairs: Vec<[u32; 2]> = tally.counts.iter().map(|(value, count)| [*value, *count]).collect();
    to.slice(&pairs)
}

fn read_tally(from: &mut Reader, values: usize) -> io::Result<Tally> {
    let is_cut = from.number()? == 1;
    let pairs: Vec<[u32; 2]> = from.slice()?;
    match pairs.iter().all(|[value, _]| (*value as usize) < values) {
        true => {
            let counts = pairs.into_iter().map(|[value, count]| (value, count)).collect();
            Ok(Tally { counts, is_cut })
        }
        false => Err(damaged("a value is counted that does not exist")),
    }
}
