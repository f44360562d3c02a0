//! The index that searches run on: built whole from records, then only read.

mod facets;
mod ids;
mod words;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use catalog::ModelRecord;
use facets::Postings;
use ids::Ids;
use words::{Scores, Words};

use crate::query::{FacetName, Hit, Listed, Page, Query, Sort, Suggestion};
use crate::{Result, near};

/// Models with everything that finding them needs.
#[derive(Debug)]
pub struct Index {
    models: Vec<Listed>,
    facets: Vec<Postings>,
    words: Words,
}

impl Index {
    /// Builds the index for a machine with so much memory; of two records of one model, the later
    /// is taken.
    pub fn build(listed: Vec<Listed>, memory_bytes: u64) -> Self {
        let mut models: BTreeMap<String, Listed> = BTreeMap::new();
        for mut one in listed {
            // Cards are long, and nothing here looks at them.
            one.record.description = String::new();
            models.insert(one.record.model().to_string(), one);
        }
        let models: Vec<_> = models.into_values().collect();
        let facets =
            FacetName::ALL.map(|name| Postings::build(name, models.iter(), memory_bytes)).into();
        let words = Words::build(models.iter().map(|listed| &listed.record));
        Self { models, facets, words }
    }

    /// Returns how many models there are.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Tells whether there is no model.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// Returns every collection with how many models it lists, sorted by name.
    pub fn collections(&self) -> Vec<(String, usize)> {
        let collections = self.postings(FacetName::Collection).into_iter();
        let sizes = collections.flat_map(Postings::sizes);
        sizes.map(|(name, models)| (name.to_owned(), models)).collect()
    }

    /// Finds models and counts every filter value.
    ///
    /// The counts of a filter are those without its own choice: how many models each value
    /// would show if it were chosen alone.
    ///
    /// # Errors
    /// Where the cursor is none.
    pub fn search(&self, query: &Query) -> Result<Page> {
        let scores = self.words.find(&query.text);
        let found = self.found(scores.as_ref());
        let wanted: Vec<Vec<String>> = FacetName::ALL
            .iter()
            .map(|name| query.filters.get(name).cloned().unwrap_or_default())
            .collect();
        let excluded: Vec<_> = FacetName::ALL
            .iter()
            .map(|name| query.excluded.get(name).cloned().unwrap_or_default())
            .collect();
        let mut found = found;
        for (facet, values) in self.facets.iter().zip(&excluded) {
            found.drop(&facet.any_of(values));
        }
        let found = found;
        let choose = |(facet, wanted): (&Postings, &Vec<String>)| {
            (!wanted.is_empty()).then(|| facet.any_of(wanted))
        };
        let chosen: Vec<Option<Ids>> = self.facets.iter().zip(&wanted).map(choose).collect();
        let without = |left_out: Option<usize>| {
            let mut ids = found.clone();
            let others = chosen.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
            others.filter_map(|(_, chosen)| chosen.as_ref()).for_each(|chosen| ids.keep(chosen));
            ids
        };
        let counts = self.facets.iter().zip(&wanted).enumerate();
        let facets = counts
            .map(|(at, (facet, wanted))| facet.count(&without(Some(at)), wanted, &excluded[at]));
        let facets = facets.collect();
        let matching = without(None);
        let total = matching.len();
        let suggestions = match total {
            0 => self.suggest(query, &wanted, &without),
            _ => Vec::new(),
        };
        let mut order: Vec<usize> = matching.iter().collect();
        order.sort_by(|a, b| self.compare(*a, *b, query.sort, scores.as_ref()));
        let offset = match &query.cursor {
            Some(text) => {
                text.parse().map_err(|_| crate::Error::BadCursor { text: text.clone() })?
            }
            None => query.offset,
        };
        let page = order.into_iter().skip(offset).take(query.limit);
        let hit = |id: usize| Hit { listed: self.models[id].clone(), snippet: Vec::new() };
        let models: Vec<_> = page.map(hit).collect();
        let end = offset + models.len();
        let next = (!models.is_empty() && end < total).then(|| end.to_string());
        Ok(Page { total, facets, models, next, suggestions })
    }

