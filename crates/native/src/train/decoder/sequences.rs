//! Texts and conversations as token sequences to learn from.

use std::ops::Range;

use kernels::IGNORED;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::generate::ChatMessage;
use crate::generate::chat::ChatTemplate;
use crate::tokenizer::TextTokenizer;
use crate::{Error, Result};

/// Tokens, and for each the token to be learned after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) tokens: Vec<u32>,
    pub(super) targets: Vec<u32>,
}

/// Sequences one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) tokens: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) positions: Vec<u32>,
    /// Where each sequence starts, and where the last ends.
    pub(super) offsets: Vec<usize>,
}

impl Sequence {
    /// Makes a sequence of which those tokens are learned that `is_learned` says.
    fn new(tokens: Vec<u32>, is_learned: impl Fn(usize) -> bool) -> Self {
        let target = |index: usize| match tokens.get(index + 1) {
            Some(next) if is_learned(index + 1) => *next,
            _ => IGNORED,
        };
        let targets = (0..tokens.len()).map(target).collect();
        Self { tokens, targets }
    }

    fn cut(mut self, tokens_max: usize) -> Self {
        if self.tokens.len() > tokens_max {
            self.tokens.truncate(tokens_max);
            self.targets.truncate(tokens_max);
            self.targets[tokens_max - 1] = IGNORED;
        }
        self
    }

    fn is_useful(&self) -> bool {
        self.targets.iter().any(|target| *target != IGNORED)
    }
}

impl Batch {
    pub(super) fn new<'a>(sequences: impl IntoIterator<Item = &'a Sequence>) -> Self {
        let mut batch = Self { offsets: vec![0], ..Self::default() };
        for sequence in sequences {
            batch.tokens.extend(&sequence.tokens);
            batch.targets.extend(&sequence.targets);
            batch.positions.extend(0..sequence.tokens.len() as u32);
            batch.offsets.push(batch.tokens.len());
        }
        batch
    }

    /// Counts the tokens to be learned.
    pub(super) fn learned(&self) -> usize {
        self.targets.iter().filter(|target| **target != IGNORED).count()
    }

    /// Counts the sequences.
    pub(super) fn sequences(&self) -> usize {
        self.offsets.len() - 1
    }
}

/// Turns a text into sequences that end with `end` and are no longer than `tokens_max`.
pub(super) fn of_text(
    tokenizer: &TextTokenizer,
    text: &str,
    end: u32,
    tokens_max: usize,
) -> Result<Vec<Sequence>> {
    let mut tokens = tokenizer.encode(text)?;
    tokens.push(end);
    // Pieces share a token, so that each token but the first is learned once.
    let starts = (0..tokens.len().saturating_sub(1)).step_by(tokens_max - 1);
    let piece = |start: usize| &tokens[start..tokens.len().min(start + tokens_max)];
    Ok(starts.map(|start| Sequence::new(piece(start).to_vec(), |_| true)).collect())
}

/// Turns a conversation into a sequence; with `answers_only` the assistant's turns are learned.
pub(super) fn of_conversation(
    tokenizer: &TextTokenizer,
    template: &ChatTemplate,
    messages: &[ChatMessage],
    answers_only: bool,
) -> Result<Sequence> {
    let text = template.render_conversation(messages)?;
    let encoding = tokenizer.inner().encode(text.as_str(), false).map_err(Error::Tokenize)?;
    let tokens = encoding.get_ids().to_vec();
    if !answers_only {
        return Ok(Sequence::new(tokens, |_| true));
    }
    let answers = answers(template, messages, &text)?;
    let is_learned = |index: usize| {
        let (start, end) = encoding.get_offsets()[index];
        answers.iter().any(|answer| start < answer.end && end > answer.start)
    };
    Ok(Sequence::new(tokens, is_learned))
}

/// Finds the assistant's turns: what the layout has more than the prompt that asks for the turn.
fn answers(
    template: &ChatTemplate,
    messages: &[ChatMessage],
    text: &str,
) -> Result<Vec<Range<usize>>> {
    let turns = messages.iter().enumerate().filter(|(_, message)| message.role == "assistant");
    let answer = |(index, _)| {
        let before = template.render_prompt(&messages[..index].to_vec().into())?;
        let with = template.render_conversation(&messages[..=index])?;
        if with.starts_with(&before) && text.starts_with(&with) {
            return Ok(before.len()..with.len());
        }
        Err(Error::unsupported(
            format!("the chat template changes earlier turns when turn {} comes", index + 1),
            "learn from whole conversations, or use a template that only adds to its text",
        ))
    };
    turns.map(answer).collect()
}

/// Cuts sequences to `tokens_max` and leaves out those without anything to learn.
pub(super) fn usable(sequences: Vec<Sequence>, tokens_max: usize) -> Vec<Sequence> {
    let cut = sequences.into_iter().map(|sequence| sequence.cut(tokens_max));
    cut.filter(Sequence::is_useful).collect()
}

/// Shuffles sequences and groups their numbers into batches of about `batch_tokens` tokens.
pub(super) fn shuffled(
    sequences: &[Sequence],
    batch_tokens: usize,
    chance: &mut ChaCha8Rng,
) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.shuffle(chance);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for number in order {
        let length = sequences[number].tokens.len();
        match groups.last_mut().filter(|_| length <= room) {
            Some(group) => group.push(number),
            None => {
                groups.push(vec![number]);
                room = batch_tokens;
            }
        }
        room = room.saturating_sub(length);
    }
    groups
}
