//! A plan in one shard: where the postings of its words lie.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::query::{EnableScoring, PhraseQuery, Query};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, TERMINATED, Term};

use super::plan::{Part, Plan};
use super::shard::words;
use super::{Shard, TextPlane};
use crate::Result;

/// The parts of a plan.
pub(super) struct Resolved {
    pub(super) parts: Vec<PartIn>,
}

/// A part: those of its words that the shard has, or its phrases.
pub(super) enum PartIn {
    Words(Vec<WordIn>),
    Phrase(Vec<PhraseIn>),
}

/// A word in a field.
pub(super) struct WordIn {
    pub(super) field: Field,
    /// Which of the words of the part it is.
    pub(super) number: usize,
    pub(super) info: TermInfo,
    index: Arc<InvertedIndexReader>,
}

/// A phrase in a field.
pub(super) struct PhraseIn {
    pub(super) boost: f32,
    pub(super) terms: Vec<Term>,
}

impl Resolved {
    /// Looks the words of a plan up.
    ///
    /// # Errors
    /// Where the postings cannot be read.
    pub(super) fn new(plan: &Plan, shard: &Shard) -> Result<Self> {
        let part = |part: &Part| match part {
            Part::Words(places) => {
                let words = places.iter().enumerate().filter_map(|(number, (field, word, _))| {
                    WordIn::find(shard, *field, number, word).transpose()
                });
                Ok(PartIn::Words(words.collect::<Result<_>>()?))
            }
            Part::Phrase(places) => {
                let phrase = |(field, phrase, boost): &(Field, Vec<String>, f32)| {
                    let terms = phrase.iter().map(|word| Term::from_field_text(*field, word));
                    PhraseIn { boost: *boost, terms: terms.collect() }
                };
                Ok(PartIn::Phrase(places.iter().map(phrase).collect()))
            }
        };
        Ok(Self { parts: plan.parts.iter().map(part).collect::<Result<_>>()? })
    }
}

impl WordIn {
    fn find(shard: &Shard, field: Field, number: usize, word: &str) -> Result<Option<Self>> {
        let Some(segment) = shard.segment() else { return Ok(None) };
        let index = segment.inverted_index(field).map_err(words)?;
        let info = index.get_term_info(&Term::from_field_text(field, word)).map_err(words)?;
        Ok(info.map(|info| Self { field, number, info, index }))
    }

    /// Hands out the models that have the word, a block at a time.
    pub(super) fn docs(&self, mut take: impl FnMut(&[DocId])) -> Result<()> {
        let option = IndexRecordOption::Basic;
        let blocks = self.index.read_block_postings_from_terminfo(&self.info, option);
        let mut blocks = blocks.map_err(words)?;
        while !blocks.docs().is_empty() {
            take(blocks.docs());
            blocks.advance();
        }
        Ok(())
    }

    /// Returns the models that have the word, with how often each has it.
    pub(super) fn postings(&self) -> Result<SegmentPostings> {
        let option = IndexRecordOption::WithFreqs;
        self.index.read_postings_from_terminfo(&self.info, option).map_err(words)
    }

    /// Returns how long the field is in each model; `None` where that does not count.
    pub(super) fn lengths(&self, shard: &Shard) -> Option<FieldNormReader> {
        shard.segment()?.get_fieldnorms_reader(self.field).ok()
    }
}

impl PhraseIn {
    /// Hands out the models that have the phrase, a block at a time.
    pub(super) fn docs(&self, shard: &Shard, mut take: impl FnMut(&[DocId])) -> Result<()> {
        let Some(segment) = shard.segment() else { return Ok(()) };
        let query = PhraseQuery::new(self.terms.clone());
        let weight = query.weight(EnableScoring::disabled_from_searcher(&shard.searcher));
        weight.and_then(|weight| weight.for_each_no_score(segment, &mut take)).map_err(words)
    }

    /// Scores models of a shard, which must rise; those without the phrase keep what they have.
    pub(super) fn score(
        &self,
        plane: &TextPlane,
        shard: &Shard,
        docs: &[DocId],
        scores: &mut [f32],
    ) -> Result<()> {
        let Some(segment) = shard.segment() else { return Ok(()) };
        let query = PhraseQuery::new(self.terms.clone());
        let scoring = EnableScoring::Enabled {
            searcher: &shard.searcher,
            statistics_provider: &plane.statistics(),
        };
        let weight = query.weight(scoring).map_err(words)?;
        let mut scorer = weight.scorer(segment, self.boost).map_err(words)?;
        for (doc, score) in docs.iter().zip(scores) {
            if scorer.doc() < *doc {
                scorer.seek(*doc);
            }
            if scorer.doc() == *doc && *doc != TERMINATED {
                *score = score.max(scorer.score());
            }
        }
        Ok(())
    }
}
