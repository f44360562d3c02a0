//! Brings a model here: resolve, plan, fetch, verify, read the facts, make a version visible.
//!
//! Nothing is visible before the last step, one transaction; a crash anywhere before it leaves
//! files that the same job goes on from.

mod error;
mod job;
mod run;

pub use error::Error;
pub use job::{Imported, Job, Stores};
pub use run::run;

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
