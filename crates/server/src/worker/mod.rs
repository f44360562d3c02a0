//! What runs in a worker process: `modeldex worker serve …` and `modeldex worker job …`.

mod chat;
mod completions;
mod embeddings;
mod engine;
mod job;
mod openai;
mod score;
mod serve;
mod sync;

pub use job::{run_job, worker_name};
pub use openai::OpenAiError;
pub use serve::{ServeOptions, serve};
pub use sync::SyncPayload;
