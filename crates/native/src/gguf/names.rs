//! What tensors of GGUF files are called here, and which have another order of rows.

use super::GgufFile;
use crate::{Error, Result};

/// Names outside of the blocks, and what `transformers` calls them.
const OUTSIDE: [(&str, &str); 3] =
    [("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head")];

/// Names inside of a block, and what `transformers` calls them.
const INSIDE: [(&str, &str); 15] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_qkv", "self_attn.qkv_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("post_attention_norm", "post_attention_layernorm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("post_ffw_norm", "post_feedforward_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_gate_up", "mlp.gate_up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// How a file lays out its tensors.
pub(super) struct Layout {
    architecture: String,
    heads: usize,
    kv_heads: usize,
}

impl Layout {
    pub(super) fn of(file: &GgufFile) -> Result<Self> {
        let architecture = super::config::architecture(file)?.to_owned();
        let heads = |key: &str| -> Result<Option<usize>> {
            Ok(file.count(&format!("{architecture}.attention.{key}"))?.map(|count| count as usize))
        };
        let all = heads("head_count")?.unwrap_or(0);
        let kv_heads = heads("head_count_kv")?.unwrap_or(all);
        Ok(Self { heads: all, kv_heads, architecture })
    }

    /// Translates a name; one that is not known stays as it is.
    pub(super) fn name(&self, name: &str) -> String {
        let Some((stem, end)) = name.rsplit_once('.') else { return name.to_owned() };
        let known = |table: &[(&str, &'static str)], stem: &str| {
            table.iter().find(|(known, _)| *known == stem).map(|(_, ours)| *ours)
        };
        if let Some(ours) = known(&OUTSIDE, stem) {
            return format!("{ours}.{end}");
        }
        let block = stem.strip_prefix("blk.").and_then(|rest| rest.split_once('.'));
        let ours = block.and_then(|(layer, inner)| Some((layer, self.inner(inner, &known)?)));
        match ours {
            Some((layer, ours)) => format!("model.layers.{layer}.{ours}.{end}"),
            None => name.to_owned(),
        }
    }

    fn inner(
        &self,
        inner: &str,
        known: &impl Fn(&[(&str, &'static str)], &str) -> Option<&'static str>,
    ) -> Option<&'static str> {
        match (self.architecture.as_str(), inner) {
            // Gemma normalizes behind attention too, and calls what is before the feed-forward
            // block by another name.
            ("gemma2" | "gemma3", "ffn_norm") => Some("pre_feedforward_layernorm"),
            // Both halves lie in one matrix.
            ("phi3", "ffn_up") => Some("mlp.gate_up_proj"),
            _ => known(&INSIDE, inner),
        }
    }

    /// Returns the heads of a tensor whose rows lie in pairs that turn together. Files of Llama
    /// have the two halves of each head woven into each other.
    pub(super) fn heads(&self, name: &str, rows: usize) -> Result<Option<usize>> {
        if self.architecture != "llama" {
            return Ok(None);
        }
        let heads = match name.rsplit_once('.').map_or("", |(stem, _)| stem) {
            stem if stem.ends_with("self_attn.q_proj") => self.heads,
            stem if stem.ends_with("self_attn.k_proj") => self.kv_heads,
            _ => return Ok(None),
        };
        if heads > 0 && rows > 0 && rows.is_multiple_of(heads) && (rows / heads).is_multiple_of(2) {
            return Ok(Some(heads));
        }
        Err(Error::unsupported(
            format!("`{name}` has {rows} rows, which are not {heads} even heads"),
            "the file contradicts itself: get it again, or another one",
        ))
    }
}
