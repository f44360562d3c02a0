//! Finds the models that have the words of a query.

use std::collections::HashSet;

use rayon::prelude::*;
use roaring::RoaringBitmap;
use tantivy::query::{
    BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, PhraseQuery, Query, TermQuery,
    Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Term};

use super::expand::Meaning;
use super::shard::words;
use super::words::Wanted;
use super::{Shard, TextPlane};
use crate::Result;

/// How much a word counts by where it stands.
const NAME: f32 = 3.0;
const LABEL: f32 = 1.5;
const BODY: f32 = 1.0;
const JOINED: f32 = 2.5;

/// Words of a query of which neighbors are also looked for put together.
const JOINED_WORDS_MAX: usize = 4;

/// What was found.
pub(in super::super) struct Found {
    /// The models.
    pub(in super::super) docs: RoaringBitmap,
    /// The query, folded to letters and digits.
    pub(in super::super) whole: String,
    /// Every word that stands for one of the query.
    pub(in super::super) words: HashSet<String>,
    pub(super) query: Box<dyn Query>,
}

impl TextPlane {
    /// Finds the models that have every word and phrase of `text`; `None` where there is nothing
    /// to find.
    ///
    /// # Errors
    /// Where the postings cannot be read.
    pub(in super::super) fn find(&self, text: &str) -> Result<Option<Found>> {
        let Some(wanted) = Wanted::read(text) else { return Ok(None) };
        let mut meant = HashSet::new();
        let query = self.query(&wanted, &mut meant);
        let weight = query.weight(EnableScoring::disabled_from_schema(&self.schema));
        let weight = weight.map_err(words)?;
        let in_shard = |shard: &Shard| docs(shard, weight.as_ref());
        let of_shards: Vec<Vec<u32>> = match self.shards.as_slice() {
            [shard] => vec![in_shard(shard)?],
            shards => shards.par_iter().map(in_shard).collect::<Result<_>>()?,
        };
        // Shards rise, and so do the models in each.
        let docs = of_shards.into_iter().flatten().collect();
        Ok(Some(Found { docs, whole: wanted.whole, words: meant, query }))
    }

    /// Returns the models whose name has a word that is spelled like one of `name`.
    pub(in super::super) fn sharing(&self, name: &str) -> RoaringBitmap {
        let mut sharing = RoaringBitmap::new();
        for word in super::words::split(name).take(super::words::QUERY_WORDS_MAX) {
            let query = self.word(&word, true, &mut HashSet::new());
            let weight = query.weight(EnableScoring::disabled_from_schema(&self.schema));
            for shard in &self.shards {
                let found =
                    weight.as_ref().ok().and_then(|weight| docs(shard, weight.as_ref()).ok());
                sharing.extend(found.into_iter().flatten());
            }
        }
        sharing
    }

    /// Writes the query: all words, or all words with some neighbors put together.
    fn query(&self, wanted: &Wanted, meant: &mut HashSet<String>) -> Box<dyn Query> {
        let last = wanted.words.len().saturating_sub(1);
        let each = wanted.words.iter().enumerate();
        let each: Vec<Box<dyn Query>> =
            each.map(|(at, word)| self.word(word, at == last, meant)).collect();
        let phrases: Vec<Box<dyn Query>> = wanted
            .phrases
            .iter()
            .map(|phrase| {
                meant.extend(phrase.iter().cloned());
                self.phrase(phrase)
            })
            .collect();
        let mut ways = vec![every(each.iter().chain(&phrases).map(Box::as_ref))];
        if (2..=JOINED_WORDS_MAX).contains(&wanted.words.len()) {
            for at in 0..last {
                let pair = self.joined(&wanted.words[at..=at + 1], meant);
                let before = each[..at].iter().map(Box::as_ref);
                let after = each[at + 2..].iter().map(Box::as_ref);
                let rest = before.chain(after).chain(phrases.iter().map(Box::as_ref));
                ways.push(every(rest.chain([pair.as_ref()])));
            }
            if last > 1 && phrases.is_empty() {
                ways.push(self.joined(&wanted.words, meant));
            }
        }
        any(ways)
    }

    fn word(&self, word: &str, is_last: bool, meant: &mut HashSet<String>) -> Box<dyn Query> {
        let fields = self.fields;
        let mut ways: Vec<Box<dyn Query>> = vec![term(fields.joined, word, JOINED)];
        for Meaning { word, quality, only_in_names } in self.expand(word, is_last) {
            ways.push(term(fields.name, &word, NAME * quality));
            if !only_in_names {
                ways.push(term(fields.label, &word, LABEL * quality));
                ways.push(term(fields.body, &word, BODY * quality));
            }
            meant.insert(word);
        }
        any(ways)
    }

    fn joined(&self, words: &[String], meant: &mut HashSet<String>) -> Box<dyn Query> {
        let word = words.concat();
        let ways =
            vec![term(self.fields.name, &word, NAME), term(self.fields.joined, &word, JOINED)];
        meant.insert(word);
        any(ways)
    }

    fn phrase(&self, phrase: &[String]) -> Box<dyn Query> {
        let in_field = |field: Field, boost: f32| -> Box<dyn Query> {
            let terms = phrase.iter().map(|word| Term::from_field_text(field, word)).collect();
            Box::new(BoostQuery::new(Box::new(PhraseQuery::new(terms)), boost))
        };
        any(vec![in_field(self.fields.name, NAME), in_field(self.fields.body, BODY)])
    }
}

fn term(field: Field, word: &str, boost: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(query), boost))
}

/// Of several ways to match, the best one counts.
fn any(mut ways: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match (ways.len(), ways.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            ways.extend(last);
            Box::new(DisjunctionMaxQuery::new(ways))
        }
    }
}

fn every<'a>(queries: impl Iterator<Item = &'a dyn Query>) -> Box<dyn Query> {
    Box::new(BooleanQuery::intersection(queries.map(<dyn Query>::box_clone).collect()))
}

/// Returns the models of a shard that match, rising.
fn docs(shard: &Shard, weight: &dyn Weight) -> Result<Vec<u32>> {
    let mut docs = Vec::new();
    if let Some(segment) = shard.segment() {
        let mut take = |found: &[DocId]| docs.extend(found.iter().map(|doc| doc + shard.first));
        weight.for_each_no_score(segment, &mut take).map_err(words)?;
    }
    Ok(docs)
}
