//! What a query looks for: parts that a model must have, in one of several ways.

use std::collections::HashSet;

use tantivy::schema::Field;

use super::expand::Meaning;
use super::words::Wanted;
use super::{Fields, TextPlane};

/// How much a word counts by where it stands.
const NAME: f32 = 3.0;
const LABEL: f32 = 1.5;
const BODY: f32 = 1.0;
const JOINED: f32 = 2.5;

/// Words of a query of which neighbors are also looked for put together.
const JOINED_WORDS_MAX: usize = 4;

/// A query as it is looked for in each shard.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) parts: Vec<Part>,
    /// Each way to match names the parts that must all be there; the best way counts.
    pub(super) ways: Vec<Vec<usize>>,
}

/// One thing to look for; of several places the best one counts.
#[derive(Debug)]
pub(super) enum Part {
    /// A word, or what it stands for.
    Words(Vec<(Field, String, f32)>),
    /// Words side by side.
    Phrase(Vec<(Field, Vec<String>, f32)>),
}

impl TextPlane {
    /// Plans a query: all words, or all words with some neighbors put together. What stands for
    /// one of its words goes to `meant`.
    pub(super) fn plan(&self, wanted: &Wanted, meant: &mut HashSet<String>) -> Plan {
        let mut plan = Plan::default();
        let last = wanted.words.len().saturating_sub(1);
        for (at, word) in wanted.words.iter().enumerate() {
            plan.parts.push(self.word(word, at == last, meant));
        }
        for phrase in &wanted.phrases {
            meant.extend(phrase.iter().cloned());
            plan.parts.push(self.fields.phrase(phrase));
        }
        let each: Vec<usize> = (0..plan.parts.len()).collect();
        plan.ways.push(each.clone());
        if (2..=JOINED_WORDS_MAX).contains(&wanted.words.len()) {
            for at in 0..last {
                let pair = plan.push(self.fields.joined(&wanted.words[at..=at + 1], meant));
                let others = each.iter().copied().filter(|part| *part != at && *part != at + 1);
                let way = others.chain([pair]).collect();
                plan.ways.push(way);
            }
            if last > 1 && wanted.phrases.is_empty() {
                let all = plan.push(self.fields.joined(&wanted.words, meant));
                plan.ways.push(vec![all]);
            }
        }
        plan
    }

    /// Plans to look for one word.
    pub(super) fn word(&self, word: &str, is_last: bool, meant: &mut HashSet<String>) -> Part {
        let fields = self.fields;
        let mut places = vec![(fields.joined, word.to_owned(), JOINED)];
        for Meaning { word, quality, only_in_names } in self.expand(word, is_last) {
            places.push((fields.name, word.clone(), NAME * quality));
            if !only_in_names {
                places.push((fields.label, word.clone(), LABEL * quality));
                places.push((fields.body, word.clone(), BODY * quality));
            }
            meant.insert(word);
        }
        Part::Words(places)
    }
}

impl Plan {
    /// Plans to look for one thing.
    pub(super) fn of(part: Part) -> Self {
        Self { parts: vec![part], ways: vec![vec![0]] }
    }

    fn push(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.parts.len() - 1
    }
}

impl Fields {
    fn joined(self, words: &[String], meant: &mut HashSet<String>) -> Part {
        let word = words.concat();
        meant.insert(word.clone());
        Part::Words(vec![(self.name, word.clone(), NAME), (self.joined, word, JOINED)])
    }

    fn phrase(self, phrase: &[String]) -> Part {
        let places = [(self.name, NAME), (self.body, BODY)];
        Part::Phrase(places.map(|(field, boost)| (field, phrase.to_vec(), boost)).into())
    }
}
