//! Lists a hub, another Modeldex or a provider into a collection.
//!
//! Each page goes into the catalog together with the place of the next one: killed anywhere, the
//! same sync goes on after the last page that is there.

mod error;
mod filter;
mod gone;
mod hosted;
mod job;
mod pass;
mod record;
mod run;
mod summary;

pub use error::Error;
pub use filter::Filter;
pub use hosted::hosted_record;
pub use job::{Job, SourceKind, Synced, named_source};
pub use record::listed_record;
pub use run::{run, run_with};

/// What syncing returns.
pub type Result<T> = std::result::Result<T, Error>;
