//! Every word that some model has, with how many have it: for beginnings, parts and misspellings.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use fst::automaton::Str;
use fst::{Automaton, IntoStreamer, Map, Streamer};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use tantivy::schema::Field;

use super::super::arena::{Lists, Strings};
use super::shard::words;
use super::{Fields, Shard};
use crate::{Error, Result};

/// Words with a beginning that are looked at: a single letter begins a tenth of all.
const SCANNED_MAX: usize = 4_000;

/// Edits that a misspelling may have.
pub(super) const EDITS_MAX: usize = 2;

/// What tells words within one and two edits; neighbors that changed places are one edit. Made
/// once, as it takes milliseconds.
static SPELLING: LazyLock<[LevenshteinAutomatonBuilder; EDITS_MAX]> =
    LazyLock::new(|| [1, 2].map(|edits| LevenshteinAutomatonBuilder::new(edits, true)));

/// The words of a segment.
pub(super) struct Vocabulary {
    /// Each word with how many models have it, and in the lowest bit whether it is in a name.
    counts: Map<Vec<u8>>,
    parts: Parts,
}

/// A word with how many models have it.
pub(super) type Counted = (String, u64);

impl Vocabulary {
    pub(super) fn build(shards: &[Shard], fields: Fields) -> Result<Self> {
        let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
        for field in [fields.name, fields.label, fields.body] {
            for shard in shards {
                add(shard, field, field == fields.name, &mut counts)?;
            }
        }
        let mut sorted: Vec<(Vec<u8>, u64)> = counts.into_iter().collect();
        sorted.sort_unstable();
        Ok(Self::new(Map::from_iter(sorted).map_err(words)?))
    }

    fn new(counts: Map<Vec<u8>>) -> Self {
        let parts = Parts::build(&counts);
        Self { counts, parts }
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let file = std::fs::File::create(path)?;
        let mut out = io::BufWriter::new(file);
        io::Write::write_all(&mut out, self.counts.as_fst().as_bytes())?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::store(path, error))?;
        let counts = Map::new(bytes).map_err(words)?;
        counts.as_fst().verify().map_err(words)?;
        Ok(Self::new(counts))
    }

    /// Returns how many models have a word.
    pub(super) fn count(&self, word: &str) -> u64 {
        self.counts.get(word).unwrap_or(0) >> 1
    }

    /// Returns the most frequent words that begin so, but are longer.
    pub(super) fn beginning(&self, prefix: &str, most: usize) -> Vec<Counted> {
        let mut stream = self.counts.search(Str::new(prefix).starts_with()).into_stream();
        let mut found = Vec::new();
        while let Some((word, count)) = stream.next() {
            if word.len() > prefix.len() {
                found.push((text(word), count >> 1));
            }
            if found.len() == SCANNED_MAX {
                break;
            }
        }
        most_frequent(found, most)
    }

    /// Returns the most frequent words of names that have `part` in them, but not at the beginning.
    pub(super) fn containing(&self, part: &str, most: usize) -> Vec<Counted> {
        let inside = self.parts.containing(part).map(|word| (word.to_owned(), self.count(word)));
        most_frequent(inside.collect(), most)
    }

    /// Returns the nearest words by spelling, with in how many edits they become `word`.
    pub(super) fn near(&self, word: &str, edits_max: usize, most: usize) -> (usize, Vec<Counted>) {
        for edits in 1..=edits_max.min(EDITS_MAX) {
            let dfa = SPELLING[edits - 1].build_dfa(word);
            let mut stream = self.counts.search(Spelled(dfa)).into_stream();
            let mut found = Vec::new();
            while let Some((word, count)) = stream.next() {
                found.push((text(word), count >> 1));
            }
            if !found.is_empty() {
                return (edits, most_frequent(found, most));
            }
        }
        (0, Vec::new())
    }
}

/// Words within so many edits of another.
struct Spelled(DFA);

impl Automaton for Spelled {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != levenshtein_automata::SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

fn add(
    shard: &Shard,
    field: Field,
    is_name: bool,
    counts: &mut HashMap<Vec<u8>, u64>,
) -> Result<()> {
    let Some(segment) = shard.segment() else { return Ok(()) };
    let inverted = segment.inverted_index(field).map_err(words)?;
    let mut stream = inverted.terms().stream().map_err(words)?;
    while let Some((term, info)) = stream.next() {
        let added = u64::from(info.doc_freq) << 1;
        match counts.get_mut(term) {
            Some(count) => *count = (*count + added) | u64::from(is_name),
            None => {
                counts.insert(term.to_vec(), added | u64::from(is_name));
            }
        }
    }
    Ok(())
}

fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

fn most_frequent(mut found: Vec<Counted>, most: usize) -> Vec<Counted> {
    let by_count = |a: &Counted, b: &Counted| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    if found.len() > most {
        found.select_nth_unstable_by(most, by_count);
        found.truncate(most);
    }
    found.sort_unstable_by(by_count);
    found
}

/// Words of names by the groups of three bytes in them.
struct Parts {
    words: Strings,
    /// The groups, rising, and for each the words that have it, rising.
    groups: Vec<u32>,
    members: Lists,
}

impl Parts {
    fn build(counts: &Map<Vec<u8>>) -> Self {
        let (mut names, mut pairs) = (Strings::default(), Vec::new());
        let mut stream = counts.stream();
        while let Some((word, count)) = stream.next() {
            if count & 1 == 1 {
                pairs.extend(groups(word).map(|group| (group, names.len() as u32)));
                names.push(&text(word));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let (mut groups, mut members) = (Vec::new(), Lists::default());
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            groups.push(same[0].0);
            members.push(same.iter().map(|(_, word)| *word));
        }
        Self { words: names, groups, members }
    }

    fn containing<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a str> {
        let with_group = |group: u32| match self.groups.binary_search(&group) {
            Ok(at) => self.members.get(at as u32),
            Err(_) => &[],
        };
        // Of the groups of the part, the one that the fewest words have.
        let fewest = groups(part.as_bytes()).map(with_group).min_by_key(|words| words.len());
        let words = fewest.unwrap_or_default().iter().map(|word| self.words.get(*word));
        words.filter(move |word| word.contains(part) && !word.starts_with(part))
    }
}

fn groups(word: &[u8]) -> impl Iterator<Item = u32> {
    word.windows(3).map(|group| u32::from_be_bytes([0, group[0], group[1], group[2]]))
}
