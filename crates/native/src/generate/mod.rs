//! What a text generator is asked for and what it answers, and how text is made of tokens.
//!
//! Nothing here knows a model: the decoder brings the scores, this turns them into text.

pub mod chat;
mod detokenize;
mod distribution;
mod request;
mod sampler;
mod stop;
mod writer;

pub use request::{ChatMessage, Completion, Finish, GenerateRequest, Piece, Prompt, TokenLogprob};
pub(crate) use writer::{Ending, Writer};
