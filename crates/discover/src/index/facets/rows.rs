//! A short row of bits for each model: for every group of filters the number of the sets of values
//! that it has. A row lies in one line of the cache, so that few models far apart are counted as
//! fast as many side by side.

use std::io;
use std::ops::Range;

use roaring::RoaringBitmap;

use super::super::snapshot::{Reader, Writer, damaged};
use super::containers::{BATCH, Containers};

/// Sets above this are counted by two threads: a tenth of a millisecond of work each.
const SPLIT_MIN: u64 = 20_000;

/// Rows of all models.
#[derive(Debug)]
pub(super) struct Rows {
    words: Vec<u64>,
    /// Words of a row.
    width: usize,
    fields: Vec<Field>,
    /// For each group, how many of all models have each number.
    all: Vec<Vec<u32>>,
}

/// Where the number of a group stands in a row.
#[derive(Clone, Copy, Debug)]
struct Field {
    word: usize,
    shift: u32,
    bits: u32,
}

impl Field {
    /// Fields that hold the numbers below each of `counts`: as few words as first fit finds.
    fn allot(counts: &[usize]) -> (Vec<Self>, usize) {
        let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(bits(counts[*at])));
        let mut used: Vec<u32> = vec![0];
        let mut fields = vec![Self { word: 0, shift: 0, bits: 0 }; counts.len()];
        for at in order {
            let bits = bits(counts[at]);
            let word = used.iter().position(|used| used + bits <= u64::BITS);
            let word = word.unwrap_or_else(|| {
                used.push(0);
                used.len() - 1
            });
            fields[at] = Self { word, shift: used[word], bits };
            used[word] += bits;
        }
        (fields, used.len())
    }

    #[inline(always)]
    fn of(self, word: u64) -> u32 {
        // A number has at most 32 bits: there are no more models.
        (word >> self.shift) as u32 & self.mask()
    }

    fn mask(self) -> u32 {
        ((1_u64 << self.bits) - 1) as u32
    }
}

impl Rows {
    /// Makes rows of the numbers of each group, with how many numbers there are; `order` tells for
    /// each place which model stands there.
    pub(super) fn new(groups: &[(&[u32], usize)], order: &[u32]) -> Self {
        let counts: Vec<usize> = groups.iter().map(|(_, count)| *count).collect();
        let (fields, width) = Field::allot(&counts);
        let mut words = vec![0; order.len() * width];
        for (row, doc) in words.chunks_exact_mut(width).zip(order) {
            for ((numbers, _), field) in groups.iter().zip(&fields) {
                row[field.word] |= u64::from(numbers[*doc as usize]) << field.shift;
            }
        }
        Self::with(words, width, &counts, fields)
    }

    fn with(words: Vec<u64>, width: usize, counts: &[usize], fields: Vec<Field>) -> Self {
        let mut rows = Self { words, width, fields, all: Vec::new() };
        let mut every = RoaringBitmap::new();
        every.insert_range(0..rows.len() as u32);
        let groups: Vec<usize> = (0..counts.len()).collect();
        rows.all = rows.count_each(&groups, &every);
        rows
    }

    pub(super) fn len(&self) -> usize {
        self.words.len() / self.width.max(1)
    }

    /// Returns the number that a model has in a group.
    pub(super) fn get(&self, doc: u32, group: usize) -> u32 {
        let field = self.fields[group];
        field.of(self.words[doc as usize * self.width + field.word])
    }

    /// Counts how many models of a set have each number, in each of some groups, which rise; where
    /// fewer are left out, these are counted.
    pub(super) fn count(&self, groups: &[usize], docs: &RoaringBitmap) -> Vec<Vec<u32>> {
        if 2 * docs.len() <= self.len() as u64 {
            return self.count_each(groups, docs);
        }
        let mut others = RoaringBitmap::new();
        others.insert_range(0..self.len() as u32);
        others -= docs;
        let mut counts = self.count_each(groups, &others);
        for (group, counts) in groups.iter().zip(&mut counts) {
            counts.iter_mut().zip(&self.all[*group]).for_each(|(count, all)| *count = all - *count);
        }
        counts
    }

