//! The orders of models: each as the list of models in that order, and the place of each model.

use std::io;

use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::arena::Strings;
use super::snapshot::{Reader, Writer, damaged};
use crate::query::{Listed, Sort};

/// A set with less than one model in so many is sorted; of a denser one, the list of all models
/// in order is walked until enough are found.
const DENSE: u64 = 200;

/// What models are ordered by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    mark: u64,
    downloads: u64,
    likes: u64,
    updated: u64,
    created: u64,
    parameters: u64,
}

/// The place of a model in an order, comparable across segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SortKey {
    numbers: [u64; 4],
    name: String,
    model: String,
}

impl Facts {
    pub(super) fn of(listed: &Listed) -> Self {
        let record = &listed.record;
        let is_first = record.flags.featured || listed.version.is_some();
        // Times before 1970 are none.
        let millis = |millis: i64| u64::try_from(millis).unwrap_or(0);
        Self {
            mark: if record.flags.deprecated { 2 } else { u64::from(!is_first) },
            downloads: record.downloads,
            likes: record.likes,
            updated: millis(record.changed_ms()),
            created: millis(record.created_ms),
            parameters: record.parameters.unwrap_or(u64::MAX),
        }
    }

    /// Returns the numbers that an order goes by, rising; the name decides where all are equal.
    fn numbers(&self, sort: Sort) -> [u64; 3] {
        let Self { mark, downloads, likes, updated, created, parameters } = *self;
        match sort {
            Sort::Relevance => [mark, !downloads, !likes],
            Sort::Downloads => [!downloads, !likes, 0],
            Sort::Likes => [!likes, !downloads, 0],
            Sort::Updated => [!updated, 0, 0],
            Sort::Created => [!created, 0, 0],
            Sort::Size => [parameters, 0, 0],
            Sort::Name => [0, 0, 0],
        }
    }
}

impl SortKey {
    /// Returns the place of a model; `score` says how well it fits the words.
    pub(super) fn of(listed: &Listed, sort: Sort, score: Option<f32>) -> Self {
        let [a, b, c] = Facts::of(listed).numbers(sort);
        let score = score_number(score.unwrap_or(0.0));
        let name = folded_name(listed);
        Self { numbers: [score, a, b, c], name, model: listed.record.model().to_string() }
    }
}

impl SortKey {
    /// Compares how well a model fits with where a page ended; a better fit comes before.
    pub(super) fn score_order(score: f32, after: &Self) -> std::cmp::Ordering {
        score_number(score).cmp(&after.numbers[0])
    }
}

/// Scores are positive: their bits rise as they do.
fn score_number(score: f32) -> u64 {
    !u64::from(score.max(0.0).to_bits())
}

/// Returns the name by which models are ordered.
pub(super) fn folded_name(listed: &Listed) -> String {
    listed.record.display_name.to_lowercase()
}

/// Every order of a segment.
#[derive(Debug)]
pub(super) struct Orders {
    orders: Vec<Order>,
    len: u32,
}

#[derive(Debug)]
struct Order {
    /// The models in this order.
    docs: Vec<u32>,
    /// Where each model stands in it.
    places: Vec<u32>,
}

/// The orders that are not that of the models themselves.
const LISTED: [Sort; 6] =
    [Sort::Downloads, Sort::Likes, Sort::Updated, Sort::Created, Sort::Size, Sort::Name];

