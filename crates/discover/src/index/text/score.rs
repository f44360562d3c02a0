//! How well models fit the words of a query.

use tantivy::query::{Bm25StatisticsProvider, EnableScoring};
use tantivy::schema::Field;
use tantivy::{DocSet, TERMINATED, Term};

use super::find::Found;
use super::shard::words;
use super::{Shard, TextPlane};
use crate::Result;

impl TextPlane {
    /// Scores models, which must rise and match, by BM25 (Robertson and Zaragoza, "The
    /// Probabilistic Relevance Framework", 2009) over the whole segment.
    ///
    /// # Errors
    /// Where the postings cannot be read.
    pub(in super::super) fn score(&self, found: &Found, docs: &[u32]) -> Result<Vec<f32>> {
        let Some(first) = self.shards.first() else { return Ok(Vec::new()) };
        let scoring = EnableScoring::Enabled {
            searcher: &first.searcher,
            statistics_provider: &Statistics(&self.shards),
        };
        let weight = found.query.weight(scoring).map_err(words)?;
        let mut scores = Vec::with_capacity(docs.len());
        let mut rest = docs;
        for (at, shard) in self.shards.iter().enumerate() {
            let next = self.shards.get(at + 1).map_or(u32::MAX, |next| next.first);
            let (here, after) = rest.split_at(rest.partition_point(|doc| *doc < next));
            rest = after;
            let (Some(segment), false) = (shard.segment(), here.is_empty()) else { continue };
            let mut scorer = weight.scorer(segment, 1.0).map_err(words)?;
            for doc in here.iter().map(|doc| doc - shard.first) {
                if scorer.doc() < doc {
                    scorer.seek(doc);
                }
                let hit = scorer.doc() == doc && doc != TERMINATED;
                scores.push(if hit { scorer.score() } else { 0.0 });
            }
        }
        Ok(scores)
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
