//! The question and the answer of text generation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::constraint::Constraint;
use crate::lora::Adapter;
use crate::{Error, Result};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks: `system`, `user`, `assistant`, or what the chat template knows.
    pub role: String,
    /// What is said.
    pub content: String,
    /// The tools that an assistant called, as chat templates read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    /// The call that a tool answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Who speaks, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ChatMessage {
    /// Makes a message.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            role: role.into(),
            content: content.into(),
            tool_calls: Vec::new(),
            tool_call_id: None,
            name: None,
        }
    }
}

/// A conversation, and the tools that may be called in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// What was said.
    pub messages: Vec<ChatMessage>,
    /// The tools, as chat templates read them.
    pub tools: Vec<Value>,
}

impl From<Vec<ChatMessage>> for Conversation {
    fn from(messages: Vec<ChatMessage>) -> Self {
        Self { messages, tools: Vec::new() }
    }
}

/// What a model goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// A text; the tokenizer adds what it always adds, such as a token for the beginning.
    Text(String),
    /// Tokens, taken as they are.
    Tokens(Vec<u32>),
    /// A conversation, laid out by the model's chat template.
    Chat(Conversation),
}

/// Asks a model to write.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// What to go on from.
    pub prompt: Prompt,
    /// How many tokens to write at most.
    pub tokens_max: u32,
    /// How freely to choose; 0 always takes the most likely token.
    pub temperature: f32,
    /// Chooses among the most likely tokens that hold this share of the probability; 1 is all.
    pub top_p: f32,
    /// Chooses among this many of the most likely tokens; 0 is all.
    pub top_k: u32,
    /// Leaves out tokens less likely than this share of the most likely one's probability.
    pub min_p: f32,
    /// Makes tokens that are there already less likely; 1 leaves them alone.
    pub repetition_penalty: f32,
    /// Makes tokens of the answer less likely, each time they are written; 0 leaves them alone.
    pub frequency_penalty: f32,
    /// Makes tokens of the answer less likely, once they are written; 0 leaves them alone.
    pub presence_penalty: f32,
    /// Tokens and what is added to their scores.
    pub logit_bias: Vec<(u32, f32)>,
    /// The form that the answer has to have.
    pub constraint: Option<Constraint>,
    /// Texts before which writing stops.
    pub stop: Vec<String>,
    /// Where chance starts: equal requests with equal seeds have equal answers.
    pub seed: u64,
    /// Asks for log-probabilities, of the token and of this many of the most likely ones.
    pub logprobs: Option<u32>,
    /// Repeats the prompt in front of the answer.
    pub echo: bool,
    /// What goes with the model.
    pub adapter: Option<Arc<Adapter>>,
}

impl GenerateRequest {
    /// Asks for up to 256 tokens, each the most likely one.
    pub fn new(prompt: Prompt) -> Self {
        Self {
            prompt,
            tokens_max: 256,
            temperature: 0.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            frequency_penalty: 0.0,
            presence_penalty: 0.0,
            logit_bias: Vec::new(),
            constraint: None,
            stop: Vec::new(),
            seed: 0,
            logprobs: None,
            echo: false,
            adapter: None,
        }
    }

    /// Checks that every number is within its range.
    pub fn check(&self) -> Result<()> {
        let is_finite = |x: f32| x.is_finite();
        let rules = [
            ("temperature", self.temperature, "0 or more", self.temperature >= 0.0),
            ("top_p", self.top_p, "above 0 and up to 1", self.top_p > 0.0 && self.top_p <= 1.0),
            ("min_p", self.min_p, "from 0 to 1", (0.0..=1.0).contains(&self.min_p)),
            (
                "repetition_penalty",
                self.repetition_penalty,
                "above 0",
                self.repetition_penalty > 0.0,
            ),
            ("frequency_penalty", self.frequency_penalty, "a number", true),
            ("presence_penalty", self.presence_penalty, "a number", true),
        ];
        if let Some((token, _)) = self.logit_bias.iter().find(|(_, bias)| !is_finite(*bias)) {
            return Err(Error::input(format!("the bias of token {token} is not a number")));
        }
        match rules.into_iter().find(|(_, value, _, holds)| !(*holds && is_finite(*value))) {
            Some((name, value, range, _)) => {
                Err(Error::input(format!("`{name}` is {value}; it has to be {range}")))
            }
            None => Ok(()),
        }
    }
}

/// A token of the answer, as soon as it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The text that became certain with it; may be empty, or more than this token's.
    pub text: String,
    /// The token.
    pub token: u32,
    /// Its own text; the vocabulary's spelling where it holds a part of a character.
    pub token_text: String,
    /// The logarithm of its probability, where asked for.
    pub logprob: Option<f32>,
    /// The most likely tokens and the logarithms of their probabilities, most likely first.
    pub top: Vec<(String, f32)>,
}

/// A token of a finished answer.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenLogprob {
    /// The token.
    pub token: u32,
    /// Its text; the vocabulary's spelling where it holds a part of a character.
    pub text: String,
    /// The logarithm of its probability, where asked for; `None` for the first of a prompt.
    pub logprob: Option<f32>,
    /// The most likely tokens and the logarithms of their probabilities, most likely first.
    pub top: Vec<(String, f32)>,
}

/// A finished answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The text: all pieces, one after the other.
    pub text: String,
    /// The tokens: the prompt's where it is repeated, then those written, the ending included.
    pub tokens: Vec<TokenLogprob>,
    /// How many tokens the prompt has.
    pub prompt_tokens: usize,
    /// How many tokens were written, the ending included.
    pub completion_tokens: usize,
    /// Why writing ended.
    pub finish: Finish,
}

/// Why writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model ended its answer, or wrote a stop text.
    Stop,
    /// The answer is as long as it may be.
    Length,
    /// The reader went away.
    Cancelled,
    /// Its time was over.
    Deadline,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_named() {
        let check = |change: fn(&mut GenerateRequest), expected: &str| {
            let mut request = GenerateRequest::new(Prompt::Text("a".into()));
            assert!(request.check().is_ok());
            change(&mut request);
            let error = request.check().expect_err(expected);
            assert_eq!(error.to_string(), expected);
        };
        check(|r| r.temperature = -0.5, "`temperature` is -0.5; it has to be 0 or more");
        check(|r| r.temperature = f32::NAN, "`temperature` is NaN; it has to be 0 or more");
        check(|r| r.temperature = f32::INFINITY, "`temperature` is inf; it has to be 0 or more");
        check(|r| r.top_p = 0.0, "`top_p` is 0; it has to be above 0 and up to 1");
        check(|r| r.top_p = 1.5, "`top_p` is 1.5; it has to be above 0 and up to 1");
        check(|r| r.min_p = 2.0, "`min_p` is 2; it has to be from 0 to 1");
        check(|r| r.repetition_penalty = 0.0, "`repetition_penalty` is 0; it has to be above 0");
        check(
            |r| r.presence_penalty = f32::NAN,
            "`presence_penalty` is NaN; it has to be a number",
        );
        check(|r| r.logit_bias = vec![(7, f32::NAN)], "the bias of token 7 is not a number");
    }
}
