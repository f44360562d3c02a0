//! What sets the families apart: one small file each, over the same blocks.

mod gemma;
mod llama;
mod phi;
mod qwen;
mod windows;

use super::rope::Rope;
use super::shape::{Activation, DecoderShape, activation};
use crate::config::ConfigFile;
use crate::{Error, Result};

/// Reads what the family of a decoder adds to its sizes.
pub(super) fn adapt(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    let architecture = config.architecture()?;
    match architecture.model_type {
        "llama" => llama::llama(shape, config),
        "mistral" => llama::mistral(shape, config),
        "qwen2" => qwen::qwen2(shape, config),
        "qwen3" => qwen::qwen3(shape, config),
        "phi3" => phi::phi3(shape, config),
        "gemma2" => gemma::gemma2(shape, config),
        "gemma3_text" => gemma::gemma3(shape, config),
        _ => Err(Error::unsupported(
            format!("`{}` does not write text", architecture.name),
            "use it as an encoder",
        )),
    }
}

/// Reads what most families share: one sort of rope, and SiLU.
fn usual(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    shape.rope = Rope::read(config, shape.head_dim)?;
    shape.activation = activation(config, &["hidden_act"])?.unwrap_or(Activation::Silu);
    Ok(())
}
