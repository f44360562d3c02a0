//! Llama, and Mistral, which sees a window.

use super::windows::{self, Sliding};
use super::{ConfigFile, DecoderShape, Result, usual};
use crate::decoder::shape::Biases;

pub(super) fn llama(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    let attention = config.flag_or("attention_bias", false);
    let feed_forward = config.flag_or("mlp_bias", false);
    shape.biases = Biases { inputs: attention, output: attention, feed_forward };
    usual(shape, config)
}

pub(super) fn mistral(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    windows::read(shape, config, Sliding::Everywhere)?;
    usual(shape, config)
}
