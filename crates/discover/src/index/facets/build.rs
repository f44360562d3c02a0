//! Takes the values of models as they come, and puts them in order at the end.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::super::arena::{Lists, Strings};
use super::rows::Rows;
use super::{Column, Facets, LIST_MAX};
use crate::query::{FacetName, Listed};

/// What a model has in a filter.
pub(in super::super) type Values = Vec<Value>;

/// A value on its way into a filter.
#[derive(Debug)]
pub(in super::super) enum Value {
    /// One that is there, spelled in its first way.
    Known(u32),
    /// Another value or spelling: folded, and as it is written.
    Spelled(String, String),
}

/// The filters of models to come.
#[derive(Debug)]
pub(in super::super) struct FacetsBuilder {
    memory_bytes: u64,
    columns: Vec<ColumnBuilder>,
}

#[derive(Debug, Default)]
struct ColumnBuilder {
    values: HashMap<String, u32>,
    /// For each value its spellings, and how many models have each.
    spellings: Vec<Vec<(String, u32)>>,
    numbers: HashMap<Vec<u32>, u32>,
    sets: Vec<Vec<u32>>,
    /// For each model the number of its set of values.
    of_doc: Vec<u32>,
}

impl FacetsBuilder {
    pub(in super::super) fn new(memory_bytes: u64) -> Self {
        let columns = FacetName::ALL.map(|_| ColumnBuilder::default());
        Self { memory_bytes, columns: columns.into() }
    }

    /// Works out what a model has in each filter; many can be worked out side by side.
    pub(in super::super) fn values(&self, listed: &Listed) -> Vec<Values> {
        let of_column = |(name, column): (FacetName, &ColumnBuilder)| {
            let shown = name.values(listed, self.memory_bytes);
            shown.into_iter().map(|shown| column.value(name, shown)).collect()
        };
        FacetName::ALL.into_iter().zip(&self.columns).map(of_column).collect()
    }

    /// Takes what the next model has in each filter.
    pub(in super::super) fn add(&mut self, values: Vec<Values>) {
        for (values, column) in values.into_iter().zip(&mut self.columns) {
            column.add(values);
        }
    }

    /// Puts everything in order; `order` tells for each place which model stands there.
    pub(in super::super) fn finish(self, order: &[u32]) -> Facets {
        let (mut columns, of_docs): (Vec<Column>, Vec<Vec<u32>>) =
            self.columns.into_iter().map(|builder| builder.finish(order)).unzip();
        let groups = groups(&mut columns, of_docs);
        for (at, group) in groups.iter().enumerate() {
            group.members.iter().for_each(|member| columns[*member].group = at);
        }
        let numbers = groups.iter().map(|group| (group.of_doc.as_slice(), group.sets));
        let rows = Rows::new(&numbers.collect::<Vec<_>>(), order);
        Facets::new(columns, rows)
    }
}

/// Filters whose values are counted together: a model has one number for all of them.
struct Group {
    members: Vec<usize>,
    /// For each model the number of the sets of values that it has in these filters.
    of_doc: Vec<u32>,
    sets: usize,
}

/// Filters are put together as long as no more different models come of it than this: their counts
/// stay in the first cache, and one number is counted instead of several.
const GROUP_MAX: usize = 4_096;

/// Puts filters together, those with the fewest values first.
fn groups(columns: &mut [Column], of_docs: Vec<Vec<u32>>) -> Vec<Group> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| (columns[*at].sets.len(), *at));
    let mut of_docs: Vec<Option<Vec<u32>>> = of_docs.into_iter().map(Some).collect();
    let mut groups: Vec<Group> = Vec::new();
    for at in order {
        let of_doc = of_docs[at].take().unwrap_or_default();
        let sets = columns[at].sets.len();
        let joined = groups.iter_mut().find_map(|group| {
            let pairs = pairs(group, (&of_doc, sets))?;
            Some((group, pairs))
        });
        match joined {
            Some((group, pairs)) => join(group, at, (&of_doc, sets), &pairs, columns),
            None => groups.push(Group { members: vec![at], of_doc, sets }),
        }
    }
    groups
}

/// Returns which numbers of a group and of another filter occur together, in the order in which
/// they come; `None` where they are too many.
fn pairs(group: &Group, (of_doc, sets): (&[u32], usize)) -> Option<Vec<(u32, u32)>> {
    if group.sets > GROUP_MAX || sets > GROUP_MAX {
        return None;
    }
    let mut seen = vec![false; group.sets * sets];
    let mut pairs = Vec::new();
    for (first, second) in group.of_doc.iter().zip(of_doc) {
        let pair = &mut seen[*first as usize * sets + *second as usize];
        if !*pair {
            *pair = true;
            pairs.push((*first, *second));
            if pairs.len() > GROUP_MAX {
                return None;
            }
        }
    }
    Some(pairs)
}

