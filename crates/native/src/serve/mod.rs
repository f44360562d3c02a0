//! Serves one decoder to many at once: continuous batching over pages of keys and values.
//!
//! [`Engine`] has a thread that owns the model's memory. The scheduler plans its steps, the pool
//! keeps the pages, and each answer has a writer and a reader of its own. An answer does not
//! depend on what else is asked at the same time.

mod adapters;
mod answer;
mod engine;
mod guess;
mod pages;
mod runner;
mod scheduler;
mod sequence;

pub use crate::decoder::{KvKind, UnknownKvKind};
pub use answer::{Reader, Room};
pub use engine::{Engine, ServeOptions};
