//! Fine-tuning on the kernels, with exact resume.

pub mod decoder;
pub mod observer;