impl Orders {
    /// Sorts models that came in any order; returns which one gets which number, the most
    /// relevant first, and the orders by those numbers.
    pub(super) fn build(facts: &[Facts], names: &Strings, models: &Strings) -> (Vec<u32>, Self) {
        let len = facts.len() as u32;
        let mut by_name: Vec<u32> = (0..len).collect();
        let key = |doc: &u32| (names.bytes(*doc), models.bytes(*doc));
        by_name.par_sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let name_places = places(&by_name);
        let sorted = |sort: Sort| {
            let mut docs: Vec<([u64; 3], u32, u32)> = (0..len)
                .map(|doc| (facts[doc as usize].numbers(sort), name_places[doc as usize], doc))
                .collect();
            docs.par_sort_unstable();
            docs.into_iter().map(|(_, _, doc)| doc).collect::<Vec<u32>>()
        };
        let arrivals = sorted(Sort::Relevance);
        let ranks = places(&arrivals);
        let order = |sort: Sort| {
            let docs = sorted(sort).into_iter().map(|doc| ranks[doc as usize]);
            Order::new(docs.collect())
        };
        let orders = LISTED.into_iter().map(order).collect();
        (arrivals, Self { orders, len })
    }

    fn order(&self, sort: Sort) -> Option<&Order> {
        LISTED.iter().position(|one| *one == sort).map(|at| &self.orders[at])
    }

    /// Returns the model at a place of an order.
    pub(super) fn doc(&self, sort: Sort, place: u32) -> u32 {
        self.order(sort).map_or(place, |order| order.docs[place as usize])
    }

    /// Returns the first `count` models of `docs` (all, where there is none) from a place of an
    /// order on, but none of `not`.
    pub(super) fn first(
        &self,
        sort: Sort,
        (docs, not): (Option<&RoaringBitmap>, &RoaringBitmap),
        from: u32,
        count: usize,
    ) -> Vec<u32> {
        let passes = |doc: &u32| !not.contains(*doc);
        match (docs, self.order(sort)) {
            (None, _) => {
                let all = (from..self.len).map(|place| self.doc(sort, place));
                all.filter(passes).take(count).collect()
            }
            (Some(docs), None) => docs.range(from..).filter(passes).take(count).collect(),
            (Some(docs), Some(order)) if docs.len() * DENSE > u64::from(self.len) => {
                let rest = order.docs[(from.min(self.len)) as usize..].iter().copied();
                rest.filter(|doc| docs.contains(*doc) && passes(doc)).take(count).collect()
            }
            (Some(docs), Some(order)) => {
                order.first_of_few(docs.iter().filter(passes), from, count)
            }
        }
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        to.number(u64::from(self.len))?;
        self.orders.iter().try_for_each(|order| to.slice(&order.docs))
    }

    pub(super) fn read(from: &mut Reader, len: usize) -> io::Result<Self> {
        if from.number()? != len as u64 {
            return Err(damaged("the orders are of other models"));
        }
        let orders = LISTED.iter().map(|_| {
            let docs: Vec<u32> = from.slice()?;
            let mut seen = RoaringBitmap::new();
            seen.extend(docs.iter().copied());
            let is_whole = docs.len() == len && seen.len() == len as u64;
            let fits = seen.max().is_none_or(|max| (max as usize) < len);
            match is_whole && fits {
                true => Ok(Order::new(docs)),
                false => Err(damaged("an order names a model twice")),
            }
        });
        Ok(Self { orders: orders.collect::<io::Result<_>>()?, len: len as u32 })
    }
}

impl Order {
    fn new(docs: Vec<u32>) -> Self {
        let places = places(&docs);
        Self { docs, places }
    }

    fn first_of_few(&self, docs: impl Iterator<Item = u32>, from: u32, count: usize) -> Vec<u32> {
        let places = docs.map(|doc| self.places[doc as usize]);
        let mut places: Vec<u32> = places.filter(|place| *place >= from).collect();
        if count < places.len() {
            places.select_nth_unstable(count);
            places.truncate(count);
        }
        places.sort_unstable();
        places.into_iter().map(|place| self.docs[place as usize]).collect()
    }
}

/// Returns where each number stands in a list of all numbers.
fn places(docs: &[u32]) -> Vec<u32> {
    let mut places = vec![0; docs.len()];
    for (place, doc) in docs.iter().enumerate() {
        places[*doc as usize] = place as u32;
    }
    places
}
