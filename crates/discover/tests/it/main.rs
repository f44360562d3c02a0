//! Searching the curated collection, and counts against brute force.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod counts;
mod publishers;
mod search;
mod snapshots;
mod sync;
