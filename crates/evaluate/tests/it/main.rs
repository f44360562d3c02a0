//! Measuring, from the figures of scikit-learn to a model on a file.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod golden;
mod models;
