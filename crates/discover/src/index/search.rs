//! Answers a query: which models, in which order, and the counts of every filter.

use roaring::RoaringBitmap;

use super::order::SortKey;
use super::selection::{Docs, Selection};
use super::shown::Shown;
use super::text::Found;
use super::{Index, Part, cursor, snippet};
use crate::query::{FacetName, Hit, Listed, Page, Query, Sort};
use crate::{Error, Result, near};

/// Nobody turns more than a few pages; programs go on with the cursor.
const OFFSET_MAX: usize = 10_000;

/// Of more models than this that have the words, the most relevant are scored: among so many, how
/// popular a model is says more than how often it has a word.
const SCORED_MAX: usize = 1_000;

/// Models whose name begins with the query are scored in any case.
const NAMED_MAX: usize = 50;

/// How much more it counts that a name is the query, begins with it, or has it inside.
const NAME_IS: f32 = 1_000.0;
const NAME_BEGINS: f32 = 100.0;
const NAME_HAS: f32 = 20.0;

/// A model that was found, and in which part.
#[derive(Clone, Copy)]
struct Candidate {
    part: usize,
    doc: u32,
    /// How well it fits the words, where there are any.
    score: Option<f32>,
}

impl Index {
    /// Finds models and counts every filter value.
    ///
    /// The counts of a filter are those without its own choice: how many models each value
    /// would show if it were chosen alone.
    ///
    /// # Errors
    /// Where the cursor is none, the offset is too large, or a file cannot be read.
    pub fn search(&self, query: &Query) -> Result<Page> {
        let after = cursor::read(query)?;
        if after.is_none() && query.offset > OFFSET_MAX {
            return Err(Error::OffsetTooLarge { most: OFFSET_MAX });
        }
        let selections = self.selections(query)?;
        let all: Vec<Docs<'_>> = selections.iter().map(|one| one.docs(None)).collect();
        let sizes: Vec<usize> =
            selections.iter().zip(&all).map(|(one, docs)| one.total(docs)).collect();
        let total = sizes.iter().sum();
        let facets = Shown { selections: &selections, all: &all, query }.facets();
        let skip = if after.is_some() { 0 } else { query.offset };
        let need = if query.limit == 0 { 0 } else { skip + query.limit + 1 };
        let mut candidates = Vec::new();
        for (part, (selection, docs)) in selections.iter().zip(&all).enumerate() {
            if sizes[part] > 0 && need > 0 {
                let best = best(selection, docs, (query.sort, after.as_ref()), need)?;
                candidates.extend(best.into_iter().map(|(doc, score)| Candidate {
                    part,
                    doc,
                    score,
                }));
            }
        }
        let (models, next) = self.page(query, candidates, skip)?;
        let hit = |(candidate, listed): (Candidate, Listed)| {
            let found = selections[candidate.part].found.as_ref();
            let snippet = found.map(|found| snippet::of(&listed, &found.words));
            Hit { listed, snippet: snippet.unwrap_or_default() }
        };
        let suggestions = match total {
            0 => self.suggestions(query)?,
            _ => Vec::new(),
        };
        Ok(Page { total, facets, models: models.into_iter().map(hit).collect(), next, suggestions })
    }

    pub(super) fn selections<'a>(&'a self, query: &Query) -> Result<Vec<Selection<'a>>> {
        let select = |part: &'a Part| Selection::new(&part.segment, &part.dead, query);
        self.parts.iter().map(select).collect()
    }

    /// Counts the models that a query finds.
    pub(super) fn total(&self, query: &Query) -> Result<usize> {
        let selections = self.selections(query)?;
        Ok(selections.iter().map(|one| one.total(&one.docs(None))).sum())
    }

    /// Puts the best of each part in one order and reads those of the page.
    fn page(&self, query: &Query, candidates: Vec<Candidate>, skip: usize) -> Result<Filled> {
        let is_one = candidates.windows(2).all(|two| two[0].part == two[1].part);
        let card = |one: &Candidate| self.parts[one.part].segment.card(one.doc);
        let key = |one: &Candidate, listed: &Listed| SortKey::of(listed, query.sort, one.score);
        let has_next = candidates.len() > skip + query.limit;
        let mut models = Vec::with_capacity(query.limit);
        if is_one {
            for one in candidates.into_iter().skip(skip).take(query.limit) {
                models.push((one, card(&one)?));
            }
        } else {
            let mut keyed = Vec::with_capacity(candidates.len());
            for one in candidates {
                let listed = card(&one)?;
                keyed.push((key(&one, &listed), one, listed));
            }
            keyed.sort_by(|a, b| a.0.cmp(&b.0));
            let page = keyed.into_iter().skip(skip).take(query.limit);
            models.extend(page.map(|(_, one, listed)| (one, listed)));
        }
        let last = models.last().filter(|_| has_next);
        let next = last.map(|(one, listed)| cursor::write(query.sort, key(one, listed)));
        Ok((models, next))
    }
}

/// The models of a page with what is listed of each, and the cursor of the next page.
type Filled = (Vec<(Candidate, Listed)>, Option<String>);

