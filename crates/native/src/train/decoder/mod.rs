//! Trains a small decoder from nothing, on texts or conversations.
//!
//! Made for models that fit a test or a demonstration: every number is trained, in f32, and a
//! run that is cut off starts again.

mod fit;
mod folder;
mod learner;
mod model;
mod parameters;
mod sequences;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::config::ConfigFile;
use crate::decoder::DecoderShape;
use crate::generate::ChatMessage;
use crate::generate::chat::ChatTemplate;
use crate::tokenizer::TextTokenizer;
use crate::train::observer::Observer;
use crate::{Error, Result};
use folder::Folder;
use sequences::Sequence;

/// The sizes of a new decoder, and what its tokenizer and chats need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecoderConfig {
    /// The width of the hidden states.
    pub hidden: usize,
    /// How many blocks it has.
    pub layers: usize,
    /// How many heads ask; they divide `hidden`.
    pub heads: usize,
    /// How many heads answer; they divide `heads`.
    pub kv_heads: usize,
    /// The width between the halves of a feed-forward block.
    pub intermediate: usize,
    /// The longest sequence in tokens.
    pub context_max: usize,
    /// How slowly the slowest pair of numbers turns with the position.
    pub rope_theta: f64,
    /// Whether the scores come from the word table.
    pub tied: bool,
    /// The token that the tokenizer puts in front of a text, where it does.
    pub begin_token: Option<String>,
    /// The token that ends a text or an answer.
    pub end_token: String,
    /// Lays out conversations.
    pub chat_template: Option<String>,
    /// How the weights are stored.
    pub storage: Storage,
}

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Four bytes a number, as they were trained.
    F32,
    /// Two bytes a number, rounded.
    Bf16,
}

impl Default for DecoderConfig {
    fn default() -> Self {
        Self {
            hidden: 128,
            layers: 4,
            heads: 4,
            kv_heads: 2,
            intermediate: 352,
            context_max: 256,
            rope_theta: 10_000.0,
            tied: true,
            begin_token: None,
            end_token: "</s>".to_owned(),
            chat_template: None,
            storage: Storage::Bf16,
        }
    }
}

/// What to learn from.
#[derive(Clone, Copy, Debug)]
pub enum Material<'a> {
    /// Texts, every token of them.
    Texts(&'a [String]),
    /// Conversations, every token of them.
    Conversations(&'a [Vec<ChatMessage>]),
    /// The assistant's turns of conversations.
    Answers(&'a [Vec<ChatMessage>]),
}

/// How to learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hyperparameters {
    /// How often everything is seen.
    pub epochs: u32,
    /// Tokens of one step; at least one sequence is taken.
    pub batch_tokens: usize,
    /// The highest learning rate; it rises to it, then falls along a cosine.
    pub learning_rate: f32,
    /// How strongly matrices are pulled to zero.
    pub weight_decay: f32,
    /// The share of the steps in which the learning rate rises.
    pub warmup_ratio: f32,
    /// The longest gradient; longer ones are shortened to it.
    pub clip_norm: f32,
    /// Where chance starts.
    pub seed: u64,
}

impl Default for Hyperparameters {
    fn default() -> Self {
        Self {
            epochs: 4,
            batch_tokens: 2048,
            learning_rate: 3e-3,
            weight_decay: 0.01,
            warmup_ratio: 0.05,
            clip_norm: 1.0,
            seed: 0,
        }
    }
}

/// One training.
#[derive(Clone, Copy, Debug)]
pub struct DecoderTraining<'a> {
    /// The model to make.
    pub config: &'a DecoderConfig,
    /// Its tokenizer.
    pub tokenizer_json: &'a Path,
    /// What it learns from.
    pub material: Material<'a>,
    /// How it learns.
    pub hyperparameters: &'a Hyperparameters,
    /// The folder to make; it must not be there.
    pub out: &'a Path,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many steps were made.
    pub steps: u64,
    /// How many tokens were learned, repetitions included.
    pub tokens: u64,
    /// The mean loss of a token in the last epoch.
    pub loss: f64,
    /// Whether the observer ended it before its time; no model is written then.
    pub stopped: bool,
}

/// Trains a decoder and writes its folder, whole or not at all.
pub fn run(training: &DecoderTraining<'_>, observer: &mut dyn Observer) -> Result<Report> {
    let folder = Folder::start(training)?;
    let shape = DecoderShape::read(&ConfigFile::read(folder.path())?)?;
    let sequences = sequences(training, folder.path())?;
    let (parameters, report) = fit::fit(&shape, &sequences, training.hyperparameters, observer)?;
    if !report.stopped {
        folder.finish(&parameters, training.config.storage)?;
    }
    Ok(report)
}

/// Turns the material into sequences that fit the context.
fn sequences(training: &DecoderTraining<'_>, dir: &Path) -> Result<Vec<Sequence>> {
    let tokenizer = TextTokenizer::load_unbounded(dir)?;
    let tokens_max = training.config.context_max;
    let talk = |conversations: &[Vec<ChatMessage>], answers_only: bool| {
        let template = ChatTemplate::load(dir)?
            .ok_or_else(|| Error::input("conversations need a chat template"))?;
        let sequence = |messages: &Vec<ChatMessage>| {
            sequences::of_conversation(&tokenizer, &template, messages, answers_only)
        };
        conversations.iter().map(sequence).collect::<Result<Vec<_>>>()
    };
    let all = match training.material {
        Material::Texts(texts) => {
            let end = folder::token_number(&tokenizer, &training.config.end_token)?;
            let read = |text: &String| sequences::of_text(&tokenizer, text, end, tokens_max);
            texts.iter().map(read).collect::<Result<Vec<_>>>()?.concat()
        }
        Material::Conversations(conversations) => talk(conversations, false)?,
        Material::Answers(conversations) => talk(conversations, true)?,
    };
    let usable = sequences::usable(all, tokens_max);
    if usable.is_empty() { Err(Error::input("there is nothing to learn from")) } else { Ok(usable) }
}

#[cfg(test)]
mod tests;
