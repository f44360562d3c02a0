//! What runs in a worker process: `modeldex worker serve …` and `modeldex worker job …`.

mod adapter;
mod answers;
mod chat;
mod completions;
mod embeddings;
mod engine;
mod form;
mod job;
mod openai;
mod parity;
mod process;
mod rerank;
mod sampling;
mod score;
mod serve;
mod side_by_side;
mod sync;
mod tokens;

pub use engine::threads_for;
pub use job::{run_job, worker_name};
pub use openai::{OpenAiError, OpenAiJson};
pub use parity::compare;
pub use process::{ProcessOptions, become_command, refuse, run_process};
pub use serve::{ServeOptions, serve};
pub use sync::SyncPayload;

#[cfg(test)]
mod tests;
