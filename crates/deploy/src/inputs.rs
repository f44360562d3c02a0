//! What a deployed model is asked, and how it is to answer.

use native::{Aggregation, Asked, Candidates, ChatMessage};
use serde::{Deserialize, Serialize};

/// What goes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// Texts, each answered by itself.
    Texts(Vec<String>),
    /// Texts as token ids, each answered by itself.
    Tokens(Vec<Vec<u32>>),
    /// A query, and the texts that may answer it.
    Pairs(String, Vec<String>),
    /// Questions, each with the text that may answer it.
    Questions(Vec<Asked>),
    /// Texts, each with the labels that it may have.
    Candidates(Vec<Candidates>),
    /// One conversation.
    Chat(Vec<ChatMessage>),
}

impl Inputs {
    /// Counts the answers that they get.
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) | Self::Pairs(_, texts) => texts.len(),
            Self::Tokens(sequences) => sequences.len(),
            Self::Questions(asked) => asked.len(),
            Self::Candidates(candidates) => candidates.len(),
            Self::Chat(_) => 1,
        }
    }

    /// Tells whether there is nothing to answer.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds other inputs of the same sort, to be answered behind these; `false` where they cannot
    /// be answered together.
    pub fn extend(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Texts(texts), Self::Texts(more)) => texts.extend_from_slice(more),
            (Self::Questions(asked), Self::Questions(more)) => asked.extend_from_slice(more),
            (Self::Candidates(known), Self::Candidates(more)) => known.extend_from_slice(more),
            _ => return false,
        }
        true
    }
}

/// How to answer. Fields that a task does not know are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// The most tokens to generate.
    pub max_new_tokens: Option<u32>,
    /// 0 is greedy.
    pub temperature: Option<f32>,
    /// Nucleus sampling.
    pub top_p: Option<f32>,
    /// Samples among this many tokens; for fill-mask and question-answering, how many answers.
    pub top_k: Option<u32>,
    /// `false` is greedy.
    pub do_sample: Option<bool>,
    /// Whether a generated text repeats its prompt.
    pub return_full_text: Option<bool>,
    /// Whether every label is returned, not only the best.
    pub return_all_scores: Option<bool>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Same seed, same answer.
    pub seed: Option<u64>,
    /// How tokens become entities; `simple` where absent.
    pub aggregation_strategy: Option<Aggregation>,
    /// Labels whose entities are left out; `O` where absent.
    pub ignore_labels: Option<Vec<String>>,
    /// Tokens that two parts of a long text share.
    pub doc_stride: Option<usize>,
    /// Tokens of a question and a part of its text that are read together.
    pub max_seq_len: Option<usize>,
    /// The longest part of a text that answers a question, in tokens.
    pub max_answer_len: Option<usize>,
    /// Whether it may be answered that a text does not answer.
    pub handle_impossible_answer: bool,
    /// The labels that a text may have.
    pub candidate_labels: Option<Labels>,
    /// What is said of a text for each label, which stands for `{}`.
    pub hypothesis_template: Option<String>,
    /// Whether several labels may fit a text.
    pub multi_label: bool,
}

/// Labels: a list, or one text with commas between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    /// As they are.
    List(Vec<String>),
    /// With commas between them.
    Text(String),
}

impl Labels {
    /// Returns the labels.
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::List(labels) => labels.clone(),
            Self::Text(text) => {
                let labels = text.split(',').map(str::trim).filter(|label| !label.is_empty());
                labels.map(str::to_owned).collect()
            }
        }
    }
}
