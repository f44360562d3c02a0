//! Fine-tuning on the kernels, with exact resume.

pub mod classifier;
pub mod decoder;
pub mod encoder;
mod folder;
pub mod observer;
mod random;
