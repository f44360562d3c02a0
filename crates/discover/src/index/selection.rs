//! Which models of a segment a query is about, with any one of its filters left out.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use super::facets::{Choice, Tally};
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
    values: Vec<u32>,
    docs: Cow<'a, RoaringBitmap>,
}

/// Models of a segment; what is left out in any case may still be among them.
pub(super) struct Docs<'a> {
    /// `None` is all of them.
    pub(super) docs: Option<Cow<'a, RoaringBitmap>>,
    /// The filters that they passed, where there were no words.
    passed: Option<Vec<&'a Chosen<'a>>>,
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
        let passed = self.found.is_none().then(|| sets.clone());
        let found = self.found.iter().map(|found| &found.docs);
        let mut sets = found.chain(sets.iter().map(|one| one.docs.as_ref()));
        let docs = match (sets.next(), sets.next()) {
            (Some(first), Some(second)) => {
                Some(Cow::Owned(sets.fold(first & second, |docs, set| docs & set)))
            }
            (Some(only), None) => Some(Cow::Borrowed(only)),
            (None, _) => None,
        };
        Docs { docs, passed }
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
        let facets = &self.segment.facets;
        let Some(mut tallies) = self.known(docs, names) else {
            return facets.count(&self.kept(docs), names);
        };
        let not = match docs.docs.as_deref() {
            Some(docs) => Cow::Owned(docs & &*self.not),
            None => Cow::Borrowed(&*self.not),
        };
        if !not.is_empty() {
            let less = facets.count(&not, names);
            for ((tally, less), name) in tallies.iter_mut().zip(&less).zip(names) {
                match less.rest_max > 0 {
                    // Rare values are not in it: what is left has to be counted.
                    true => *tally = facets.count(&self.kept(docs), &[*name]).swap_remove(0),
                    false => tally.subtract(less),
                }
            }
        }
        tallies
    }

    /// Returns `docs` without what is left out in any case.
    fn kept(&self, docs: &Docs<'_>) -> RoaringBitmap {
        match docs.docs.as_deref() {
            Some(docs) => docs - &*self.not,
            None => self.segment.facets.every() - &*self.not,
        }
    }

    /// Works out counts, what is left out included, from those that are known beforehand; `None`
    /// where counting them is less work.
    fn known(&self, docs: &Docs<'_>, names: &[FacetName]) -> Option<Vec<Tally>> {
        let tables = &self.segment.tables;
        let of_names = |all: &[Tally]| -> Vec<Tally> {
            names.iter().map(|name| all[*name as usize].clone()).collect()
        };
        if docs.docs.is_none() {
            return Some(of_names(tables.all()));
        }
        let passed = docs.passed.as_ref()?;
        let single = |one: &&Chosen<'_>| match one.values.as_slice() {
            [value] => Some((one.name, *value)),
            _ => None,
        };
        let choices: Vec<Choice> = passed.iter().map(single).collect::<Option<_>>()?;
        match choices.as_slice() {
            [one] => tables.of_value(*one).map(of_names),
            [first, second] => tables.of_pair(*first, *second).map(of_names),
            _ => None,
        }
    }

    /// Counts every value of a filter among `docs`.
    pub(super) fn whole_tally(&self, docs: &Docs<'_>, name: FacetName) -> Tally {
        self.segment.facets.count_whole(&self.kept(docs), name)
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
    let docs = match values.as_slice() {
        [only] => column.docs(*only),
        values => {
            let all = values.iter().map(|value| column.docs(*value));
            Cow::Owned(all.fold(RoaringBitmap::new(), |docs, more| docs | &*more))
        }
    };
    Chosen { name, values, docs }
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
