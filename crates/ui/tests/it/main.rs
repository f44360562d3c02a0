//! Every page, with ordinary and with hostile content.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod compare;
mod outline;
mod pages;
mod samples;
mod snapshots;