    fn count_each(&self, groups: &[usize], docs: &RoaringBitmap) -> Vec<Vec<u32>> {
        let containers = Containers::of(docs);
        if docs.len() <= SPLIT_MIN {
            return self.count_in(groups, &containers, 0..containers.len());
        }
        let middle = containers.middle();
        let (mut first, second) = rayon::join(
            || self.count_in(groups, &containers, 0..middle),
            || self.count_in(groups, &containers, middle..containers.len()),
        );
        for (first, second) in first.iter_mut().flatten().zip(second.iter().flatten()) {
            *first += second;
        }
        first
    }

    fn count_in(
        &self,
        groups: &[usize],
        containers: &Containers,
        range: Range<usize>,
    ) -> Vec<Vec<u32>> {
        let fields = groups.iter().map(|group| self.fields[*group]);
        let mut counts: Vec<Counts> = fields.map(Counts::new).collect();
        let mut words = [0_u64; BATCH];
        containers.for_each(range, |first, offsets| {
            for at in 0..self.width {
                let rows = &self.words[first * self.width..];
                for (word, offset) in words.iter_mut().zip(offsets) {
                    *word = rows[usize::from(*offset) * self.width + at];
                }
                for counts in counts.iter_mut().filter(|counts| counts.field.word == at) {
                    counts.add(&words[..offsets.len()]);
                }
            }
        });
        counts.into_iter().map(Counts::finish).collect()
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        to.slice(&self.words)
    }

    /// Reads rows of groups that have so many numbers.
    pub(super) fn read(from: &mut Reader, counts: &[usize]) -> io::Result<Self> {
        let words: Vec<u64> = from.slice()?;
        let (fields, width) = Field::allot(counts);
        if !words.len().is_multiple_of(width) {
            return Err(damaged("a row has another length than the rest"));
        }
        let rows = Self::with(words, width, counts, fields);
        let is_sound = |(all, count): (&Vec<u32>, &usize)| {
            all.iter().skip((*count).max(1)).all(|models| *models == 0)
        };
        match rows.all.iter().zip(counts).all(is_sound) {
            true => Ok(rows),
            false => Err(damaged("a model has values that do not exist")),
        }
    }
}

/// Fields of at most so many bits are counted in two lanes.
const LANES_BITS_MAX: u32 = 17;

/// How many rows have each number in a field. Neighbors often have the same number: in two lanes
/// side by side the second does not wait for the first.
struct Counts {
    field: Field,
    /// For each number its lanes.
    counts: Vec<[u32; 2]>,
    /// For each number of a field of many bits.
    wide: Vec<u32>,
}

impl Counts {
    fn new(field: Field) -> Self {
        let numbers = field.mask() as usize + 1;
        match field.bits <= LANES_BITS_MAX {
            true => Self { field, counts: vec![[0; 2]; numbers], wide: Vec::new() },
            false => Self { field, counts: Vec::new(), wide: vec![0; numbers] },
        }
    }

    fn add(&mut self, words: &[u64]) {
        let Self { field, counts, wide } = self;
        if counts.is_empty() {
            words.iter().for_each(|word| wide[field.of(*word) as usize] += 1);
            return;
        }
        let (pairs, rest) = words.as_chunks::<2>();
        for [first, second] in pairs {
            counts[field.of(*first) as usize][0] += 1;
            counts[field.of(*second) as usize][1] += 1;
        }
        rest.iter().for_each(|word| counts[field.of(*word) as usize][0] += 1);
    }

    fn finish(self) -> Vec<u32> {
        match self.counts.is_empty() {
            true => self.wide,
            false => self.counts.into_iter().map(|[first, second]| first + second).collect(),
        }
    }
}
