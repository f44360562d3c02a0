//! The index that searches run on: built whole from records, then only read.

mod facets;
mod ids;
mod query;
mod words;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use catalog::ModelRecord;
use facets::Postings;
use ids::Ids;
use words::{Scores, Words};

use crate::near;

pub use query::{Facet, FacetName, FacetValue, Listed, Page, Query, Sort, parse_task};

/// Models with everything that finding them needs.
#[derive(Debug)]
pub struct Index {
    models: Vec<Listed>,
    facets: Vec<Postings>,
    words: Words,
}

impl Index {
    /// Builds the index; of two records of one model, the later is taken.
    pub fn build(records: Vec<ModelRecord>) -> Self {
        let mut models: BTreeMap<String, ModelRecord> = BTreeMap::new();
        for mut record in records {
            // Cards are long, and nothing here looks at them.
            record.description = String::new();
            models.insert(record.model().to_string(), record);
        }
        let models: Vec<_> =
            models.into_values().map(|record| Listed { record, version: None }).collect();
        let records = || models.iter().map(|listed| &listed.record);
        let facets = FacetName::ALL.map(|name| Postings::build(name, records())).into();
        let words = Words::build(records());
        Self { models, facets, words }
    }

    /// Notes the latest version that has files here, by `collection/name`.
    #[must_use]
    pub fn with_versions(mut self, versions: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut versions: BTreeMap<_, _> = versions.into_iter().collect();
        for listed in &mut self.models {
            listed.version = versions.remove(&listed.record.model().to_string());
        }
        self
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
    pub fn search(&self, query: &Query) -> Page<'_> {
        let scores = self.words.find(&query.text);
        let found = self.found(scores.as_ref());
        let wanted: Vec<_> = FacetName::ALL.iter().map(|name| name.wanted(query)).collect();
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
        let facets = counts.map(|(at, (facet, wanted))| facet.count(&without(Some(at)), wanted));
        let facets = facets.collect();
        let matching = without(None);
        let total = matching.len();
        let suggestions = match total {
            0 => self.suggest(query, &wanted, &without),
            _ => Vec::new(),
        };
        let mut order: Vec<usize> = matching.iter().collect();
        order.sort_by(|a, b| self.compare(*a, *b, query.sort, scores.as_ref()));
        let page = order.into_iter().skip(query.offset).take(query.limit);
        let models = page.map(|id| &self.models[id]).collect();
        Page { total, facets, models, suggestions }
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
            Sort::Updated => second.updated_ms.cmp(&first.updated_ms).then_with(by_name),
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
    ) -> Vec<String> {
        let mut suggestions = Vec::new();
        for (at, facet) in self.facets.iter().enumerate() {
            let title = FacetName::ALL[at].title().to_lowercase();
            for value in wanted[at].iter().filter(|value| !facet.has(value)) {
                let near = near::nearest(value, facet.values(), 3);
                let near: Vec<_> = near.iter().map(|near| format!("`{near}`")).collect();
                suggestions.push(match near.is_empty() {
                    true => format!("no model has the {title} `{value}`"),
                    false => format!("did you mean the {title} {}?", near.join(" or ")),
                });
            }
            match without(Some(at)).len() {
                0 => {}
                _ if wanted[at].is_empty() => {}
                1 => suggestions.push(format!("without the filter on {title}, 1 model matches")),
                count => {
                    let message = format!("without the filter on {title}, {count} models match");
                    suggestions.push(message);
                }
            }
        }
        if !query.text.trim().is_empty()
            && self.words.find(&query.text).is_none_or(|s| s.is_empty())
        {
            let near = self.near_misses(&query.text, 3);
            suggestions.extend(near.iter().map(|model| format!("did you mean `{model}`?")));
        }
        suggestions
    }
}
