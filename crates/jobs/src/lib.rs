//! Long work: a durable queue with leases, heartbeats, progress, logs, cancel, retry and resume.
//!
//! A job is a row. Whoever runs it holds a lease and names its attempt in every write, so that a
//! worker that was given up cannot spoil what its successor does.

mod context;
mod error;
mod execute;
mod job;
mod progress;
mod queue;

pub use context::{Context, Recorded};
pub use error::Error;
pub use execute::execute;
pub use job::{Job, JobError, LogLine, MetricPoint, NewJob, State};
pub use progress::Progress;
pub use queue::{Claim, Jobs};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
