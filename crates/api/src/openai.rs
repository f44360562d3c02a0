//! The OpenAI shapes under `/v1`. Fields that clients may leave out are optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A list envelope.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List<T> {
    /// Always `list`.
    pub object: String,
    /// The entries.
    pub data: Vec<T>,
    /// Whether a next page exists.
    #[serde(default)]
    pub has_more: bool,
}

/// A model that can be asked: an endpoint, or one of its adapters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// What goes into `model`: an endpoint's name, or `endpoint:adapter`.
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// The collection of the deployed model.
    pub owned_by: String,
    /// The deployed model, or the adapter.
    pub root: Option<String>,
    /// The endpoint that an adapter belongs to.
    pub parent: Option<String>,
}

/// An error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The sentence.
    pub message: String,
    /// `invalid_request_error`, `rate_limit_error`, `server_error`, …
    pub r#type: String,
    /// The parameter at fault.
    pub param: Option<String>,
    /// A stable code such as `model_not_found`.
    pub code: Option<String>,
}

/// One text or several, as `input`, `prompt` and `stop` allow.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One text.
    One(String),
    /// Several texts.
    Many(Vec<String>),
}

impl OneOrMany {
    /// Returns the texts.
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// A prompt: texts or token ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PromptInput {
    /// One text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// One prompt as token ids.
    Tokens(Vec<u32>),
    /// Several prompts as token ids.
    TokenLists(Vec<Vec<u32>>),
}

/// `POST /v1/embeddings`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmbeddingsRequest {
    /// The endpoint.
    pub model: String,
    /// Texts, or texts as token ids.
    pub input: PromptInput,
    /// `float` or `base64` (little-endian f32).
    pub encoding_format: Option<String>,
    /// Cuts the vectors to this many values and normalizes them again.
    pub dimensions: Option<usize>,
}

/// A chat message. Content may be a text or a list of text parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// A text, a list of parts, or null.
    #[serde(default)]
    pub content: Value,
    /// The calls that an assistant made.
    #[serde(default)]
    pub tool_calls: Option<Vec<Value>>,
    /// The call that a tool answers.
    #[serde(default)]
    pub tool_call_id: Option<String>,
    /// Who speaks, by name.
    #[serde(default)]
    pub name: Option<String>,
}

impl Message {
    /// Returns the text of the content; `None` where a part is not text.
    pub fn text(&self) -> Option<String> {
        match &self.content {
            Value::String(text) => Some(text.clone()),
            Value::Null => Some(String::new()),
            Value::Array(parts) => parts
                .iter()
                .map(|part| match part.get("type").and_then(Value::as_str) {
                    Some("text") => part.get("text").and_then(Value::as_str),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
                .map(|texts| texts.concat()),
            _ => None,
        }
    }
}

/// Options of a stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StreamOptions {
    /// Whether a last chunk tells the usage.
    #[serde(default)]
    pub include_usage: bool,
}

/// Sampling parameters shared by chat and completions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sampling {
    /// The most tokens to generate.
    pub max_tokens: Option<u32>,
    /// The newer name of `max_tokens`.
    pub max_completion_tokens: Option<u32>,
    /// 0 is greedy; 1 by default.
    pub temperature: Option<f32>,
    /// Nucleus sampling.
    pub top_p: Option<f32>,
    /// Samples among this many tokens; 0 and -1 are all.
    pub top_k: Option<i64>,
    /// Drops tokens below this share of the best one.
    pub min_p: Option<f32>,
    /// Discourages repetition; 1 is off.
    pub repetition_penalty: Option<f32>,
    /// Discourages tokens of the answer each time they come; -2 to 2.
    pub frequency_penalty: Option<f32>,
    /// Discourages tokens of the answer once they came; -2 to 2.
    pub presence_penalty: Option<f32>,
    /// Token ids, and what is added to their scores; -100 to 100.
    pub logit_bias: Option<BTreeMap<String, f32>>,
    /// Same seed, same answer.
    pub seed: Option<i64>,
    /// Texts that end the answer.
    pub stop: Option<OneOrMany>,
    /// How many answers to each prompt; 1 by default.
    pub n: Option<u32>,
    /// `text`, `json_object`, or `json_schema` with its schema.
    pub response_format: Option<Value>,
    /// A JSON schema that the answer has to fit.
    pub guided_json: Option<Value>,
    /// A regular expression that the answer has to match.
    pub guided_regex: Option<String>,
    /// Texts of which the answer has to be one.
    pub guided_choice: Option<Vec<String>>,
    /// Answers piece by piece.
    pub stream: Option<bool>,
    /// Options of the stream.
    pub stream_options: Option<StreamOptions>,
}

/// `POST /v1/chat/completions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The endpoint.
    pub model: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Whether to return log probabilities.
    pub logprobs: Option<bool>,
    /// How many alternatives for each token.
    pub top_logprobs: Option<u32>,
    /// The functions that the model may call.
    pub tools: Option<Vec<Value>>,
    /// `none`, `auto`, `required`, or the one to call.
    pub tool_choice: Option<Value>,
    /// Sampling.
    #[serde(flatten)]
    pub sampling: Sampling,
}

/// `POST /v1/completions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompletionRequest {
    /// The endpoint.
    pub model: String,
    /// The prompts.
    pub prompt: PromptInput,
    /// Whether the prompt is repeated in the answer.
    pub echo: Option<bool>,
    /// Writes this many answers and returns the `n` of the highest mean log probability.
    pub best_of: Option<u32>,
    /// How many alternatives for each token.
    pub logprobs: Option<u32>,
    /// Sampling.
    #[serde(flatten)]
    pub sampling: Sampling,
}

/// Tokens used.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens generated.
    pub completion_tokens: usize,
    /// Both.
    pub total_tokens: usize,
}

/// `POST /tokenize`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenizeRequest {
    /// The endpoint.
    pub model: String,
    /// A text; or `messages`.
    pub prompt: Option<String>,
    /// A conversation, laid out by the chat template; or `prompt`.
    pub messages: Option<Vec<Message>>,
    /// Whether the tokens are added that the model expects around a text; yes by default.
    pub add_special_tokens: Option<bool>,
    /// Whether the tokens' spellings are returned as well.
    pub return_token_strs: Option<bool>,
}

/// `POST /detokenize`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DetokenizeRequest {
    /// The endpoint.
    pub model: String,
    /// The tokens.
    pub tokens: Vec<u32>,
}

/// `POST /v1/rerank`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RerankRequest {
    /// The endpoint.
    pub model: String,
    /// What is asked.
    pub query: String,
    /// What may answer it.
    pub documents: Vec<Document>,
    /// How many of the best are returned; all by default.
    pub top_n: Option<usize>,
    /// Whether the documents are repeated; yes by default.
    pub return_documents: Option<bool>,
}

/// A text, alone or in an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Document {
    /// The text.
    Text(String),
    /// An object that holds it.
    Object {
        /// The text.
        text: String,
    },
}

impl Document {
    /// Returns the text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Object { text } => text,
        }
    }
}
