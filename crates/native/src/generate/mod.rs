//! What a text generator is asked for and what it answers, and how text is made of tokens.
//!
//! Nothing here knows a model: the decoder brings the scores, this turns them into text.

mod adjust;
pub mod chat;
mod constraint;
mod detokenize;
mod distribution;
mod request;
mod sampler;
mod stop;
mod tools;
mod writer;

pub(crate) use constraint::bound as bound_grammars;
pub use constraint::{Constraint, Form};
pub(crate) use distribution::{Distribution, likeliest};
pub use request::{
    ChatMessage, Completion, Conversation, Finish, GenerateRequest, Piece, Prompt, TokenLogprob,
};
pub(crate) use writer::{Ending, Writer};
