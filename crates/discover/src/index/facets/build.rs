//! Takes the values of models as they come, and puts them in order at the end.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::super::arena::{Lists, Strings};
use super::{Column, Facets, LIST_MAX};
use crate::query::{FacetName, Listed};

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

    pub(in super::super) fn add(&mut self, listed: &Listed) {
        for (name, column) in FacetName::ALL.into_iter().zip(&mut self.columns) {
            column.add(name, listed, self.memory_bytes);
        }
    }

    /// Puts everything in order; `order` tells for each place which model stands there.
    pub(in super::super) fn finish(self, order: &[u32]) -> Facets {
        let mut stride = 0;
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut of_docs = Vec::with_capacity(self.columns.len());
        for builder in self.columns {
            let (mut column, of_doc) = builder.finish(order);
            column.at = stride;
            stride += if column.wide { 2 } else { 1 };
            columns.push(column);
            of_docs.push(of_doc);
        }
        let mut rows = vec![0_u16; order.len() * stride];
        for (row, doc) in rows.chunks_exact_mut(stride).zip(order) {
            for (column, of_doc) in columns.iter().zip(&of_docs) {
                let set = of_doc[*doc as usize];
                row[column.at] = set as u16;
                if column.wide {
                    row[column.at + 1] = (set >> 16) as u16;
                }
            }
        }
        Facets { columns, rows, stride }
    }
}

impl ColumnBuilder {
    fn add(&mut self, name: FacetName, listed: &Listed, memory_bytes: u64) {
        let shown = name.values(listed, memory_bytes);
        let mut set: Vec<u32> = shown
            .iter()
            .map(|value| {
                let key = name.key(value);
                let number = match self.values.get(key.as_ref()) {
                    Some(number) => *number,
                    None => {
                        let number = self.spellings.len() as u32;
                        self.values.insert(key.into_owned(), number);
                        self.spellings.push(Vec::new());
                        number
                    }
                };
                self.spell(number, value);
                number
            })
            .collect();
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

    fn spell(&mut self, value: u32, spelling: &str) {
        let spellings = &mut self.spellings[value as usize];
        match spellings.iter_mut().find(|(known, _)| known == spelling) {
            Some((_, count)) => *count += 1,
            None => spellings.push((spelling.to_owned(), 1)),
        }
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
        let mut sets = Lists::default();
        for set in &self.sets {
            let mut set: Vec<u32> = set.iter().map(|value| place[*value as usize]).collect();
            set.sort_unstable();
            sets.push(set);
        }
        let (few, many) = members(&sets, sorted.len(), order, &self.of_doc);
        let keys = sorted.iter().map(|(key, _)| key.as_str()).collect();
        let wide = sets.len() > usize::from(u16::MAX) + 1;
        (Column { keys, shown, sets, at: 0, wide, few, many }, self.of_doc)
    }
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
