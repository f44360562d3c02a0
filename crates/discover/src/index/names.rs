//! The references of models: found by the whole, and by the beginning of any word in them.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use rayon::prelude::*;

use super::arena::Strings;
use super::snapshot::{Reader, Writer, damaged};

/// Entries in a leaf of the tree of best models.
const LEAF: usize = 16;

/// A name has few words; what goes on for longer is not typed.
const STARTS_MAX: usize = 12;

/// An entry holds a model and an offset in 32 bits.
const OFFSET_BITS: u32 = 8;
const DOCS_MAX: usize = 1 << (32 - OFFSET_BITS);

const EMPTY: u32 = u32::MAX;

/// References by model.
#[derive(Debug)]
pub(super) struct Names {
    models: Strings,
    /// Models by the hash of their reference: an open table.
    table: Vec<u32>,
    /// Every beginning of a word in a name: model and offset, sorted by what follows.
    starts: Vec<u32>,
    /// The least model in each leaf of `starts`, and above in each pair, as a heap-ordered tree.
    best: Vec<u32>,
}

impl Names {
    /// Most models of a segment.
    pub(super) const DOCS_MAX: usize = DOCS_MAX;

    pub(super) fn build(models: Strings) -> Self {
        let starts = sorted_starts(&models);
        Self::put_together(models, starts)
    }

    fn put_together(models: Strings, starts: Vec<u32>) -> Self {
        let table = table(&models);
        let best = tree(&starts);
        Self { models, table, starts, best }
    }

    pub(super) fn get(&self, doc: u32) -> &str {
        self.models.get(doc)
    }

