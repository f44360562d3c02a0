//! Finding models: search with exact facet counts, cards, code samples, and what can be done.
//!
//! Everything here is computed from records and facts that are handed in; nothing is read or
//! written.

pub mod capabilities;
pub mod card;
mod error;
pub mod fit;
mod index;
mod near;
mod query;
pub mod samples;

pub use error::Error;
pub use index::Index;
pub use query::{
    Facet, FacetName, FacetValue, Filters, Fragment, Hit, Listed, Page, Query, Sort, Suggestion,
    parse_task,
};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
