//! Encoders: BERT, RoBERTa, DistilBERT, MPNet and what is built like them.
//!
//! Texts of different lengths run packed, so that no work is spent on padding.

mod answers;
pub(crate) mod batch;
mod batcher;
mod blocks;
mod body;
mod entities;
mod fill;
mod heads;
pub mod names;
mod pooling;
pub(crate) mod relative;
mod shape;
mod verdict;
mod zero_shot;

use std::path::Path;

use crate::config::ConfigFile;
use crate::facts::{self, ModelFacts};
use crate::registry::Head as HeadKind;
use crate::tokenizer::{PairTokenizer, TextTokenizer};
use crate::weights::{Quantize, WeightFiles};
use crate::{Error, Result};
use batch::{Packed, Sequence};
use batcher::Batcher;
use blocks::Linear;
use body::Body;
use heads::{ClassificationHead, MaskedLmHead};

pub use answers::{Answer, AnswerOptions, Asked};
pub(crate) use blocks::{activate, activate_grad};
pub use entities::{Aggregation, Entity};
pub use fill::MaskCandidate;
pub use heads::{OWN_HEAD_FIELD, OwnHead, OwnKind, OwnPooling};
pub use pooling::{EmbeddingRecipe, Pooling};
pub use shape::{Activation, Dialect, EncoderShape};
pub use verdict::Choice;
pub(crate) use verdict::{Verdict, choices};
pub(crate) use zero_shot::can_sort;
pub use zero_shot::{Candidates, Sorted, ZeroShotOptions};

/// Tokens that run at once. At 1,024 the products are near their full speed, and what a block
/// of a base model computes stays within a few dozen megabytes.
const TOKENS_MAX: usize = 1024;
/// Pairs that one request may ask about: 4,096 texts, as many as a request has, with four labels.
const SEQUENCES_MAX: usize = 16_384;

/// An encoder with its tokenizer, ready to run.
#[derive(Debug)]
pub struct Encoder {
    facts: ModelFacts,
    tokenizer: TextTokenizer,
    recipe: EmbeddingRecipe,
    embedding_tokenizer: TextTokenizer,
    shape: EncoderShape,
    body: Body,
    head: Head,
    batcher: Batcher,
}

#[derive(Debug)]
enum Head {
    None,
    /// With a tokenizer where texts are sorted by labels that the model was not taught.
    Classification(ClassificationHead, Option<Box<PairTokenizer>>),
    MaskedLm(MaskedLmHead),
    /// A label for each token.
    Tokens(Linear),
    /// The ends of an answer.
    Spans(Linear, Box<PairTokenizer>),
}

/// Embeddings of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// One vector for each text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// How many tokens the texts had together.
    pub tokens: usize,
}

/// Scores of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One score for each text, in the order of the texts.
    pub scores: Vec<f32>,
    /// How many tokens were read.
    pub tokens: usize,
}

impl Encoder {
    /// Loads a model from its folder; the weights stay on disk and are mapped.
    pub fn load(dir: &Path) -> Result<Self> {
        Self::load_quantized(dir, None)
    }

    /// Loads a model and rounds the matrices of its blocks on the way, and the words where they
    /// fill gaps; heads and tables stay as they are.
    pub fn load_quantized(dir: &Path, quantize: Option<Quantize>) -> Result<Self> {
        let config = ConfigFile::read(dir)?;
        let shape = EncoderShape::read(&config)?;
        let files = WeightFiles::open(dir)?;
        let facts = facts::from_config(dir, &config, files.headers())?;
        let body = Body::load(&files, &shape, quantize)?;
        let tokenizer = TextTokenizer::load(dir, shape.context_max)?;
        let kind = facts::head_present(config.architecture()?, files.headers());
        let pairs = || PairTokenizer::of(&tokenizer).map(Box::new);
        let head = match kind {
            HeadKind::Classification => {
                let labels = &facts.labels;
                let head = ClassificationHead::load(&files, &config, &shape, labels.len())?;
                let sorts = can_sort(labels);
                Head::Classification(head, sorts.then(pairs).transpose()?)
            }
            HeadKind::MaskedLm => {
                let head = MaskedLmHead::load(&files, &config, &shape, body.words())?;
                Head::MaskedLm(head.rounded(quantize))
            }
            HeadKind::TokenClassification => {
                Head::Tokens(heads::token_head(&files, facts.labels.len(), shape.hidden)?)
            }
            HeadKind::QuestionAnswering => {
                Head::Spans(heads::span_head(&files, shape.hidden)?, pairs()?)
            }
            HeadKind::Body | HeadKind::CausalLm => Head::None,
        };
        let recipe = EmbeddingRecipe::read(dir)?;
        let embedding_tokens_max = recipe.tokens_max.unwrap_or(usize::MAX).min(shape.context_max);
        let mut embedding_tokenizer = tokenizer.clone();
        embedding_tokenizer.truncate(embedding_tokens_max)?;
        let batcher = Batcher::new(TOKENS_MAX);
        Ok(Self { facts, tokenizer, recipe, embedding_tokenizer, shape, body, head, batcher })
    }

