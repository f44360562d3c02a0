//! Whole models: parity with `transformers` on committed fixtures.

#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

mod decoder_parity;
mod encoder_parity;
mod fixtures;
mod hostile;
mod minilm;
