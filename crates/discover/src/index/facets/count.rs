//! Counts how many models of a set have each value.
//!
//! A model's row is one or two cache lines and holds every filter, so that all of them are counted
//! in one pass; what most pages ask for, all models or those of one value, is counted beforehand.

use std::cmp::Ordering;

use roaring::RoaringBitmap;

use super::{Column, Facets};
use crate::query::FacetName;

/// Rows that are counted in one go, filter by filter: they stay in the first cache.
const BATCH: usize = 512;

/// Sets above this are counted by two threads: half a millisecond of work each.
const SPLIT_MIN: u64 = 60_000;

/// A filter of more values than this is only shown in part.
pub(super) const VALUES_MANY: usize = 1_000;

/// What is counted beforehand of a filter with many values: twice of what is ever shown, so that
/// other segments may bring some.
const TALLY_MAX: usize = 200;

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

    /// Adds what another counted.
    pub(in super::super) fn add(&mut self, other: &Self) {
        let mut sums = Vec::with_capacity(self.counts.len() + other.counts.len());
        let (mut first, mut second) =
            (self.counts.iter().peekable(), other.counts.iter().peekable());
        while let (Some(a), Some(b)) = (first.peek(), second.peek()) {
            sums.push(match a.0.cmp(&b.0) {
                Ordering::Less => (a.0, a.1),
                Ordering::Greater => (b.0, b.1),
                Ordering::Equal => (a.0, a.1 + b.1),
            });
            let order = a.0.cmp(&b.0);
            first.next_if(|_| order.is_le());
            second.next_if(|_| order.is_ge());
        }
        sums.extend(first.chain(second));
        self.counts = sums;
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