    /// Returns what is known of the model.
    pub fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    /// Returns the classes, in the order of their numbers; none without a classification head.
    pub fn labels(&self) -> &[String] {
        &self.facts.labels
    }

    /// Computes one vector for each text.
    pub fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
        let prepared: Vec<String> = texts.iter().map(|text| self.recipe.prepare(text)).collect();
        let texts: Vec<&str> = prepared.iter().map(String::as_str).collect();
        self.embed_sequences(self.tokenize(&self.embedding_tokenizer, &texts)?)
    }

    /// Computes one vector for each sequence of tokens, taken as they are.
    pub fn embed_tokens(&self, sequences: &[Vec<u32>]) -> Result<Embeddings> {
        let sequences: Vec<_> = sequences.iter().cloned().map(Sequence::of).collect();
        self.check(&sequences)?;
        let tokens_max = self.shape.context_max;
        match sequences.iter().map(|one| one.tokens.len()).find(|tokens| *tokens > tokens_max) {
            Some(tokens) => Err(Error::Context { tokens, tokens_max }),
            None => self.embed_sequences(sequences),
        }
    }

    fn embed_sequences(&self, sequences: Vec<Sequence>) -> Result<Embeddings> {
        let tokens = sequences.iter().map(|one| one.tokens.len()).sum();
        let vectors = self.run(sequences, |_, hidden| {
            let mut vector = self.recipe.pooling.apply(hidden, self.shape.hidden);
            if self.recipe.normalize {
                pooling::normalize(&mut vector);
            }
            vector
        })?;
        Ok(Embeddings { vectors, tokens })
    }

    /// Computes the probability of each class for each text.
    pub fn classify(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let Head::Classification(head, _) = &self.head else {
            return Err(self.lacks("a classification head", "fine-tune it for text classification"));
        };
        let sequences = self.tokenize(&self.tokenizer, texts)?;
        let width = self.shape.hidden;
        self.run(sequences, |_, hidden| head.probabilities(&head.pooling.apply(hidden, width)))
    }

    /// Scores how well each text answers a query, from 0 to 1: read together by a head with one
    /// label.
    pub fn score_pairs(&self, query: &str, texts: &[&str]) -> Result<Scores> {
        let Head::Classification(head, _) = &self.head else {
            return Err(self.lacks("a classification head", "rank by embeddings instead"));
        };
        if self.facts.labels.len() != 1 {
            let labels = self.facts.labels.len();
            let what = format!("a model with {labels} labels does not rank");
            return Err(Error::unsupported(what, "choose a cross-encoder, or rank by embeddings"));
        }
        let pairs: Vec<(&str, &str)> = texts.iter().map(|text| (query, *text)).collect();
        let sequences = self.tokenizer.encode_pairs(pairs)?;
        self.check(&sequences)?;
        let tokens = sequences.iter().map(|one| one.tokens.len()).sum();
        let width = self.shape.hidden;
        let score = |_, hidden: &[f32]| {
            let probabilities = head.probabilities(&head.pooling.apply(hidden, width));
            probabilities.first().copied().unwrap_or_default()
        };
        Ok(Scores { scores: self.run(sequences, score)?, tokens })
    }

    /// Tokenizes texts and checks that the model knows every token.
    fn tokenize(&self, tokenizer: &TextTokenizer, texts: &[&str]) -> Result<Vec<Sequence>> {
        let sequences: Vec<_> =
            tokenizer.encode_batch(texts)?.into_iter().map(Sequence::of).collect();
        self.check(&sequences)?;
        Ok(sequences)
    }

    /// Checks that no sequence is empty and that the model knows every token.
    fn check(&self, sequences: &[Sequence]) -> Result<()> {
        for (number, Sequence { tokens, .. }) in sequences.iter().enumerate() {
            if tokens.is_empty() {
                return Err(Error::input(format!("text {} has no tokens", number + 1)));
            }
            let unknown = tokens.iter().find(|token| **token as usize >= self.shape.vocabulary);
            if let Some(token) = unknown {
                let known = self.shape.vocabulary;
                let why = format!("the tokenizer gives token {token}, the model knows {known}");
                return Err(Error::input(why));
            }
        }
        Ok(())
    }

    /// Runs sequences through the body, beside those of other requests, and hands each one's
    /// number and hidden states to `finish`; results are in the order of the sequences.
    fn run<T: Default + Clone>(
        &self,
        sequences: Vec<Sequence>,
        finish: impl Fn(usize, &[f32]) -> T,
    ) -> Result<Vec<T>> {
        let mut results = vec![T::default(); sequences.len()];
        let forward = |pass: &[Sequence]| self.body.forward(&Packed::of(pass));
        self.batcher.run(sequences, self.shape.hidden, forward, |number, hidden| {
            results[number] = finish(number, hidden);
        })?;
        Ok(results)
    }

    fn lacks(&self, what: &str, hint: &str) -> Error {
        Error::unsupported(format!("`{}` does not have {what}", self.facts.architecture), hint)
    }
}
