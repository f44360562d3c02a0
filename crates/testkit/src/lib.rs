//! What tests of several crates share: a loopback hub with planned faults, tiny models, and
//! listings by the million.
#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

pub mod catalog;
mod hub;
mod model;

pub use hub::{Access, Fault, LoopbackHub, Seen};
pub use model::{Files, tiny_encoder, weights};
