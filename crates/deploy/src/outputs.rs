//! What a deployed model answers.

use native::{Answer, Entity, Sorted};
use serde::{Deserialize, Serialize};

/// A label and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// Between 0 and 1.
    pub score: f32,
}

/// A word for a mask and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskGuess {
    /// The word.
    pub token: String,
    /// Between 0 and 1.
    pub score: f32,
    /// The text with the word in it.
    pub sequence: String,
}

/// A generated text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The text without its prompt.
    pub text: String,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens generated.
    pub completion_tokens: usize,
}

/// What comes out, one entry for each input.
#[derive(Clone, Debug, PartialEq)]
pub enum Outputs {
    /// Labels, best first.
    Labels(Vec<Vec<LabelScore>>),
    /// Candidates, best first.
    Masks(Vec<Vec<MaskGuess>>),
    /// What the texts name, in the order of the text.
    Entities(Vec<Vec<Entity>>),
    /// Answers to questions, best first.
    Answers(Vec<Vec<Answer>>),
    /// Texts with their labels, best first.
    Sorted(Vec<Sorted>),
    /// Vectors, and how many tokens were read.
    Vectors(Vec<Vec<f32>>, usize),
    /// How well each text answers, and how many tokens were read.
    Scores(Vec<f32>, usize),
    /// Texts.
    Texts(Vec<Generated>),
}
