//! The filters as a page shows them: counts of all segments put together.

use std::collections::{BTreeSet, HashMap};

use super::facets::Tally;
use super::selection::{Docs, Selection};
use crate::near;
use crate::query::{Facet, FacetName, FacetValue, Query};

/// Values of a filter that a page shows: what is beyond is found by its name.
const VALUES_MAX: usize = 100;

/// Values that have a text in them of which the models are counted.
const COUNTED_MAX: usize = 400;

/// What filters are counted for.
pub(super) struct Shown<'a> {
    pub(super) selections: &'a [Selection<'a>],
    /// The models of each segment that the query finds.
    pub(super) all: &'a [Docs<'a>],
    pub(super) query: &'a Query,
}

/// A value: its folded spelling, the spelling to show, and how many models have it.
type Counted<'a> = (&'a str, &'a str, usize);

impl Shown<'_> {
    /// Returns every filter with its values.
    pub(super) fn facets(&self) -> Vec<Facet> {
        let is_open =
            |name: &FacetName| self.query.filters.get(name).is_none_or(|values| values.is_empty());
        let (open, chosen): (Vec<FacetName>, Vec<FacetName>) =
            FacetName::ALL.into_iter().partition(is_open);
        let of_segment =
            |(selection, docs): (&Selection<'_>, &Docs<'_>)| selection.tallies(docs, &open);
        let tallies: Vec<Vec<Tally>> =
            self.selections.iter().zip(self.all).map(of_segment).collect();
        let mut facets = Vec::with_capacity(FacetName::ALL.len());
        for (at, name) in open.iter().enumerate() {
            let of_name: Vec<&Tally> = tallies.iter().map(|tallies| &tallies[at]).collect();
            facets.push(self.facet(*name, self.all, &of_name));
        }
        for name in chosen {
            let docs: Vec<Docs<'_>> =
                self.selections.iter().map(|one| one.docs(Some(name))).collect();
            let tally = |(selection, docs): (&Selection<'_>, &Docs<'_>)| {
                selection.tallies(docs, &[name]).swap_remove(0)
            };
            let tallies: Vec<Tally> = self.selections.iter().zip(&docs).map(tally).collect();
            facets.push(self.facet(name, &docs, &tallies.iter().collect::<Vec<_>>()));
        }
        facets.sort_by_key(|facet| facet.name);
        facets
    }

    fn facet(&self, name: FacetName, docs: &[Docs<'_>], tallies: &[&Tally]) -> Facet {
        let asked = |filters: &crate::query::Filters| -> Vec<String> {
            let values = filters.get(&name).into_iter().flatten();
            values.map(|value| name.key(value).into_owned()).collect()
        };
        let (chosen, excluded) = (asked(&self.query.filters), asked(&self.query.excluded));
        let mut keys: BTreeSet<&str> = chosen.iter().chain(&excluded).map(String::as_str).collect();
        let mut counted = self.put_together(name, docs, tallies);
        if self.may_lack(&counted, tallies) {
            let whole = self.selections.iter().zip(docs);
            let whole: Vec<Tally> = whole.map(|(one, docs)| one.whole_tally(docs, name)).collect();
            counted = self.put_together(name, docs, &whole.iter().collect::<Vec<_>>());
        }
        counted.retain(|(key, _, _)| {
            !keys.remove(key) || {
                keys.insert(key);
                false
            }
        });
        let by_count = |a: &Counted<'_>, b: &Counted<'_>| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0));
        if counted.len() > VALUES_MAX {
            counted.select_nth_unstable_by(VALUES_MAX, by_count);
            counted.truncate(VALUES_MAX);
        }
        let value = |(key, shown, count): Counted<'_>| FacetValue {
            value: shown.to_owned(),
            label: name.label(shown),
            count,
            selected: chosen.iter().any(|one| one == key),
            excluded: excluded.iter().any(|one| one == key),
        };
        let mut values: Vec<FacetValue> = counted.into_iter().map(value).collect();
        values.extend(keys.into_iter().map(|key| value(self.asked(name, docs, key))));
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        Facet { name, values }
    }

    /// Tells whether a value that was left out may belong among those that are shown: it has up to
    /// as many models as the rest of every segment has at most.
    fn may_lack(&self, counted: &[Counted<'_>], tallies: &[&Tally]) -> bool {
        let rest: usize = tallies.iter().map(|tally| tally.rest_max as usize).sum();
        let is_as_counted = self.selections.len() == 1 && self.selections[0].not().is_empty();
        let above = counted.iter().filter(|(_, _, count)| *count > rest).count();
        rest > 0 && !is_as_counted && above < VALUES_MAX
    }

    /// Adds up the counts of every segment.
    fn put_together(
        &self,
        name: FacetName,
        docs: &[Docs<'_>],
        tallies: &[&Tally],
    ) -> Vec<Counted<'_>> {
        let columns = || self.selections.iter().map(|one| one.segment.facets.column(name));
        let mut sums: HashMap<&str, (&str, usize)> = HashMap::new();
        let mut counted = Vec::new();
        for (column, tally) in columns().zip(tallies) {
            let of_segment = tally
                .counts
                .iter()
                .map(|(value, count)| (column.key(*value), column.shown(*value), *count as usize));
            match self.selections.len() {
                1 => counted.extend(of_segment),
                _ => of_segment.for_each(|(key, shown, count)| {
                    sums.entry(key).or_insert((shown, 0)).1 += count;
                }),
            }
        }
        // What one segment left out as rare may be frequent in another.
        for (at, tally) in tallies.iter().enumerate().filter(|(_, tally)| tally.rest_max > 0) {
            let selection = &self.selections[at];
            let column = selection.segment.facets.column(name);
            for (key, (_, sum)) in &mut sums {
                let value = column.find(key).filter(|value| {
                    tally.counts.binary_search_by_key(value, |(value, _)| *value).is_err()
                });
                *sum += value.map_or(0, |value| selection.count(&docs[at], name, value));
            }
        }
        counted.extend(sums.into_iter().map(|(key, (_, sum))| (key, self.spelled(name, key), sum)));
        counted
    }

    /// Counts a value that may not exist.
    fn asked<'b>(&'b self, name: FacetName, docs: &[Docs<'_>], key: &'b str) -> Counted<'b> {
        let counts = self.selections.iter().zip(docs).map(|(selection, docs)| {
            let value = selection.segment.facets.column(name).find(key);
            value.map_or(0, |value| selection.count(docs, name, value))
        });
        (key, self.spelled(name, key), counts.sum())
    }

    /// Returns the spelling of a value: that of the first segment which has it, else the query's.
    fn spelled<'b>(&'b self, name: FacetName, key: &'b str) -> &'b str {
        let columns = self.selections.iter().map(|one| one.segment.facets.column(name));
        let mut known =
            columns.filter_map(|column| column.find(key).map(|value| column.shown(value)));
        known.next().unwrap_or_else(|| {
            let filters = [&self.query.filters, &self.query.excluded];
            let values = filters.into_iter().filter_map(|filters| filters.get(&name)).flatten();
            values.into_iter().find(|value| name.key(value) == key).map_or(key, String::as_str)
        })
    }

    /// Returns the most frequent values that have a folded text in them.
    pub(super) fn containing(&self, name: FacetName, part: &str, most: usize) -> Vec<FacetValue> {
        let mut found: HashMap<&str, (&str, usize)> = HashMap::new();
        for selection in self.selections {
            let column = selection.segment.facets.column(name);
            let has = |shown: &str| {
                near::fold(shown).contains(part) || near::fold(&name.label(shown)).contains(part)
            };
            for (value, shown) in column.all_shown().enumerate().filter(|(_, shown)| has(shown)) {
                let value = value as u32;
                found.entry(column.key(value)).or_insert((shown, 0)).1 += column.size(value);
            }
        }
        let mut found: Vec<Counted<'_>> =
            found.into_iter().map(|(key, (shown, size))| (key, shown, size)).collect();
        found.sort_unstable_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0)));
        found.truncate(COUNTED_MAX);
        let asked = |filters: &crate::query::Filters, key: &str| {
            filters.get(&name).is_some_and(|values| values.iter().any(|one| name.key(one) == key))
        };
        let counted = found.into_iter().map(|(key, shown, _)| FacetValue {
            value: shown.to_owned(),
            label: name.label(shown),
            count: self.asked(name, self.all, key).2,
            selected: asked(&self.query.filters, key),
            excluded: asked(&self.query.excluded, key),
        });
        let mut values: Vec<FacetValue> = counted.filter(|value| value.count > 0).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        values.truncate(most);
        values
    }
}
