//! The server as its clients see it, in this process; workers have their tests with the program.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod bench;
mod catalog;
mod deploy;
mod guard;
mod jobs;
mod open_api;
mod pages;
mod start;
mod work;