    /// Returns up to `count` models whose reference or name is spelled like `text`.
    pub fn near_misses(&self, text: &str, count: usize) -> Vec<String> {
        let name = text.split_once('/').map_or(text, |(_, name)| name);
        let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let names = self.models.iter().map(|listed| listed.record.name.as_str());
        let shorts: Vec<String> = names.map(short).collect();
        let near = near::nearest(&short(name), shorts.iter().map(String::as_str), count);
        let models = near.iter().flat_map(|near| {
            let of_name = |(_, short): &(&Listed, &String)| short.as_str() == *near;
            self.models.iter().zip(&shorts).filter(of_name)
        });
        models.map(|(listed, _)| listed.record.model().to_string()).take(count).collect()
    }

    fn postings(&self, name: FacetName) -> Option<&Postings> {
        FacetName::ALL.iter().position(|one| *one == name).map(|at| &self.facets[at])
    }

    fn found(&self, scores: Option<&Scores>) -> Ids {
        let Some(scores) = scores else { return Ids::all(self.models.len()) };
        let mut ids = Ids::none(self.models.len());
        scores.keys().for_each(|id| ids.insert(*id as usize));
        ids
    }

    fn compare(&self, a: usize, b: usize, sort: Sort, scores: Option<&Scores>) -> Ordering {
        let (first, second) = (&self.models[a].record, &self.models[b].record);
        let by_name = || {
            let key = |record: &ModelRecord| record.display_name.to_lowercase();
            key(first).cmp(&key(second)).then_with(|| a.cmp(&b))
        };
        match sort {
            Sort::Name => by_name(),
            Sort::Updated => second.changed_ms().cmp(&first.changed_ms()).then_with(by_name),
            Sort::Created => second.created_ms.cmp(&first.created_ms).then_with(by_name),
            Sort::Downloads => second.downloads.cmp(&first.downloads).then_with(by_name),
            Sort::Likes => second.likes.cmp(&first.likes).then_with(by_name),
            Sort::Size => {
                let size = |record: &ModelRecord| record.parameters.unwrap_or(u64::MAX);
                size(first).cmp(&size(second)).then_with(by_name)
            }
            Sort::Relevance => {
                let score = |id: usize| {
                    scores.and_then(|scores| scores.get(&(id as u32))).copied().unwrap_or(0.0)
                };
                let mark = |record: &ModelRecord| (record.flags.deprecated, !record.flags.featured);
                let by_score = score(b).total_cmp(&score(a));
                by_score.then_with(|| mark(first).cmp(&mark(second))).then_with(by_name)
            }
        }
    }

    /// Says what would find something where nothing was found.
    fn suggest(
        &self,
        query: &Query,
        wanted: &[Vec<String>],
        without: &dyn Fn(Option<usize>) -> Ids,
    ) -> Vec<Suggestion> {
        let mut suggestions = Vec::new();
        for (at, postings) in self.facets.iter().enumerate() {
            let facet = FacetName::ALL[at];
            for value in wanted[at].iter().filter(|value| !postings.has(value)) {
                let near = near::nearest(value, postings.values(), 3);
                if near.is_empty() {
                    suggestions.push(Suggestion::UnknownValue { facet, value: value.clone() });
                }
                suggestions.extend(near.iter().map(|near| Suggestion::Value {
                    facet,
                    instead_of: value.clone(),
                    value: (*near).to_owned(),
                }));
            }
            let count = without(Some(at)).len();
            if count > 0 && !wanted[at].is_empty() {
                suggestions.push(Suggestion::Without { facet, count });
            }
        }
        if !query.text.trim().is_empty()
            && self.words.find(&query.text).is_none_or(|s| s.is_empty())
        {
            suggestions.extend(self.near_misses(&query.text, 3).into_iter().map(Suggestion::Model));
        }
        suggestions
    }
}
