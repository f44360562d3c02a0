//! Encoders: BERT, RoBERTa, DistilBERT, MPNet and what is built like them.
//!
//! Texts of different lengths run packed, so that no work is spent on padding.

pub(crate) mod batch;
mod blocks;
mod body;
mod fill;
mod heads;
pub mod names;
mod pooling;
pub(crate) mod relative;
mod shape;

use std::path::Path;

use crate::config::ConfigFile;
use crate::facts::{self, ModelFacts};
use crate::registry::Head as HeadKind;
use crate::tokenizer::TextTokenizer;
use crate::weights::WeightFiles;
use crate::{Error, Result};
use batch::Packed;
use body::Body;
use heads::{ClassificationHead, MaskedLmHead};

pub(crate) use blocks::{activate, activate_grad};
pub use fill::MaskCandidate;
pub use heads::{OWN_HEAD_FIELD, OwnHead, OwnKind, OwnPooling};
pub use pooling::{EmbeddingRecipe, Pooling};
pub use shape::{Activation, Dialect, EncoderShape};

/// Tokens that run at once. At 1,024 the products are near their full speed, and what a block
/// of a base model computes stays within a few dozen megabytes.
const TOKENS_MAX: usize = 1024;

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
}

#[derive(Debug)]
enum Head {
    None,
    Classification(ClassificationHead),
    MaskedLm(MaskedLmHead),
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
        let config = ConfigFile::read(dir)?;
        let shape = EncoderShape::read(&config)?;
        let files = WeightFiles::open(dir)?;
        let facts = facts::from_config(dir, &config, files.headers())?;
        let body = Body::load(&files, &shape)?;
        let head = match facts::head_present(config.architecture()?, files.headers()) {
            HeadKind::Classification => Head::Classification(ClassificationHead::load(
                &files,
                &config,
                &shape,
                facts.labels.len(),
            )?),
            HeadKind::MaskedLm => {
                Head::MaskedLm(MaskedLmHead::load(&files, &config, &shape, body.words())?)
            }
            HeadKind::Body | HeadKind::CausalLm => Head::None,
        };
        let recipe = EmbeddingRecipe::read(dir)?;
        let tokenizer = TextTokenizer::load(dir, shape.context_max)?;
        let embedding_tokens_max = recipe.tokens_max.unwrap_or(usize::MAX).min(shape.context_max);
        let mut embedding_tokenizer = tokenizer.clone();
        embedding_tokenizer.truncate(embedding_tokens_max)?;
        Ok(Self { facts, tokenizer, recipe, embedding_tokenizer, shape, body, head })
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
        Ok(self.embed_sequences(&self.tokenize(&self.embedding_tokenizer, &texts)?))
    }

    /// Computes one vector for each sequence of tokens, taken as they are.
    pub fn embed_tokens(&self, sequences: &[Vec<u32>]) -> Result<Embeddings> {
        self.check(sequences)?;
        let tokens_max = self.shape.context_max;
        match sequences.iter().map(Vec::len).find(|tokens| *tokens > tokens_max) {
            Some(tokens) => Err(Error::Context { tokens, tokens_max }),
            None => Ok(self.embed_sequences(sequences)),
        }
    }

    fn embed_sequences(&self, sequences: &[Vec<u32>]) -> Embeddings {
        let embed_one = |hidden: &[f32]| {
            let mut vector = self.recipe.pooling.apply(hidden, self.shape.hidden);
            if self.recipe.normalize {
                pooling::normalize(&mut vector);
            }
            vector
        };
        let tokens = sequences.iter().map(Vec::len).sum();
        Embeddings { vectors: self.run(sequences, embed_one), tokens }
    }

    /// Computes the probability of each class for each text.
    pub fn classify(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let Head::Classification(head) = &self.head else {
            return Err(self.lacks("a classification head", "fine-tune it for text classification"));
        };
        let sequences = self.tokenize(&self.tokenizer, texts)?;
        let classify_one =
            |hidden: &[f32]| head.probabilities(&head.pooling.apply(hidden, self.shape.hidden));
        Ok(self.run(&sequences, classify_one))
    }

    /// Scores how well each text answers a query, from 0 to 1: read together by a head with one
    /// label.
    pub fn score_pairs(&self, query: &str, texts: &[&str]) -> Result<Scores> {
        let Head::Classification(head) = &self.head else {
            return Err(self.lacks("a classification head", "rank by embeddings instead"));
        };
        if self.facts.labels.len() != 1 {
            let labels = self.facts.labels.len();
            let what = format!("a model with {labels} labels does not rank");
            return Err(Error::unsupported(what, "choose a cross-encoder, or rank by embeddings"));
        }
        let pairs: Vec<(&str, &str)> = texts.iter().map(|text| (query, *text)).collect();
        let (sequences, second) = self.tokenizer.encode_pairs(pairs)?;
        self.check(&sequences)?;
        let pack = |group: &[usize]| {
            let mut packed = Packed::new(group.iter().map(|&number| sequences[number].as_slice()));
            packed.second = group.iter().flat_map(|&number| second[number].clone()).collect();
            packed
        };
        let score_one =
            |hidden: &[f32]| head.probabilities(&head.pooling.apply(hidden, self.shape.hidden))[0];
        let tokens = sequences.iter().map(Vec::len).sum();
        Ok(Scores { scores: self.run_packed(&sequences, pack, score_one), tokens })
    }

    /// Tokenizes texts and checks that the model knows every token.
    fn tokenize(&self, tokenizer: &TextTokenizer, texts: &[&str]) -> Result<Vec<Vec<u32>>> {
        let sequences = tokenizer.encode_batch(texts)?;
        self.check(&sequences)?;
        Ok(sequences)
    }

    /// Checks that no sequence is empty and that the model knows every token.
    fn check(&self, sequences: &[Vec<u32>]) -> Result<()> {
        for (number, tokens) in sequences.iter().enumerate() {
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

    /// Runs sequences through the body and hands each one's hidden states to `finish`; results
    /// are in the order of the sequences.
    fn run<T: Default + Clone>(
        &self,
        sequences: &[Vec<u32>],
        finish: impl Fn(&[f32]) -> T,
    ) -> Vec<T> {
        let pack =
            |group: &[usize]| Packed::new(group.iter().map(|&number| sequences[number].as_slice()));
        self.run_packed(sequences, pack, finish)
    }

    fn run_packed<T: Default + Clone>(
        &self,
        sequences: &[Vec<u32>],
        pack: impl Fn(&[usize]) -> Packed,
        finish: impl Fn(&[f32]) -> T,
    ) -> Vec<T> {
        let lengths: Vec<usize> = sequences.iter().map(Vec::len).collect();
        let mut results = vec![T::default(); sequences.len()];
        for group in batch::groups(&lengths, TOKENS_MAX) {
            let packed = pack(&group);
            let hidden = self.body.forward(&packed);
            for (rows, number) in packed.ranges().zip(group) {
                let width = self.shape.hidden;
                results[number] = finish(&hidden[rows.start * width..rows.end * width]);
            }
        }
        results
    }

    fn lacks(&self, what: &str, hint: &str) -> Error {
        Error::unsupported(format!("`{}` does not have {what}", self.facts.architecture), hint)
    }
}
