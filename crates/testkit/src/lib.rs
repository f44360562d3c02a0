//! What tests of several crates share: a loopback hub with planned faults, and tiny models.
#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

mod hub;
mod model;

pub use hub::{Access, Fault, LoopbackHub, Seen};
pub use model::{Files, tiny_encoder, weights};
