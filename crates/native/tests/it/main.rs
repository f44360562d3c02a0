//! Whole models: parity with `transformers` on committed fixtures, and what is refused.

#![expect(clippy::expect_used, reason = "a test stops where its ground is missing")]

mod adapters;
mod decoder_parity;
mod encoder_parity;
mod encoders_rounded;
mod fixtures;
mod fuzz;
mod gguf;
mod head_parity;
mod hostile;
mod minilm;
mod parity;
mod quantized;
mod ranking;
