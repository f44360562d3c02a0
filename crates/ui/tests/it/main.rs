//! Every page, with ordinary and with hostile content.

mod outline;
mod pages;
mod samples;
mod snapshots;
