//! Finding models: search with exact facet counts, cards, code samples, and what can be done.
//!
//! Everything here is computed from records and facts that are handed in; nothing is read or
//! written.

pub mod capabilities;
pub mod card;
mod error;
mod index;
mod near;
pub mod samples;

pub use error::Error;
pub use index::{Facet, FacetName, FacetValue, Index, Listed, Page, Query, Sort, parse_task};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
