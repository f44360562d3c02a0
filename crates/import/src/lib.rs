//! Brings a model here: resolve, plan, fetch, verify, read the facts, make a version visible.
//!
//! Nothing is visible before the last step, one transaction; a crash anywhere before it leaves
//! files that the same job goes on from.

mod card;
mod checks;
mod error;
mod fetch;
mod job;
mod name;
mod plan;
mod publish;
mod record;
mod refusal;
mod run;
mod scratch;
mod space;

pub use error::Error;
pub use job::{Imported, Job, Stores};
pub use plan::{Plan, check_config, plan};
pub use refusal::Refusal;
pub use run::{run, run_with};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
