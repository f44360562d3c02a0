//! What is counted beforehand: every filter among all models, among those of a value, and among
//! those of two values of different filters, where they are many.

use std::collections::HashMap;
use std::io;

use rayon::prelude::*;

use super::super::snapshot::{Reader, Writer, damaged};
use super::Facets;
use super::count::{Tally, VALUES_MANY};
use crate::query::FacetName;

/// A value of a filter.
pub(in super::super) type Choice = (FacetName, u32);

/// What is rarer is counted when it is asked for: of two million models, the values that 2,000 have
/// take 30 µs, and pairs that 50,000 have take half a millisecond.
const VALUE_SHARE: usize = 1_000;
const PAIR_SHARE: usize = 40;

/// So few are counted in 20 µs.
const LEAST: usize = 2_000;

/// Counts that are known.
#[derive(Debug)]
pub(in super::super) struct Tables {
    all: Vec<Tally>,
    of_value: HashMap<Choice, Vec<Tally>>,
    of_pair: HashMap<(Choice, Choice), Vec<Tally>>,
}

impl Tables {
    pub(in super::super) fn build(facets: &Facets) -> Self {
        let all = facets.count(&facets.every(), &FacetName::ALL);
        let at_least = |share: usize| (facets.len() / share).max(LEAST);
        let (value_min, pair_min) = (at_least(VALUE_SHARE), at_least(PAIR_SHARE));
        let choices: Vec<Choice> = FacetName::ALL
            .into_iter()
            .filter(|name| facets.column(*name).len() <= VALUES_MANY)
            .flat_map(|name| (0..facets.column(name).len() as u32).map(move |value| (name, value)))
            .filter(|(name, value)| facets.column(*name).size(*value) >= value_min)
            .collect();
        let of_value = choices.par_iter().map(|choice| {
            let docs = facets.column(choice.0).docs(choice.1);
            (*choice, facets.count(&docs, &FacetName::ALL))
        });
        let of_value = of_value.collect();
        let size = |choice: &Choice| facets.column(choice.0).size(choice.1);
        let common: Vec<Choice> =
            choices.into_iter().filter(|choice| size(choice) >= pair_min).collect();
        let pairs = common.iter().enumerate().flat_map(|(at, first)| {
            let others = common[at + 1..].iter().filter(|second| second.0 != first.0);
            others.map(move |second| (*first, *second))
        });
        let of_pair = pairs.collect::<Vec<_>>().into_par_iter().filter_map(|pair| {
            let docs = |choice: Choice| facets.column(choice.0).docs(choice.1);
            let docs = &*docs(pair.0) & &*docs(pair.1);
            let is_common = docs.len() >= pair_min as u64;
            is_common.then(|| (pair, facets.count(&docs, &FacetName::ALL)))
        });
        Self { all, of_value, of_pair: of_pair.collect() }
    }

    /// Returns the counts among all models, by filter.
    pub(in super::super) fn all(&self) -> &[Tally] {
        &self.all
    }

    /// Returns the counts among the models of a value, by filter, where they are known.
    pub(in super::super) fn of_value(&self, choice: Choice) -> Option<&[Tally]> {
        self.of_value.get(&choice).map(Vec::as_slice)
    }

    /// Returns the counts among the models of two values, by filter, where they are known.
    pub(in super::super) fn of_pair(&self, first: Choice, second: Choice) -> Option<&[Tally]> {
        self.of_pair.get(&(first.min(second), first.max(second))).map(Vec::as_slice)
    }

    pub(in super::super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        self.all.iter().try_for_each(|tally| write_tally(tally, to))?;
        let mut of_value: Vec<_> = self.of_value.iter().collect();
        of_value.sort_unstable_by_key(|(choice, _)| **choice);
        to.number(of_value.len() as u64)?;
        for (choice, tallies) in of_value {
            write_choice(*choice, to)?;
            tallies.iter().try_for_each(|tally| write_tally(tally, to))?;
        }
        let mut of_pair: Vec<_> = self.of_pair.iter().collect();
        of_pair.sort_unstable_by_key(|(pair, _)| **pair);
        to.number(of_pair.len() as u64)?;
        for ((first, second), tallies) in of_pair {
            write_choice(*first, to)?;
            write_choice(*second, to)?;
            tallies.iter().try_for_each(|tally| write_tally(tally, to))?;
        }
        Ok(())
    }

    pub(in super::super) fn read(from: &mut Reader, facets: &Facets) -> io::Result<Self> {
        let tallies = |from: &mut Reader| -> io::Result<Vec<Tally>> {
            let read = |name: &FacetName| read_tally(from, facets.column(*name).len());
            FacetName::ALL.iter().map(read).collect()
        };
        let all = tallies(from)?;
        let mut of_value = HashMap::new();
        for _ in 0..from.number()? {
            let choice = read_choice(from, facets)?;
            of_value.insert(choice, tallies(from)?);
        }
        let mut of_pair = HashMap::new();
        for _ in 0..from.number()? {
            let pair = (read_choice(from, facets)?, read_choice(from, facets)?);
            of_pair.insert(pair, tallies(from)?);
        }
        Ok(Self { all, of_value, of_pair })
    }
}

fn write_choice((name, value): Choice, to: &mut Writer) -> io::Result<()> {
    to.number(name as u64)?;
    to.number(u64::from(value))
}

fn read_choice(from: &mut Reader, facets: &Facets) -> io::Result<Choice> {
    let (name, value) = (from.number()?, from.number()?);
    let name = usize::try_from(name).ok().and_then(|at| FacetName::ALL.get(at).copied());
    let known = name.filter(|name| (value as usize) < facets.column(*name).len());
    let known = known.ok_or_else(|| damaged("a value is counted that does not exist"))?;
    Ok((known, value as u32))
}

fn write_tally(tally: &Tally, to: &mut Writer) -> io::Result<()> {
    to.number(u64::from(tally.rest_max))?;
    let pairs: Vec<[u32; 2]> = tally.counts.iter().map(|(value, count)| [*value, *count]).collect();
    to.slice(&pairs)
}

fn read_tally(from: &mut Reader, values: usize) -> io::Result<Tally> {
    let rest_max = from.number()? as u32;
    let pairs: Vec<[u32; 2]> = from.slice()?;
    match pairs.iter().all(|[value, _]| (*value as usize) < values) {
        true => {
            let counts = pairs.into_iter().map(|[value, count]| (value, count)).collect();
            Ok(Tally { counts, rest_max })
        }
        false => Err(damaged("a value is counted that does not exist")),
    }
}
