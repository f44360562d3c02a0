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
            let docs =
                docs.docs.as_deref().map_or_else(RoaringBitmap::new, |docs| docs - &*self.not);
            return facets.count(&docs, names);
        };
        let not = match docs.docs.as_deref() {
            Some(docs) => Cow::Owned(docs & &*self.not),
            None => Cow::Borrowed(&*self.not),
        };
        if !not.is_empty() {
            let rest = || match docs.docs.as_deref() {
                Some(docs) => docs - &*self.not,
                None => facets.every() - &*self.not,
            };
            self.take_away(&mut tallies, names, &not, rest);
        }
        tallies
    }

    /// Works out counts, what is left out included, from those that are known beforehand; `None`
    /// where counting them is less work.
    fn known(&self, docs: &Docs<'_>, names: &[FacetName]) -> Option<Vec<Tally>> {
        let tables = &self.segment.tables;
        let of_names = |all: &[Tally]| -> Vec<Tally> {
            names.iter().map(|name| all[*name as usize].clone()).collect()
        };
        let Some(among) = docs.docs.as_deref() else { return Some(of_names(tables.all())) };
        let passed = docs.passed.as_ref()?;
        if let [one] = passed.as_slice() {
            return match one.values.as_slice() {
                [value] => tables.of_value((one.name, *value)).map(of_names),
                _ => self.of_values(one, names),
            };
        }
        let single = |one: &&Chosen<'_>| match one.values.as_slice() {
            [value] => Some((one.name, *value)),
            _ => None,
        };
        let choices: Vec<Choice> = passed.iter().filter_map(single).collect();
        if let ([first, second], 2) = (choices.as_slice(), passed.len())
            && let Some(known) = tables.of_pair(*first, *second)
        {
            return Some(of_names(known));
        }
        // Of what is known and holds all of `docs`, the least has the fewest others to take away.
        let wider = self.wider(&choices).min_by_key(|(docs, _)| docs.len())?;
        let others = &*wider.0 - among;
        (others.len() < among.len()).then(|| {
            let mut tallies = of_names(wider.1);
            self.take_away(&mut tallies, names, &others, || among.clone());
            tallies
        })
    }

    /// Takes the counts of some models away, so that those of `rest` are left.
    fn take_away(
        &self,
        tallies: &mut [Tally],
        names: &[FacetName],
        docs: &RoaringBitmap,
        rest: impl Fn() -> RoaringBitmap,
    ) {
        let facets = &self.segment.facets;
        let less = facets.count(docs, names);
        for ((tally, less), name) in tallies.iter_mut().zip(&less).zip(names) {
            match less.is_cut {
                // Rare values are not in it: what is left has to be counted.
                true => *tally = facets.count(&rest(), &[*name]).swap_remove(0),
                false => tally.subtract(less),
            }
        }
    }

    /// Returns the models of each of some values, and of each two of them, whose counts are known.
    fn wider<'b>(
        &'b self,
        choices: &'b [Choice],
    ) -> impl Iterator<Item = (Cow<'b, RoaringBitmap>, &'b [Tally])> {
        let Segment { facets, tables, .. } = self.segment;
        let docs = |choice: &Choice| facets.column(choice.0).docs(choice.1);
        let values =
            choices.iter().filter_map(move |one| Some((docs(one), tables.of_value(*one)?)));
        let pairs = choices.iter().enumerate().flat_map(move |(at, first)| {
            choices[at + 1..].iter().filter_map(move |second| {
                let known = tables.of_pair(*first, *second)?;
                Some((Cow::Owned(&*docs(first) & &*docs(second)), known))
            })
        });
        values.chain(pairs)
    }

    /// Adds up the counts of several values of a filter; a model that has two counts once.
    fn of_values(&self, one: &Chosen<'_>, names: &[FacetName]) -> Option<Vec<Tally>> {
        let Segment { facets, tables, .. } = self.segment;
        let mut sums: Vec<Tally> = vec![Tally::default(); names.len()];
        let mut seen = RoaringBitmap::new();
        for value in &one.values {
            let known = tables.of_value((one.name, *value))?;
            let docs = facets.column(one.name).docs(*value);
            let twice = &seen & &*docs;
            let less = if twice.is_empty() { Vec::new() } else { facets.count(&twice, names) };
            for (at, (sum, name)) in sums.iter_mut().zip(names).enumerate() {
                sum.add(&known[*name as usize]);
                sum.is_cut |= known[*name as usize].is_cut;
                if let Some(less) = less.get(at) {
                    sum.subtract(less);
                    sum.is_cut |= less.is_cut;
                }
            }
            seen |= &*docs;
        }
        // A sum of what was cut may lack a part.
        for (sum, name) in sums.iter_mut().zip(names).filter(|(sum, _)| sum.is_cut) {
            *sum = facets.count(&one.docs, &[*name]).swap_remove(0);
        }
        Some(sums)
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
