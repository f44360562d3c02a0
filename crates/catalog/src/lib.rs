//! The record of truth: models, versions, lineage, evaluations, and the curated collection.
//!
//! The catalog holds names; `assets` holds bytes. A version points to the digest of its manifest.

pub mod azure;
mod collection;
pub mod curated;
mod error;
pub mod published;
mod record;
mod store;

pub use collection::{CollectionKind, CollectionRecord};
pub use error::Error;
pub use record::{EvaluationRecord, Flags, MinimumSpec, ModelRecord, Spec, VersionRecord};
pub use store::{
    Catalog, Changes, DeletedCollection, Known, NewVersion, SavedSearch, SearchName, SyncState,
};

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
