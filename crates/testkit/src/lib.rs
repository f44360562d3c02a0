//! What tests of several crates share: a loopback hub with planned faults, a foreign server of
//! models, tiny models, listings by the million, and hostile inputs.
#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

pub mod catalog;
mod confine;
mod hub;
mod model;
mod mutate;
mod peer;

pub use confine::Confined;
pub use hub::{Access, Fault, LoopbackHub, Seen};
pub use model::{Files, tiny_encoder, weights};
pub use mutate::Mutator;
pub use peer::peer;