/// Returns the first models of a part behind a place in an order, with their scores.
fn best(
    selection: &Selection<'_>,
    docs: &Docs<'_>,
    (sort, after): (Sort, Option<&SortKey>),
    need: usize,
) -> Result<Vec<(u32, Option<f32>)>> {
    if let (Some(found), Some(docs), Sort::Relevance) = (&selection.found, &docs.docs, sort) {
        let scored = scored(selection, found, &(&**docs - selection.not()), need)?;
        return behind(selection, scored, after, need);
    }
    let from = match after {
        Some(after) => place_behind(selection, sort, after)?,
        None => 0,
    };
    let orders = &selection.segment.orders;
    let first = orders.first(sort, (docs.docs.as_deref(), selection.not()), from, need);
    Ok(first.into_iter().map(|doc| (doc, None)).collect())
}

/// Finds the first place of an order that is behind another model, of this segment or not.
fn place_behind(selection: &Selection<'_>, sort: Sort, after: &SortKey) -> Result<u32> {
    let segment = selection.segment;
    let (mut low, mut high) = (0, segment.len() as u32);
    while low < high {
        let middle = low + (high - low) / 2;
        let listed = segment.card(segment.orders.doc(sort, middle))?;
        match SortKey::of(&listed, sort, None) <= *after {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

/// Orders models by how well they fit the words; at least `need` of them, where there are as many.
fn scored(
    selection: &Selection<'_>,
    found: &Found,
    docs: &RoaringBitmap,
    need: usize,
) -> Result<Vec<(u32, f32)>> {
    let segment = selection.segment;
    let mut chosen: RoaringBitmap = docs.iter().take(SCORED_MAX.max(need)).collect();
    if docs.len() > chosen.len() {
        let is_found = |doc: u32| docs.contains(doc);
        chosen.extend(segment.names.with_prefix(&found.whole, NAMED_MAX, is_found));
    }
    let chosen: Vec<u32> = chosen.iter().collect();
    let scores = segment.text.score(found, &chosen)?;
    let scale = (segment.len() as f32 + 1.0).ln();
    let mut scored: Vec<(u32, f32)> = chosen
        .into_iter()
        .zip(scores)
        .map(|(doc, score)| {
            // At most one: between models that fit as well, the more popular comes first.
            let popular = 1.0 - (doc as f32 + 1.0).ln() / scale.max(1.0);
            (doc, score + popular + name_score(segment.names.get(doc), &found.whole))
        })
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(scored)
}

/// Lifts models whose name is the query, begins with it, or has it inside.
fn name_score(model: &str, whole: &str) -> f32 {
    let name = near::fold(model.split_once('/').map_or(model, |(_, name)| name));
    if whole.is_empty() {
        0.0
    } else if name == whole {
        NAME_IS
    } else if name.starts_with(whole) {
        // The more of the name was typed, the better.
        NAME_BEGINS + NAME_BEGINS * whole.len() as f32 / name.len() as f32
    } else if whole.len() >= 3 && name.contains(whole) {
        NAME_HAS
    } else {
        0.0
    }
}

/// Keeps the scored models that are behind a place.
fn behind(
    selection: &Selection<'_>,
    scored: Vec<(u32, f32)>,
    after: Option<&SortKey>,
    need: usize,
) -> Result<Vec<(u32, Option<f32>)>> {
    let mut kept = Vec::with_capacity(need.min(scored.len()));
    for (doc, score) in scored {
        let is_behind = match after {
            Some(after) => match SortKey::score_order(score, after) {
                std::cmp::Ordering::Equal => {
                    let listed = selection.segment.card(doc)?;
                    SortKey::of(&listed, Sort::Relevance, Some(score)) > *after
                }
                order => order.is_gt(),
            },
            None => true,
        };
        if is_behind {
            kept.push((doc, Some(score)));
        }
        if kept.len() == need {
            break;
        }
    }
    Ok(kept)
}

impl Index {
    /// Returns up to `count` models with a word in their name that begins so, the most relevant
    /// first; of several words, the last one begins so, and the others are in the name too.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn suggest(&self, prefix: &str, count: usize) -> Result<Vec<Listed>> {
        let mut words: Vec<String> = prefix.split_whitespace().map(str::to_lowercase).collect();
        let Some(last) = words.pop() else { return Ok(Vec::new()) };
        let mut models = Vec::new();
        for part in &self.parts {
            let names = &part.segment.names;
            let passes = |doc: u32| {
                let has = |name: &str| words.iter().all(|word| name.contains(word));
                !part.dead.contains(doc)
                    && (words.is_empty() || has(&names.get(doc).to_lowercase()))
            };
            for doc in names.with_prefix(&last, count, passes) {
                let listed = part.segment.card(doc)?;
                models.push((SortKey::of(&listed, Sort::Relevance, None), listed));
            }
        }
        models.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(models.into_iter().take(count).map(|(_, listed)| listed).collect())
    }

    /// Returns up to `count` values of a filter that have `part` in them, with how many models each
    /// would show if it were chosen alone.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn values(
        &self,
        query: &Query,
        name: FacetName,
        part: &str,
        count: usize,
    ) -> Result<Vec<crate::query::FacetValue>> {
        let selections = self.selections(query)?;
        let all: Vec<Docs<'_>> = selections.iter().map(|one| one.docs(Some(name))).collect();
        let shown = Shown { selections: &selections, all: &all, query };
        Ok(shown.containing(name, &near::fold(part), count))
    }
}