/// Gives each pair a number, and every filter its values by that number.
fn join(
    group: &mut Group,
    at: usize,
    (of_doc, sets): (&[u32], usize),
    pairs: &[(u32, u32)],
    columns: &mut [Column],
) {
    let mut numbers = vec![0_u32; group.sets * sets];
    for (number, (first, second)) in pairs.iter().enumerate() {
        numbers[*first as usize * sets + *second as usize] = number as u32;
    }
    for (first, second) in group.of_doc.iter_mut().zip(of_doc) {
        *first = numbers[*first as usize * sets + *second as usize];
    }
    let renumbered = |column: &Column, of_pair: &dyn Fn(&(u32, u32)) -> u32| {
        let mut sets = Lists::default();
        pairs.iter().for_each(|pair| sets.push(column.sets.get(of_pair(pair)).iter().copied()));
        sets
    };
    for member in &group.members {
        columns[*member].sets = renumbered(&columns[*member], &|pair| pair.0);
    }
    columns[at].sets = renumbered(&columns[at], &|pair| pair.1);
    group.members.push(at);
    group.sets = pairs.len();
}

impl ColumnBuilder {
    fn value(&self, name: FacetName, shown: Cow<'_, str>) -> Value {
        let key = name.key(&shown);
        match self.values.get(key.as_ref()) {
            Some(number) if self.spellings[*number as usize][0].0 == shown => Value::Known(*number),
            _ => Value::Spelled(key.into_owned(), shown.into_owned()),
        }
    }

    fn add(&mut self, values: Values) {
        let mut set = Vec::with_capacity(values.len());
        for value in values {
            let number = match value {
                Value::Known(number) => {
                    self.spellings[number as usize][0].1 += 1;
                    number
                }
                Value::Spelled(key, shown) => self.spell(key, shown),
            };
            set.push(number);
        }
        set.sort_unstable();
        set.dedup();
        let number = match self.numbers.get(&set) {
            Some(number) => *number,
            None => {
                let number = self.sets.len() as u32;
                self.numbers.insert(set.clone(), number);
                self.sets.push(set);
                number
            }
        };
        self.of_doc.push(number);
    }

    fn spell(&mut self, key: String, shown: String) -> u32 {
        let number = match self.values.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.spellings.len() as u32;
                self.values.insert(key, number);
                self.spellings.push(Vec::new());
                number
            }
        };
        let spellings = &mut self.spellings[number as usize];
        match spellings.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, count)) => *count += 1,
            None => spellings.push((shown, 1)),
        }
        number
    }

    fn finish(self, order: &[u32]) -> (Column, Vec<u32>) {
        let mut sorted: Vec<(String, u32)> = self.values.into_iter().collect();
        sorted.sort_unstable();
        let mut place = vec![0_u32; sorted.len()];
        for (at, (_, number)) in sorted.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        let most = |spellings: &Vec<(String, u32)>| {
            // Of spellings that are as frequent, the one that sorts first.
            let best = spellings.iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
            best.map(|(spelling, _)| spelling.clone()).unwrap_or_default()
        };
        let mut shown = Strings::default();
        for (_, number) in &sorted {
            shown.push(&most(&self.spellings[*number as usize]));
        }
        let (mut sets, mut of_doc) = (self.sets, self.of_doc);
        for set in &mut sets {
            set.iter_mut().for_each(|value| *value = place[*value as usize]);
            set.sort_unstable();
        }
        by_frequency(&mut sets, &mut of_doc);
        let mut lists = Lists::default();
        sets.into_iter().for_each(|set| lists.push(set));
        let (few, many) = members(&lists, sorted.len(), order, &of_doc);
        let keys = sorted.iter().map(|(key, _)| key.as_str()).collect();
        (Column { keys, shown, sets: lists, single: false, group: 0, few, many }, of_doc)
    }
}

/// Numbers sets so that those which most models have come first: their counts lie side by side.
fn by_frequency(sets: &mut Vec<Vec<u32>>, of_doc: &mut [u32]) {
    let mut counts = vec![0_u32; sets.len()];
    of_doc.iter().for_each(|set| counts[*set as usize] += 1);
    let mut sorted: Vec<u32> = (0..sets.len() as u32).collect();
    sorted.sort_unstable_by_key(|set| (Reverse(counts[*set as usize]), *set));
    let mut place = vec![0; sets.len()];
    for (at, set) in sorted.iter().enumerate() {
        place[*set as usize] = at as u32;
    }
    of_doc.iter_mut().for_each(|set| *set = place[*set as usize]);
    *sets = sorted.into_iter().map(|set| std::mem::take(&mut sets[set as usize])).collect();
}

/// Finds the models of each value.
fn members(
    sets: &Lists,
    values: usize,
    order: &[u32],
    of_doc: &[u32],
) -> (Lists, Vec<Option<RoaringBitmap>>) {
    let pairs = order.iter().enumerate().flat_map(|(rank, doc)| {
        let values = sets.get(of_doc[*doc as usize]);
        values.iter().map(move |value| (*value, rank as u32))
    });
    let all = Lists::group(values, pairs);
    let (mut few, mut many) = (Lists::default(), Vec::with_capacity(values));
    for docs in all.iter() {
        let is_few = docs.len() <= LIST_MAX;
        few.push(docs.iter().copied().filter(|_| is_few));
        many.push((!is_few).then(|| {
            let mut docs: RoaringBitmap = docs.iter().copied().collect();
            docs.optimize();
            docs
        }));
    }
    (few, many)
}
