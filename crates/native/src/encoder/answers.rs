//! Answering a question with a part of a text.

use serde::{Deserialize, Serialize};
use tokenizers::Encoding;

use crate::encoder::batch::Sequence;
use crate::encoder::{Encoder, Head, SEQUENCES_MAX};
use crate::tokenizer::{PairTokenizer, Window, windows};
use crate::{Error, Result};

/// Tokens of a question and a part of its text that are read together, as models are taught.
const TOKENS_DEFAULT: usize = 384;
/// Tokens that two parts of a text share.
const SHARED_DEFAULT: usize = 128;
/// Tokens of an answer.
const ANSWER_DEFAULT: usize = 15;

/// A question, and the text that may answer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// The text.
    pub context: String,
}

/// How to answer; what is absent is as in the pipeline of `transformers`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerOptions {
    /// How many answers; one where absent.
    pub top_k: Option<usize>,
    /// The longest answer in tokens.
    pub answer_tokens_max: Option<usize>,
    /// Tokens of a question and a part of its text that are read together.
    pub tokens_max: Option<usize>,
    /// Tokens that two parts of a text share.
    pub shared_tokens: Option<usize>,
    /// Whether it may be answered that the text does not answer.
    pub may_be_unanswered: bool,
}

/// A part of a text that answers a question. The places count characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its probability.
    pub score: f32,
    /// Where it starts in the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The part; empty where the text does not answer.
    pub answer: String,
}

/// The parts of one question's text, each beside the question.
struct Reading {
    characters: Vec<char>,
    parts: Vec<Encoding>,
}

impl Encoder {
    /// Answers questions; the likeliest answer of each comes first. A text that is longer than the
    /// model reads is read in parts that overlap.
    pub fn answer(&self, asked: &[Asked], options: AnswerOptions) -> Result<Vec<Vec<Answer>>> {
        let Head::Spans(head, pairs) = &self.head else {
            return Err(self.lacks("a head for answers", "choose a question-answering model"));
        };
        let options = Checked::new(options, self.shape.context_max)?;
        let (mut readings, mut left) = (Vec::with_capacity(asked.len()), SEQUENCES_MAX);
        for (number, one) in asked.iter().enumerate() {
            let reading = read(pairs, one, &options, left)
                .map_err(|error| Error::input(format!("question {}: {error}", number + 1)))?;
            left -= reading.parts.len();
            readings.push(reading);
        }
        let parts = readings.iter().flat_map(|one| &one.parts);
        let sequences: Vec<_> = parts.map(Sequence::of_pair).collect();
        self.check(&sequences)?;
        let mut logits = self.run(sequences, |_, hidden| head.project(hidden))?.into_iter();
        let answers = readings.iter().map(|reading| {
            let logits: Vec<_> = logits.by_ref().take(reading.parts.len()).collect();
            choose(reading, &logits, &options)
        });
        Ok(answers.collect())
    }
}

/// Options with their defaults.
struct Checked {
    top_k: usize,
    answer_max: usize,
    tokens_max: usize,
    shared: usize,
    may_be_unanswered: bool,
}

impl Checked {
    fn new(options: AnswerOptions, context_max: usize) -> Result<Self> {
        let tokens_max = options.tokens_max.unwrap_or(TOKENS_DEFAULT).min(context_max);
        let shared = options.shared_tokens.unwrap_or(SHARED_DEFAULT.min(tokens_max / 2));
        let (top_k, answer_max) =
            (options.top_k.unwrap_or(1), options.answer_tokens_max.unwrap_or(ANSWER_DEFAULT));
        if top_k == 0 || answer_max == 0 {
            return Err(Error::input("`top_k` and `max_answer_len` must be at least 1"));
        }
        let may_be_unanswered = options.may_be_unanswered;
        Ok(Self { top_k, answer_max, tokens_max, shared, may_be_unanswered })
    }
}

/// Puts the question before each part of its text, which has up to `parts_max`.
fn read(
    pairs: &PairTokenizer,
    asked: &Asked,
    options: &Checked,
    parts_max: usize,
) -> Result<Reading> {
    let question = pairs.encode(&asked.question)?;
    let context = pairs.encode(&asked.context)?;
    if question.is_empty() || context.is_empty() {
        let empty = if question.is_empty() { "question" } else { "context" };
        return Err(Error::input(format!("`{empty}` is empty")));
    }
    let (tokens_max, shared) = (options.tokens_max, options.shared);
    let room = tokens_max.saturating_sub(question.len() + pairs.marks());
    if room <= shared {
        let tokens = question.len();
        let why = format!(
            "its {tokens} tokens leave {room} of {tokens_max} for a part of the text, and parts \
             share {shared}: shorten it or lower `doc_stride`"
        );
        return Err(Error::input(why));
    }
    let parts = context.len().saturating_sub(shared).div_ceil(room - shared);
    if parts > parts_max {
        let why = format!(
            "its text has {parts} parts; a request reads up to {SEQUENCES_MAX}: send shorter texts"
        );
        return Err(Error::input(why));
    }
    let parts = windows(context, Window { tokens: room, shared }).into_iter();
    let parts = parts.map(|part| pairs.join(question.clone(), part)).collect::<Result<_>>()?;
    Ok(Reading { characters: asked.context.chars().collect(), parts })
}

