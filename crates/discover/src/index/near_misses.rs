//! What to offer where nothing was found.

use super::Index;
use crate::query::{FacetName, Filters, Query, Suggestion};
use crate::{Result, near};

/// Names of a catalog with at most so many models are all compared; in a larger one, those that
/// share a word with what was asked for.
const COMPARED_MAX: usize = 5_000;

/// Models that share a word of which the names are compared.
const SHARING_MAX: usize = 200;

/// Near misses that are offered.
const OFFERED: usize = 3;

impl Index {
    /// Says what would find something instead.
    pub(super) fn suggestions(&self, query: &Query) -> Result<Vec<Suggestion>> {
        let mut suggestions = Vec::new();
        for (facet, values) in query.filters.iter().filter(|(_, values)| !values.is_empty()) {
            for value in values {
                self.suggest_value(*facet, value, &mut suggestions);
            }
            let without = |filters: &Filters| {
                let mut filters = filters.clone();
                filters.remove(facet);
                filters
            };
            let wider = Query { filters: without(&query.filters), ..query.clone() };
            let count = self.total(&wider)?;
            if count > 0 {
                suggestions.push(Suggestion::Without { facet: *facet, count });
            }
        }
        let text = Query { text: query.text.clone(), ..Query::default() };
        if !query.text.trim().is_empty() && self.total(&text)? == 0 {
            let near = self.near_misses(&query.text, OFFERED);
            suggestions.extend(near.into_iter().map(Suggestion::Model));
        }
        Ok(suggestions)
    }

    /// Says which values are spelled like one that no model has.
    fn suggest_value(&self, facet: FacetName, value: &str, to: &mut Vec<Suggestion>) {
        let key = facet.key(value);
        let columns = || self.parts.iter().map(|part| part.segment.facets.column(facet));
        if columns().any(|column| column.find(&key).is_some()) {
            return;
        }
        let first = near::fold(value).chars().next();
        // Of very many, only those that begin with the same letter: few misspell that.
        let is_likely =
            |many: bool, shown: &str| !many || near::fold(shown).chars().next() == first;
        let candidates = columns().flat_map(|column| {
            let many = column.len() > COMPARED_MAX;
            column.all_shown().filter(move |shown| is_likely(many, shown))
        });
        let near = near::nearest(value, candidates, OFFERED);
        if near.is_empty() {
            to.push(Suggestion::UnknownValue { facet, value: value.to_owned() });
        }
        to.extend(near.into_iter().map(|near| Suggestion::Value {
            facet,
            instead_of: value.to_owned(),
            value: near.to_owned(),
        }));
    }

    /// Returns up to `count` models whose reference or name is spelled like `text`.
    pub fn near_misses(&self, text: &str, count: usize) -> Vec<String> {
        let name = text.split_once('/').map_or(text, |(_, name)| name);
        let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let models: Vec<String> = self.candidates(&short(name));
        let shorts: Vec<String> = models.iter().map(|model| short(model)).collect();
        let near = near::nearest(&short(name), shorts.iter().map(String::as_str), count);
        let of_name = |near: &&str| {
            let same = shorts.iter().zip(&models).filter(|(short, _)| short == near);
            same.map(|(_, model)| model.clone()).collect::<Vec<_>>()
        };
        near.iter().flat_map(of_name).take(count).collect()
    }

    /// Returns models whose name may be spelled like another, sorted.
    fn candidates(&self, name: &str) -> Vec<String> {
        let is_small = self.len() <= COMPARED_MAX;
        let mut models: Vec<String> = Vec::new();
        for part in &self.parts {
            let names = &part.segment.names;
            let alive = |doc: &u32| !part.dead.contains(*doc);
            if is_small {
                let docs = (0..part.segment.len() as u32).filter(alive);
                models.extend(docs.map(|doc| names.get(doc).to_owned()));
            } else {
                let docs = part.segment.text.sharing(name);
                let docs = docs.iter().filter(alive).take(SHARING_MAX);
                models.extend(docs.map(|doc| names.get(doc).to_owned()));
            }
        }
        models.sort_unstable();
        models
    }
}
