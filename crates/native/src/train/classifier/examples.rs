//! Examples as tokens, and the order in which they are seen.
//!
//! Texts run packed, one after the other without padding, so that batches need not be of one
//! length to waste nothing: they stay as random as they are drawn.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Example;
use crate::tokenizer::TextTokenizer;
use crate::{Error, Result};

/// Texts that are turned into tokens at once, which bounds what the tokenizer holds beside them.
const TOKENIZED: usize = 4096;

/// Examples as tokens.
#[derive(Clone, Debug, Hash)]
pub(super) struct Examples {
    labels: usize,
    all: Vec<Tokenized>,
}

/// One example.
#[derive(Clone, Debug, Hash)]
pub(super) struct Tokenized {
    pub(super) tokens: Vec<u32>,
    pub(super) label: u32,
}

impl Examples {
    /// Turns examples into tokens; `labels` and `vocabulary` bound their numbers.
    pub(super) fn new(
        examples: &[Example],
        tokenizer: &TextTokenizer,
        labels: usize,
        vocabulary: usize,
    ) -> Result<Self> {
        let mut all = Vec::with_capacity(examples.len());
        for part in examples.chunks(TOKENIZED) {
            let texts: Vec<&str> = part.iter().map(|example| example.text.as_str()).collect();
            for (example, tokens) in part.iter().zip(tokenizer.encode_batch(&texts)?) {
                let label = example.label as u32;
                let one = Tokenized { tokens, label };
                one.check(all.len() + 1, vocabulary)?;
                all.push(one);
            }
        }
        Ok(Self { labels, all })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn labels(&self) -> usize {
        self.labels
    }

    pub(super) fn get(&self, number: usize) -> &Tokenized {
        &self.all[number]
    }

    /// Returns the lengths of all texts in tokens.
    pub(super) fn lengths(&self) -> Vec<usize> {
        self.all.iter().map(|example| example.tokens.len()).collect()
    }

    /// Returns the longest text's length in tokens.
    pub(super) fn longest(&self) -> usize {
        self.lengths().into_iter().max().unwrap_or(0)
    }

    /// Tells for each token of the vocabulary whether a text has it.
    pub(super) fn used(&self, vocabulary: usize) -> Vec<bool> {
        let mut used = vec![false; vocabulary];
        let tokens = self.all.iter().flat_map(|example| &example.tokens);
        tokens.for_each(|token| used[*token as usize] = true);
        used
    }

    /// Returns the order of one epoch, which depends on nothing but the seed and its number.
    pub(super) fn order(&self, seed: u64, epoch: u32) -> Vec<usize> {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        chance.set_stream(u64::from(epoch) + 1);
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.shuffle(&mut chance);
        order
    }
}

impl Tokenized {
    fn check(&self, number: usize, vocabulary: usize) -> Result<()> {
        if self.tokens.is_empty() {
            return Err(Error::input(format!("the text of example {number} has no tokens")));
        }
        match self.tokens.iter().find(|token| **token as usize >= vocabulary) {
            None => Ok(()),
            Some(token) => Err(Error::input(format!(
                "the tokenizer gives token {token} in example {number}, the model knows \
                 {vocabulary}"
            ))),
        }
    }
}

/// Refuses labels and examples that nothing can be learned from.
pub(super) fn check(labels: &[String], train: &[Example], validation: &[Example]) -> Result<()> {
    if labels.len() < 2 {
        let why = format!("a classifier needs at least two labels, there is {}", labels.len());
        return Err(Error::input(why.replace("is 0", "is none")));
    }
    let mut seen = HashSet::new();
    if let Some(label) = labels.iter().find(|label| !seen.insert(*label)) {
        return Err(Error::input(format!("label `{label}` is there twice")));
    }
    if train.is_empty() {
        return Err(Error::input("there are no examples to learn from"));
    }
    for (what, examples) in [("training", train), ("validation", validation)] {
        let wrong = examples.iter().enumerate().find(|(_, one)| one.label >= labels.len());
        if let Some((index, one)) = wrong {
            return Err(Error::input(format!(
                "{what} example {} has label number {}; there are {} labels, counted from 0",
                index + 1,
                one.label,
                labels.len()
            )));
        }
    }
    Ok(())
}
