//! Finding models: search with exact facet counts, cards, code samples, and what can be done.
//!
//! Everything but [`sync`] is computed from records and facts that are handed in; only that reads
//! and writes.

pub mod capabilities;
pub mod card;
pub mod collections;
pub mod compare;
pub mod diff;
mod error;
pub mod fit;
mod index;
pub mod lineage;
mod near;
mod query;
pub mod samples;
pub mod sync;

pub use error::Error;
pub use fit::Machine;
pub use index::{Document, Index, IndexBuilder, Stamp};
pub use query::{
    Facet, FacetName, FacetValue, Filters, Fragment, Hit, Listed, Page, Query, Sort, Suggestion,
    parse_task,
};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
