//! What a word of a query may stand for: itself, what it begins, what it is a part of, and, where
//! nobody has it so, what it is a misspelling of.

use super::{TextPlane, words};
use crate::near;

/// How much a word counts by how it matches.
const EXACT: f32 = 1.0;
const PREFIX: f32 = 0.6;
const INSIDE: f32 = 0.35;
const MISSPELLED: f32 = 0.25;

/// Words that one stands for, of each sort: the most frequent of them.
const WORDS_MAX: usize = 8;

/// Where so many models have the word, those that have it inside of another are not looked for.
const ENOUGH: u64 = 1_000;

/// A word of the vocabulary that stands for a word of the query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meaning {
    pub(super) word: String,
    /// What a match counts, at most 1.
    pub(super) quality: f32,
    /// Whether it only counts in a name: `code` is not what an encoder is about.
    pub(super) only_in_names: bool,
}

impl TextPlane {
    /// Returns what a word may stand for; the last one of a query may not be typed to its end.
    pub(super) fn expand(&self, word: &str, is_last: bool) -> Vec<Meaning> {
        let meaning = |only_in_names: bool, quality: f32| {
            move |(word, _): (String, u64)| Meaning { word, quality, only_in_names }
        };
        let mut meanings = Vec::new();
        let mut models = self.vocabulary.count(word);
        if models > 0 {
            meanings.push(meaning(false, EXACT)((word.to_owned(), models)));
        }
        if is_last || models == 0 {
            let longer = self.vocabulary.beginning(word, WORDS_MAX);
            models += longer.iter().map(|(_, count)| count).sum::<u64>();
            meanings.extend(longer.into_iter().map(meaning(false, PREFIX)));
        }
        // A word of one letter begins too many tasks.
        for task in words::of_tasks(word, is_last && word.len() > 1) {
            models += self.vocabulary.count(&task);
            meanings.push(meaning(false, EXACT)((task, 0)));
        }
        if models < ENOUGH && word.len() >= 3 {
            let inside = self.vocabulary.containing(word, WORDS_MAX);
            meanings.extend(inside.into_iter().map(meaning(true, INSIDE)));
        }
        if meanings.is_empty() {
            let (edits, near) = self.vocabulary.near(word, near::edits_allowed(word), WORDS_MAX);
            let quality = MISSPELLED / edits.max(1) as f32;
            meanings.extend(near.into_iter().map(meaning(false, quality)));
        }
        meanings
    }
}
