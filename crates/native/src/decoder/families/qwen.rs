//! Qwen2, with biases before attention, and Qwen3, which normalizes heads instead.

use super::windows::{self, Sliding};
use super::{ConfigFile, DecoderShape, Result, usual};
use crate::decoder::shape::Biases;

pub(super) fn qwen2(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    shape.biases = Biases { inputs: true, ..Biases::default() };
    windows(shape, config)?;
    usual(shape, config)
}

pub(super) fn qwen3(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    let attention = config.flag_or("attention_bias", false);
    shape.biases = Biases { inputs: attention, output: attention, feed_forward: false };
    shape.norms.heads = true;
    windows(shape, config)?;
    usual(shape, config)
}

/// The first blocks see everything, where windows are used at all.
fn windows(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    if !config.flag_or("use_sliding_window", false) {
        return Ok(());
    }
    let first = config.count_if_present(&["max_window_layers"])?.unwrap_or(28);
    windows::read(shape, config, Sliding::From(first))
}
