//! Finds the models that have the words of a query.

use std::collections::HashSet;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::plan::Plan;
use super::resolved::{PartIn, Resolved};
use super::words::Wanted;
use super::{Shard, TextPlane};
use crate::Result;

/// What was found.
pub(in super::super) struct Found {
    /// The models.
    pub(in super::super) docs: RoaringBitmap,
    /// The query, folded to letters and digits.
    pub(in super::super) whole: String,
    /// Every word that stands for one of the query.
    pub(in super::super) words: HashSet<String>,
    pub(super) plan: Plan,
    /// The plan in each shard.
    pub(super) resolved: Vec<Resolved>,
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
        let plan = self.plan(&wanted, &mut meant);
        let (resolved, docs) = self.matching(&plan)?;
        Ok(Some(Found { docs, whole: wanted.whole, words: meant, plan, resolved }))
    }

    /// Returns the models whose name has a word that is spelled like one of `name`.
    pub(in super::super) fn sharing(&self, name: &str) -> RoaringBitmap {
        let mut sharing = RoaringBitmap::new();
        for word in super::words::split(name).take(super::words::QUERY_WORDS_MAX) {
            let plan = Plan::of(self.word(&word, true, &mut HashSet::new()));
            sharing |= self.matching(&plan).map(|(_, docs)| docs).unwrap_or_default();
        }
        sharing
    }

    /// Looks for the plan in every shard.
    fn matching(&self, plan: &Plan) -> Result<(Vec<Resolved>, RoaringBitmap)> {
        let in_shard = |shard: &Shard| {
            let resolved = Resolved::new(plan, shard)?;
            let bits = resolved.matching(plan, shard)?;
            Ok((resolved, bits))
        };
        let of_shards: Vec<(Resolved, Bits)> = match self.shards.as_slice() {
            [shard] => vec![in_shard(shard)?],
            shards => shards.par_iter().map(in_shard).collect::<Result<_>>()?,
        };
        let mut docs = RoaringBitmap::new();
        let mut resolved = Vec::with_capacity(of_shards.len());
        for (shard, (of_shard, bits)) in self.shards.iter().zip(of_shards) {
            docs |= bits.above(shard.first);
            resolved.push(of_shard);
        }
        Ok((resolved, docs))
    }
}

impl Resolved {
    /// Returns the models of a shard that match.
    fn matching(&self, plan: &Plan, shard: &Shard) -> Result<Bits> {
        let docs = shard.docs();
        let parts = self.parts.iter().map(|part| part.matching(shard));
        let parts: Vec<Bits> = parts.collect::<Result<_>>()?;
        let mut all = Bits::none(docs);
        for way in &plan.ways {
            if let Some((first, rest)) = way.split_first() {
                let mut both = parts[*first].clone();
                rest.iter().for_each(|part| both.keep(&parts[*part]));
                all.add(&both);
            }
        }
        Ok(all)
    }
}

impl PartIn {
    fn matching(&self, shard: &Shard) -> Result<Bits> {
        let mut bits = Bits::none(shard.docs());
        match self {
            Self::Words(words) => {
                words.iter().try_for_each(|word| word.docs(|docs| bits.set(docs)))?;
            }
            Self::Phrase(phrases) => {
                phrases.iter().try_for_each(|one| one.docs(shard, |docs| bits.set(docs)))?;
            }
        }
        Ok(bits)
    }
}

/// Models of a shard, one bit each.
#[derive(Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn none(docs: usize) -> Self {
        Self(vec![0; docs.div_ceil(64)])
    }

    fn set(&mut self, docs: &[u32]) {
        docs.iter().for_each(|doc| self.0[*doc as usize / 64] |= 1 << (doc % 64));
    }

    fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(bits, other)| *bits &= other);
    }

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(bits, other)| *bits |= other);
    }

    /// Returns the models, numbered from `first`.
    fn above(mut self, first: u32) -> RoaringBitmap {
        self.0.iter_mut().for_each(|bits| *bits = bits.to_le());
        RoaringBitmap::from_lsb0_bytes(first, bytemuck::cast_slice(&self.0))
    }
}