    /// Finds a model by `collection/name`.
    pub(super) fn find(&self, model: &str) -> Option<u32> {
        let mask = self.table.len() - 1;
        let mut at = hash(model.as_bytes()) as usize & mask;
        while self.table[at] != EMPTY {
            if self.models.bytes(self.table[at]) == model.as_bytes() {
                return Some(self.table[at]);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Returns the first `count` models that have a word which begins with `prefix`, and which
    /// `passes` takes.
    pub(super) fn with_prefix(
        &self,
        prefix: &str,
        count: usize,
        passes: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let prefix = prefix.to_ascii_lowercase();
        let compare = |entry: &u32| compare_start(self.rest(*entry), prefix.as_bytes());
        let low = self.starts.partition_point(|entry| compare(entry) == Ordering::Less);
        let high = self.starts.partition_point(|entry| compare(entry) != Ordering::Greater);
        let mut best = Vec::new();
        let mut heap = self.cover(low, high);
        while let Some(Reverse((doc, node))) = heap.pop() {
            match node {
                Node::Entry if best.last() == Some(&doc) || !passes(doc) => {}
                Node::Entry => {
                    best.push(doc);
                    if best.len() == count {
                        break;
                    }
                }
                Node::Inner(at) => self.open(at, (low, high), &mut heap),
            }
        }
        best
    }

    /// Covers a range of entries with nodes of the tree.
    fn cover(&self, low: usize, high: usize) -> BinaryHeap<Reverse<(u32, Node)>> {
        let mut heap = BinaryHeap::new();
        if low >= high {
            return heap;
        }
        let leaves = self.best.len() / 2;
        let (mut left, mut right) = (low / LEAF + leaves, (high - 1) / LEAF + leaves + 1);
        let push = |heap: &mut BinaryHeap<_>, at: usize| {
            heap.push(Reverse((self.best[at], Node::Inner(at as u32))));
        };
        while left < right {
            if left % 2 == 1 {
                push(&mut heap, left);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                push(&mut heap, right);
            }
            left /= 2;
            right /= 2;
        }
        heap
    }

    /// Puts the children of a node in its place.
    fn open(
        &self,
        at: u32,
        (low, high): (usize, usize),
        heap: &mut BinaryHeap<Reverse<(u32, Node)>>,
    ) {
        let (at, leaves) = (at as usize, self.best.len() / 2);
        if at >= leaves {
            let first = (at - leaves) * LEAF;
            let entries = first.max(low)..(first + LEAF).min(high);
            let entries = self.starts[entries].iter();
            heap.extend(entries.map(|entry| Reverse((entry >> OFFSET_BITS, Node::Entry))));
            return;
        }
        for child in [2 * at, 2 * at + 1] {
            if self.best[child] != EMPTY {
                heap.push(Reverse((self.best[child], Node::Inner(child as u32))));
            }
        }
    }

    fn rest(&self, entry: u32) -> &[u8] {
        rest(&self.models, entry)
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        self.models.write(to)?;
        to.slice(&self.starts)
    }

    pub(super) fn read(from: &mut Reader) -> io::Result<Self> {
        let models = Strings::read(from)?;
        let starts: Vec<u32> = from.slice()?;
        let sound = |entry: &u32| {
            let doc = entry >> OFFSET_BITS;
            (doc as usize) < models.len()
                && (entry & ((1 << OFFSET_BITS) - 1)) as usize <= models.bytes(doc).len()
        };
        match starts.iter().all(sound) {
            true => Ok(Self::put_together(models, starts)),
            false => Err(damaged("a beginning of a word is in no name")),
        }
    }
}

/// A node of the tree, or an entry below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Entry,
    Inner(u32),
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn table(models: &Strings) -> Vec<u32> {
    let mask = (models.len() * 2).next_power_of_two().max(2) - 1;
    let mut table = vec![EMPTY; mask + 1];
    for doc in 0..models.len() as u32 {
        let mut at = hash(models.bytes(doc)) as usize & mask;
        while table[at] != EMPTY {
            at = (at + 1) & mask;
        }
        table[at] = doc;
    }
    table
}

fn rest(models: &Strings, entry: u32) -> &[u8] {
    &models.bytes(entry >> OFFSET_BITS)[(entry & ((1 << OFFSET_BITS) - 1)) as usize..]
}

/// Returns where the words of a name begin, behind its collection.
fn word_starts(model: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let name = model.iter().position(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let is_word = |at: usize| model[at].is_ascii_alphanumeric() || !model[at].is_ascii();
    let starts = (name..model.len().min(1 << OFFSET_BITS))
        .filter(move |at| is_word(*at) && (*at == name || !is_word(*at - 1)));
    starts.take(STARTS_MAX)
}

/// Sorts every beginning of a word: by its first eight bytes as a number, which decides most, then
/// by the rest.
fn sorted_starts(models: &Strings) -> Vec<u32> {
    let starts = (0..models.len() as u32).into_par_iter().flat_map_iter(|doc| {
        let name = models.bytes(doc);
        word_starts(name).map(move |at| (first_bytes(&name[at..]), doc << OFFSET_BITS | at as u32))
    });
    let mut starts: Vec<(u64, u32)> = starts.collect();
    starts.par_sort_unstable();
    starts.par_chunk_by_mut(|a, b| a.0 == b.0).for_each(|same| {
        let tail = |entry: &(u64, u32)| rest(models, entry.1).get(8..).unwrap_or_default();
        same.sort_unstable_by(|a, b| compare(tail(a), tail(b)).then(a.1.cmp(&b.1)));
    });
    starts.into_iter().map(|(_, entry)| entry).collect()
}

fn first_bytes(text: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(text).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    u64::from_be_bytes(first)
}

/// Compares texts in lower case.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let lower = |text: &[u8]| text.iter().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    // Most differ soon, and then nothing is copied.
    match a.iter().zip(b).find(|(a, b)| !a.eq_ignore_ascii_case(b)) {
        Some((a, b)) => a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()),
        None if a.len() == b.len() => Ordering::Equal,
        None => lower(a).cmp(&lower(b)),
    }
}

/// Compares the beginning of a text with a prefix in lower case.
fn compare_start(text: &[u8], prefix: &[u8]) -> Ordering {
    compare(&text[..text.len().min(prefix.len())], prefix)
}

fn tree(starts: &[u32]) -> Vec<u32> {
    let leaves = starts.len().div_ceil(LEAF).next_power_of_two();
    let mut best = vec![EMPTY; 2 * leaves];
    for (leaf, entries) in best[leaves..].iter_mut().zip(starts.chunks(LEAF)) {
        *leaf = entries.iter().map(|entry| entry >> OFFSET_BITS).min().unwrap_or(EMPTY);
    }
    for at in (1..leaves).rev() {
        best[at] = best[2 * at].min(best[2 * at + 1]);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_finds_what_a_scan_finds() {
        let models = [
            "hub/meta-llama/Llama-3.2-1B",
            "hub/google-bert/bert-base",
            "curated/Bert-large",
            "hub/a/b",
            "workspace/distilbert",
            "hub/acme/llama_bert-x",
            "hub/LLAMA",
        ];
        let names = Names::build(models.into_iter().collect());
        for prefix in
            ["b", "bert", "BERT-b", "llama", "llama-3.2-1b", "a", "acme/l", "zz", "x", "3"]
        {
            let wanted = prefix.to_lowercase();
            let has = |model: &&str| {
                let lower = model.to_lowercase();
                word_starts(lower.as_bytes()).any(|at| lower[at..].starts_with(&wanted))
            };
            let scan = models.iter().enumerate().filter(|(_, model)| has(model));
            let scan: Vec<_> = scan.map(|(at, _)| at as u32).collect();
            assert_eq!(names.with_prefix(prefix, 9, |_| true), scan, "{prefix}");
            assert_eq!(names.with_prefix(prefix, 1, |_| true), scan[..scan.len().min(1)]);
        }
        assert_eq!(names.with_prefix("bert", 9, |doc| doc > 1), [2, 5]);
        for (at, model) in models.iter().enumerate() {
            assert_eq!(names.find(model), Some(at as u32));
        }
        assert_eq!((names.find("hub/a"), names.find("")), (None, None));
    }

    #[test]
    fn an_empty_segment_has_no_names() {
        let names = Names::build(Strings::default());
        assert_eq!(names.find("a/b"), None);
        assert!(names.with_prefix("a", 3, |_| true).is_empty());
    }
}