/// Chooses the likeliest answers of all parts; the same words in several places are one answer.
fn choose(reading: &Reading, logits: &[Vec<f32>], options: &Checked) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut unanswered = f32::INFINITY;
    for (part, logits) in reading.parts.iter().zip(logits) {
        let context: Vec<bool> =
            part.get_sequence_ids().iter().map(|sequence| *sequence == Some(1)).collect();
        let [start, end] = [0, 1].map(|side| probabilities(logits, side, &context));
        unanswered = unanswered.min(start[0] * end[0]);
        // Words may join several spans into one.
        let spans_max = options.top_k.saturating_mul(2).saturating_add(10);
        for (first, last, score) in spans(&start, &end, options.answer_max, spans_max) {
            let (start, end) = place(part, first, last);
            let text = reading.characters.get(start..end).unwrap_or_default();
            let text: String = text.iter().collect();
            let lower = text.to_lowercase();
            match answers.iter_mut().find(|known| known.answer.to_lowercase() == lower) {
                Some(known) => known.score += score,
                None => answers.push(Answer { score, start, end, answer: text }),
            }
        }
    }
    if options.may_be_unanswered {
        answers.push(Answer { score: unanswered, ..Answer::default() });
    }
    answers.sort_by(|a, b| b.score.total_cmp(&a.score));
    answers.truncate(options.top_k);
    answers
}

/// Computes the probability that an answer starts or ends at a token of the context; the first
/// token stands for no answer.
fn probabilities(logits: &[f32], side: usize, context: &[bool]) -> Vec<f32> {
    let keep = |scores: &mut [f32], other: f32| {
        let outside = scores.iter_mut().zip(context).skip(1).filter(|(_, inside)| !**inside);
        outside.for_each(|(score, _)| *score = other);
    };
    let mut scores: Vec<f32> = logits.iter().skip(side).step_by(2).copied().collect();
    let tokens = scores.len();
    keep(&mut scores, f32::NEG_INFINITY);
    kernels::softmax_rows(&mut scores, tokens);
    // The kernel leaves tiny numbers where nothing is possible.
    keep(&mut scores, 0.0);
    scores
}

/// Finds the likeliest spans: first and last token, and the product of their probabilities.
fn spans(
    start: &[f32],
    end: &[f32],
    answer_max: usize,
    spans_max: usize,
) -> Vec<(usize, usize, f32)> {
    let mut spans = Vec::new();
    // The first token is no part of the text.
    for (first, start) in start.iter().enumerate().skip(1).filter(|(_, start)| **start > 0.0) {
        let ends = end.iter().enumerate().skip(first).take(answer_max);
        let possible = ends.filter(|(_, end)| **end > 0.0);
        spans.extend(possible.map(|(last, end)| (first, last, start * end)));
    }
    let likelier = |a: &(usize, usize, f32), b: &(usize, usize, f32)| b.2.total_cmp(&a.2);
    if spans.len() > spans_max {
        spans.select_nth_unstable_by(spans_max, likelier);
        spans.truncate(spans_max);
    }
    spans.sort_by(likelier);
    spans
}

/// Returns the characters from the word of the first token to that of the last.
fn place(part: &Encoding, first: usize, last: usize) -> (usize, usize) {
    let word = |token: usize| {
        let (sequence, word) = part.token_to_word(token)?;
        part.word_to_chars(word, sequence)
    };
    match (word(first), word(last)) {
        (Some((start, _)), Some((_, end))) => (start, end),
        _ => (part.get_offsets()[first].0, part.get_offsets()[last].1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_the_likeliest_that_are_short_enough() {
        let check = |start: &[f32], end: &[f32], limits: (usize, usize), expected: &[_]| {
            let found = spans(start, end, limits.0, limits.1);
            let found: Vec<_> = found.iter().map(|(first, last, _)| (*first, *last)).collect();
            assert_eq!(found, expected);
        };
        let (start, end) = ([0.5, 0.3, 0.0, 0.2], [0.5, 0.1, 0.0, 0.4]);
        check(&start, &end, (15, 9), &[(1, 3), (3, 3), (1, 1)]);
        check(&start, &end, (2, 9), &[(3, 3), (1, 1)]);
        check(&start, &end, (15, 1), &[(1, 3)]);
        check(&[1.0], &[1.0], (15, 1), &[]);
        // An answer does not end before it starts.
        check(&[0.0, 0.0, 1.0], &[0.0, 1.0, 0.0], (15, 9), &[]);
    }

    #[test]
    fn only_the_text_and_the_first_token_take_part() {
        let logits = [1.0, 9.0, 5.0, 9.0, 1.0, 9.0];
        let context = [false, false, true];
        assert_eq!(probabilities(&logits, 0, &context), [0.5, 0.0, 0.5]);
        assert_eq!(probabilities(&logits, 1, &context), [0.5, 0.0, 0.5]);
    }

    #[test]
    fn options_are_checked_and_have_the_usual_defaults() {
        let plain = Checked::new(AnswerOptions::default(), 512).unwrap();
        assert_eq!(
            (plain.top_k, plain.answer_max, plain.tokens_max, plain.shared),
            (1, 15, 384, 128)
        );
        let small = Checked::new(AnswerOptions::default(), 64).unwrap();
        assert_eq!((small.tokens_max, small.shared), (64, 32));
        for wrong in [
            AnswerOptions { top_k: Some(0), ..AnswerOptions::default() },
            AnswerOptions { answer_tokens_max: Some(0), ..AnswerOptions::default() },
        ] {
            let error = Checked::new(wrong, 512).err().unwrap().to_string();
            assert_eq!(error, "`top_k` and `max_answer_len` must be at least 1");
        }
    }
}
