//! What tests of several crates share: a loopback hub with planned faults, a foreign server of
//! models, tiny models, and listings by the million.
#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

pub mod catalog;
mod hub;
mod model;
mod peer;

pub use hub::{Access, Fault, LoopbackHub, Seen};
pub use model::{Files, tiny_encoder, weights};
pub use peer::peer;
