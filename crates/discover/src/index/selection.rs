//! Which models of a segment a query is about, with any one of its filters left out.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use super::facets::Tally;
use super::segment::Segment;
use super::text::Found;
use crate::Result;
use crate::query::{FacetName, Filters, Query};

/// A query as one segment sees it.
pub(super) struct Selection<'a> {
    pub(super) segment: &'a Segment,
    pub(super) found: Option<Found>,
    /// What each filter lets through.
    chosen: Vec<Chosen<'a>>,
    /// What is left out in any case: deleted models, and those that the query excludes.
    not: Cow<'a, RoaringBitmap>,
}

struct Chosen<'a> {
    name: FacetName,
    /// The value, where it is one.
    only: Option<u32>,
    docs: Cow<'a, RoaringBitmap>,
}

/// Models of a segment; what is left out in any case may still be among them.
pub(super) struct Docs<'a> {
    /// `None` is all of them.
    pub(super) docs: Option<Cow<'a, RoaringBitmap>>,
    counted: Counted,
}

/// Whether the models were counted beforehand.
#[derive(Clone, Copy)]
enum Counted {
    All,
    Value(FacetName, u32),
    No,
}

impl<'a> Selection<'a> {
    /// # Errors
    /// Where the postings cannot be read.
    pub(super) fn new(
        segment: &'a Segment,
        dead: &'a RoaringBitmap,
        query: &Query,
    ) -> Result<Self> {
        let found = segment.text.find(&query.text)?;
        let chosen = query.filters.iter().filter(|(_, values)| !values.is_empty());
        let chosen = chosen.map(|(name, values)| choose(segment, *name, values)).collect();
        let not = match excluded(segment, &query.excluded) {
            Some(excluded) => Cow::Owned(excluded | dead),
            None => Cow::Borrowed(dead),
        };
        Ok(Self { segment, found, chosen, not })
    }

    /// Returns what every filter lets through, but for one.
    pub(super) fn docs(&self, left_out: Option<FacetName>) -> Docs<'_> {
        let mut sets: Vec<&Chosen<'_>> =
            self.chosen.iter().filter(|one| Some(one.name) != left_out).collect();
        sets.sort_by_key(|one| one.docs.len());
        match (&self.found, sets.as_slice()) {
            (None, []) => Docs { docs: None, counted: Counted::All },
            (None, [one]) => {
                let counted = one.only.map_or(Counted::No, |value| Counted::Value(one.name, value));
                Docs { docs: Some(Cow::Borrowed(one.docs.as_ref())), counted }
            }
            (found, sets) => {
                let found = found.iter().map(|found| &found.docs);
                let mut sets = found.chain(sets.iter().map(|one| one.docs.as_ref()));
                let docs = match (sets.next(), sets.next()) {
                    (Some(first), Some(second)) => {
                        sets.fold(first & second, |docs, set| docs & set)
                    }
                    (Some(only), None) => only.clone(),
                    (None, _) => RoaringBitmap::new(),
                };
                Docs { docs: Some(Cow::Owned(docs)), counted: Counted::No }
            }
        }
    }

    /// Returns how many models there are among `docs`.
    pub(super) fn total(&self, docs: &Docs<'_>) -> usize {
        match &docs.docs {
            None => self.segment.len() - self.not.len() as usize,
            Some(docs) => docs.difference_len(&self.not) as usize,
        }
    }

    /// Counts some filters among `docs`.
    pub(super) fn tallies(&self, docs: &Docs<'_>, names: &[FacetName]) -> Vec<Tally> {
        let Segment { facets, tables, .. } = self.segment;
        let known = |name: &FacetName| match docs.counted {
            Counted::All => Some(tables.all(*name).clone()),
            Counted::Value(facet, value) => tables.of_value((facet, value), *name).cloned(),
            Counted::No => None,
        };
        let known: Option<Vec<Tally>> = names.iter().map(known).collect();
        let among = docs.docs.as_deref();
        let Some(mut tallies) = known else {
            let docs = among.map_or_else(RoaringBitmap::new, |docs| docs - &*self.not);
            return facets.count(&docs, names);
        };
        let not = match among {
            Some(docs) => Cow::Owned(docs & &*self.not),
            None => Cow::Borrowed(&*self.not),
        };
        if !not.is_empty() {
            let less = facets.count(&not, names);
            tallies.iter_mut().zip(&less).for_each(|(tally, less)| tally.subtract(less));
        }
        tallies
    }

    /// Counts one value among `docs`.
    pub(super) fn count(&self, docs: &Docs<'_>, name: FacetName, value: u32) -> usize {
        let members = self.segment.facets.column(name).docs(value);
        let members = match &docs.docs {
            Some(docs) => Cow::Owned(&*members & &**docs),
            None => members,
        };
        members.difference_len(&self.not) as usize
    }

    /// Returns what is left out in any case.
    pub(super) fn not(&self) -> &RoaringBitmap {
        &self.not
    }
}

fn choose<'a>(segment: &'a Segment, name: FacetName, values: &[String]) -> Chosen<'a> {
    let values = numbers(segment, name, values);
    let column = segment.facets.column(name);
    match values.as_slice() {
        [only] => Chosen { name, only: Some(*only), docs: column.docs(*only) },
        values => {
            let all = values.iter().map(|value| column.docs(*value));
            let docs = all.fold(RoaringBitmap::new(), |docs, more| docs | &*more);
            Chosen { name, only: None, docs: Cow::Owned(docs) }
        }
    }
}

/// Returns the models that have a value which the query excludes.
fn excluded(segment: &Segment, filters: &Filters) -> Option<RoaringBitmap> {
    let sets = filters.iter().flat_map(|(name, values)| {
        let values = numbers(segment, *name, values).into_iter();
        values.map(|value| segment.facets.column(*name).docs(value))
    });
    sets.fold(None, |all: Option<RoaringBitmap>, docs| Some(all.unwrap_or_default() | &*docs))
}

/// Returns the values that some model of the segment has.
fn numbers(segment: &Segment, name: FacetName, values: &[String]) -> Vec<u32> {
    let column = segment.facets.column(name);
    let mut numbers: Vec<u32> =
        values.iter().filter_map(|value| column.find(&name.key(value))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
