//! Counts how many models of a set have each value.
//!
//! A set is read once for all filters, a few hundred models at a time; what most pages ask for, all
//! models or those of one value, is counted beforehand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use roaring::RoaringBitmap;

use super::{Column, Facets};
use crate::query::FacetName;

/// A filter with so many times more sets than there are models is counted by sorting.
const RARE: u64 = 32;

/// A filter of more values than this is only shown in part.
pub(super) const VALUES_MANY: usize = 1_000;

/// What is counted beforehand of a filter with many values: twice of what is ever shown, so that
/// other segments may bring some.
const TALLY_MAX: usize = 200;

/// Counts that are compared with the least that is kept in one go.
const COMPARED: usize = 64;

/// How many models have each value of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Tally {
    /// Values that some have, with how many; rising by value.
    pub(in super::super) counts: Vec<(u32, u32)>,
    /// What a value that is left out has at most; 0 where none is.
    pub(in super::super) rest_max: u32,
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

    /// Keeps the highest counts where the values are many.
    fn cut(mut self, values: usize) -> Self {
        if values > VALUES_MANY && self.counts.len() > TALLY_MAX {
            let by_count = |a: &(u32, u32), b: &(u32, u32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
            self.counts.select_nth_unstable_by(TALLY_MAX, by_count);
            self.rest_max = self.counts[TALLY_MAX].1;
            self.counts.truncate(TALLY_MAX);
            self.counts.sort_unstable();
        }
        self
    }
}

impl Facets {
    /// Counts the values of some filters among `docs`; of very many values those that most have.
    pub(in super::super) fn count(&self, docs: &RoaringBitmap, names: &[FacetName]) -> Vec<Tally> {
        let columns: Vec<&Column> = names.iter().map(|name| self.column(*name)).collect();
        let sparse = |column: &&Column| column.is_sparse(docs);
        let (rare, dense): (Vec<&Column>, Vec<&Column>) =
            columns.iter().partition(|one| sparse(one));
        let of_rare = |column: &Column| self.count_rare(column, docs).cut(column.len());
        let mut rare = rare.into_iter().map(of_rare);
        let mut dense = self.count_dense(&dense, docs).into_iter();
        let next = |column: &&Column| match sparse(column) {
            true => rare.next().unwrap_or_default(),
            false => dense.next().unwrap_or_default(),
        };
        columns.iter().map(next).collect()
    }

    /// Counts every value of a filter among `docs`.
    pub(in super::super) fn count_whole(&self, docs: &RoaringBitmap, name: FacetName) -> Tally {
        let column = self.column(name);
        match column.is_sparse(docs) {
            true => self.count_rare(column, docs),
            false => column.whole(&self.rows.count(&[column.group], docs)[0]),
        }
    }

    /// Counts a filter that has many more sets of values than there are models.
    fn count_rare(&self, column: &Column, docs: &RoaringBitmap) -> Tally {
        let set = |doc: u32| self.rows.get(doc, column.group);
        let sets: Vec<u32> = docs.iter().map(set).collect();
        let mut values: Vec<u32> =
            sets.into_iter().flat_map(|set| column.sets.get(set)).copied().collect();
        values.sort_unstable();
        let counts = values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32));
        Tally { counts: counts.collect(), rest_max: 0 }
    }

    fn count_dense(&self, columns: &[&Column], docs: &RoaringBitmap) -> Vec<Tally> {
        let mut groups: Vec<usize> = columns.iter().map(|column| column.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let of_sets = self.rows.count(&groups, docs);
        let group = |column: &Column| groups.partition_point(|group| *group < column.group);
        columns.iter().map(|column| column.tally(&of_sets[group(column)])).collect()
    }
}

impl Column {
    fn is_sparse(&self, docs: &RoaringBitmap) -> bool {
        docs.len() * RARE < self.sets.len() as u64
    }

    fn tally(&self, of_sets: &[u32]) -> Tally {
        match self.single && self.len() > VALUES_MANY {
            true => self.highest(of_sets),
            false => self.whole(of_sets).cut(self.len()),
        }
    }

    fn whole(&self, of_sets: &[u32]) -> Tally {
        let mut counts = vec![0_u32; self.len()];
        // Numbers that no set has come after the last.
        for (set, count) in of_sets.iter().take(self.sets.len()).enumerate() {
            if *count > 0 {
                self.sets.get(set as u32).iter().for_each(|value| counts[*value as usize] += count);
            }
        }
        let counts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(value, count)| (value as u32, count)).collect();
        Tally { counts, rest_max: 0 }
    }

    /// Takes the highest counts, of equal ones those of the first values, where a set is a value.
    fn highest(&self, of_sets: &[u32]) -> Tally {
        let of_sets = of_sets.get(..self.sets.len()).unwrap_or(of_sets);
        let mut kept = BinaryHeap::with_capacity(TALLY_MAX + 1);
        let mut rest_max = 0;
        for (first, counts) in (0..).step_by(COMPARED).zip(of_sets.chunks(COMPARED)) {
            let least = match kept.peek() {
                Some(Reverse((least, _))) if kept.len() == TALLY_MAX => *least,
                _ => 0,
            };
            // Sets get rarer: where none of the rest has as many models, the rest cannot count.
            let value = self.sets.get(first).first();
            if value.is_some_and(|value| self.size(*value) < least as usize) {
                rest_max = least;
                break;
            }
            let most = counts.iter().fold(0, |most, count| most.max(*count));
            if most < least.max(1) {
                rest_max = rest_max.max(most);
                continue;
            }
            for (set, count) in (first..).zip(counts).filter(|(_, count)| **count > 0) {
                let Some(value) = self.sets.get(set).first() else { continue };
                kept.push(Reverse((*count, Reverse(*value))));
                if kept.len() > TALLY_MAX
                    && let Some(Reverse((count, _))) = kept.pop()
                {
                    rest_max = rest_max.max(count);
                }
            }
        }
        let pair = |Reverse((count, Reverse(value)))| (value, count);
        let mut counts: Vec<(u32, u32)> = kept.into_iter().map(pair).collect();
        counts.sort_unstable();
        Tally { counts, rest_max }
    }
}
