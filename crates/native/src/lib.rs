//! The engine room: reads safetensors and GGUF models, runs them on the CPU and trains them.
//!
//! Synchronous, without network; code from a model repository never runs.

pub mod chat_template;
pub mod config;
pub mod decoder;
pub mod encoder;
mod error;
mod facts;
pub mod files;
pub mod generate;
pub mod gguf;
pub mod lora;
pub mod parity;
pub mod registry;
mod scratch;
pub mod serve;
mod stack;
pub mod tokenizer;
pub mod train;
pub mod weights;

pub use decoder::Decoder;
pub use encoder::{
    Aggregation, Answer, AnswerOptions, Asked, Candidates, Embeddings, Encoder, Entity,
    MaskCandidate, Scores, Sorted, ZeroShotOptions,
};
pub use error::{Error, Result};
pub use facts::{ModelFacts, inspect};
pub use generate::{
    ChatMessage, Completion, Constraint, Conversation, Finish, Form, GenerateRequest, Piece,
    Prompt, TokenLogprob,
};
pub use lora::Adapter;
pub use registry::Family;
pub use weights::Quantize;
