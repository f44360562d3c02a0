//! The server as its clients see it, in this process; workers have their tests with the program.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod adapters;
mod bench;
mod catalog;
mod collections;
mod compare;
mod deploy;
mod guard;
mod hub_api;
mod jobs;
mod kubeflow;
mod marks;
mod model;
mod open_api;
mod pages;
mod start;
mod suggest;
mod work;
