//! Gemma 2 and Gemma 3 (text): norms around both halves of a block, scores that level off,
//! windows in most blocks.

use super::windows::{self, Sliding};
use super::{ConfigFile, DecoderShape, Result, Rope, activation};
use crate::Error;
use crate::decoder::shape::{Activation, Biases};

pub(super) fn gemma2(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    gemma(shape, config)?;
    shape.rope = Rope::read(config, shape.head_dim)?;
    windows::read(shape, config, Sliding::AllBut(2))
}

pub(super) fn gemma3(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    gemma(shape, config)?;
    if config.flag_or("use_bidirectional_attention", false) {
        return Err(Error::unsupported(
            "attention in both directions is not supported in decoders",
            "choose a model that writes text",
        ));
    }
    shape.norms.heads = true;
    let every = config
        .count_if_present(&["sliding_window_pattern", "_sliding_window_pattern"])?
        .unwrap_or(6);
    windows::read(shape, config, Sliding::AllBut(every))?;
    // Newer files have the parameters of both sorts of block, older ones a second base.
    shape.rope = match Rope::of_sort(config, "full_attention", shape.head_dim)? {
        Some(rope) => rope,
        None => Rope::read(config, shape.head_dim)?,
    };
    shape.window_rope = Some(match Rope::of_sort(config, "sliding_attention", shape.head_dim)? {
        Some(rope) => rope,
        None => Rope::plain(config.positive_or("rope_local_base_freq", 10_000.0)?, shape.head_dim),
    });
    Ok(())
}

/// Reads what both generations share.
fn gemma(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    let attention = config.flag_or("attention_bias", false);
    shape.biases = Biases { inputs: attention, output: attention, feed_forward: false };
    shape.tied = config.flag_or("tie_word_embeddings", true);
    shape.norms.offset = 1.0;
    shape.norms.outputs = true;
    shape.word_scale = (shape.hidden as f32).sqrt();
    let scalar = config.positive_or("query_pre_attn_scalar", shape.head_dim as f64)?;
    shape.attention_scale = scalar.sqrt().recip() as f32;
    shape.attention_cap = cap(config, "attn_logit_softcapping")?;
    shape.score_cap = cap(config, "final_logit_softcapping")?;
    let read = activation(config, &["hidden_activation", "hidden_act"])?;
    shape.activation = read.unwrap_or(Activation::GeluTanh);
    Ok(())
}

fn cap(config: &ConfigFile, field: &str) -> Result<Option<f32>> {
    match config.field(field) {
        None => Ok(None),
        Some(_) => config.positive_or(field, 1.0).map(|cap| Some(cap as f32)),
    }
}
