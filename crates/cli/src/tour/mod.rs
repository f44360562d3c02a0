//! The main job on built-in samples: two tiny models and an intent data set, all of them made by
//! `cargo xtask samples` from text that the repository generates itself.

mod samples;
mod steps;

pub use samples::unpack;
pub use steps::Steps;
