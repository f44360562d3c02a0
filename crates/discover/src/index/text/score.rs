//! How well models fit the words of a query: BM25 (Robertson and Zaragoza, "The Probabilistic
//! Relevance Framework", 2009) over the whole segment.

use rayon::prelude::*;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::find::Found;
use super::plan::{Part, Plan};
use super::resolved::{PartIn, Resolved, WordIn};
use super::{Shard, TextPlane};
use crate::Result;

/// How soon a word that comes often counts no more, and how much long texts are held against it.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Models that are scored by one thread in one go: a quarter of a millisecond of work.
const TOGETHER: usize = 256;

/// What a model scores that does not match: less than any that does.
const NONE: f32 = f32::NEG_INFINITY;

impl TextPlane {
    /// Scores models, which must rise; one that does not match scores 0.
    ///
    /// # Errors
    /// Where the postings cannot be read.
    pub(in super::super) fn score(&self, found: &Found, docs: &[u32]) -> Result<Vec<f32>> {
        let weights = self.weights(&found.plan, &found.resolved);
        let mut scores = Vec::with_capacity(docs.len());
        let mut rest = docs;
        for (at, shard) in self.shards.iter().enumerate() {
            let next = self.shards.get(at + 1).map_or(u32::MAX, |next| next.first);
            let (here, after) = rest.split_at(rest.partition_point(|doc| *doc < next));
            rest = after;
            let plan = (&found.plan, &found.resolved[at]);
            let some = |docs: &[u32]| {
                let docs: Vec<DocId> = docs.iter().map(|doc| doc - shard.first).collect();
                self.in_shard(shard, plan, &weights, &docs)
            };
            let of_shard = here.par_chunks(TOGETHER).map(some).collect::<Result<Vec<_>>>()?;
            scores.extend(of_shard.into_iter().flatten());
        }
        Ok(scores)
    }

    fn in_shard(
        &self,
        shard: &Shard,
        (plan, resolved): (&Plan, &Resolved),
        weights: &[Vec<f32>],
        docs: &[DocId],
    ) -> Result<Vec<f32>> {
        let part = |(part, weights): (&PartIn, &Vec<f32>)| {
            let mut scores = vec![NONE; docs.len()];
            match part {
                PartIn::Words(all) => all.iter().try_for_each(|word| {
                    let bm25 = self.bm25(word, shard, weights[word.number]);
                    word.score(&bm25, docs, &mut scores)
                })?,
                PartIn::Phrase(phrases) => phrases
                    .iter()
                    .try_for_each(|phrase| phrase.score(self, shard, docs, &mut scores))?,
            }
            Ok(scores)
        };
        let parts: Vec<Vec<f32>> =
            resolved.parts.iter().zip(weights).map(part).collect::<Result<_>>()?;
        let score = |at: usize| {
            let ways = plan.ways.iter().map(|way| way.iter().map(|part| parts[*part][at]).sum());
            ways.fold(NONE, f32::max)
        };
        let or_zero = |score: f32| if score == NONE { 0.0 } else { score };
        Ok((0..docs.len()).map(|at| or_zero(score(at))).collect())
    }

    /// Works out what each word of each part weighs: the more, the rarer it is.
    fn weights(&self, plan: &Plan, resolved: &[Resolved]) -> Vec<Vec<f32>> {
        let weights = |(at, part): (usize, &Part)| {
            let Part::Words(places) = part else { return Vec::new() };
            let mut counts = vec![0_u64; places.len()];
            for shard in resolved {
                if let PartIn::Words(words) = &shard.parts[at] {
                    words.iter().for_each(|word| {
                        counts[word.number] += u64::from(word.info.doc_freq);
                    });
                }
            }
            let weight = |((_, _, boost), count): (&(Field, String, f32), u64)| {
                boost * (K1 + 1.0) * rarity(count, self.averages.docs)
            };
            places.iter().zip(counts).map(weight).collect()
        };
        plan.parts.iter().enumerate().map(weights).collect()
    }

    fn bm25(&self, word: &WordIn, shard: &Shard, weight: f32) -> Bm25 {
        let average = self.averages.words[word.field.field_id() as usize];
        Bm25 { weight, lengths: word.lengths(shard), average }
    }

    pub(super) fn statistics(&self) -> impl Bm25StatisticsProvider {
        Statistics(&self.shards)
    }
}

/// The inverse document frequency of a word that `count` of `docs` models have.
fn rarity(count: u64, docs: u64) -> f32 {
    let (count, docs) = (count as f32, docs as f32);
    (1.0 + (docs - count + 0.5) / (count + 0.5)).ln()
}

/// Scores one word in one field.
struct Bm25 {
    weight: f32,
    lengths: Option<FieldNormReader>,
    /// How many words the field has, on average.
    average: f32,
}

impl Bm25 {
    fn score(&self, doc: DocId, count: u32) -> f32 {
        let length = self.lengths.as_ref().map_or(1.0, |lengths| lengths.fieldnorm(doc) as f32);
        let count = count as f32;
        self.weight * count / (count + K1 * (1.0 - B + B * length / self.average))
    }
}

impl WordIn {
    /// Scores models of a shard, which must rise; those without the word keep what they have.
    fn score(&self, bm25: &Bm25, docs: &[DocId], scores: &mut [f32]) -> Result<()> {
        let mut postings = self.postings()?;
        let mut at = 0;
        while let Some(doc) = docs.get(at) {
            let next = if postings.doc() < *doc { postings.seek(*doc) } else { postings.doc() };
            if next == TERMINATED {
                break;
            }
            if next == *doc {
                scores[at] = scores[at].max(bm25.score(*doc, postings.term_freq()));
                at += 1;
            } else {
                at += docs[at..].partition_point(|doc| *doc < next);
            }
        }
        Ok(())
    }
}

/// What a segment's texts are like.
#[derive(Debug, Default)]
pub(super) struct Averages {
    docs: u64,
    /// How many words a model has in each field.
    words: Vec<f32>,
}

impl Averages {
    /// # Errors
    /// Where a shard cannot be read.
    pub(super) fn of(shards: &[Shard], fields: impl Iterator<Item = Field>) -> Result<Self> {
        let statistics = Statistics(shards);
        let docs = statistics.total_num_docs().map_err(super::shard::words)?;
        let average = |field| {
            let total = statistics.total_num_tokens(field).map_err(super::shard::words)?;
            Ok((total as f32 / docs.max(1) as f32).max(f32::MIN_POSITIVE))
        };
        Ok(Self { docs, words: fields.map(average).collect::<Result<_>>()? })
    }
}

/// Counts over all shards: a word is as rare as it is in all of them.
struct Statistics<'a>(&'a [Shard]);

impl Statistics<'_> {
    fn sum(
        &self,
        count: impl Fn(&tantivy::Searcher) -> tantivy::Result<u64>,
    ) -> tantivy::Result<u64> {
        self.0.iter().map(|shard| count(&shard.searcher)).sum()
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.sum(|searcher| searcher.total_num_tokens(field))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.sum(Bm25StatisticsProvider::total_num_docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.sum(|searcher| searcher.doc_freq(term))
    }
}
