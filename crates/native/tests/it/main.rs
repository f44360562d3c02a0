//! Whole models: parity with `transformers` on committed fixtures.

mod encoder_parity;
mod fixtures;
mod hostile;
mod minilm;
