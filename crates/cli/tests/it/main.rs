//! The program as its users meet it: the real binary, its worker processes, and their deaths.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod bench;
mod death;
mod encoders;
mod guides;
mod help;
mod parity;
mod process;
mod reference;
mod samples;
mod searches;
mod serving;
mod story;
mod sync;
mod tour;
mod wrong;
