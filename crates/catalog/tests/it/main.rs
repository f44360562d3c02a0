//! The records on both databases, and asset folders on disk.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod azure;
mod azure_real;
mod changes;
mod collections;
mod lineage;
mod marks;
mod published;
mod speed;
mod store;
