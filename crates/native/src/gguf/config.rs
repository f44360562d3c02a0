//! The sizes of a model from GGUF metadata, under the names that `config.json` has for them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::GgufFile;
use crate::config::ConfigFile;
use crate::decoder::yarn_scale;
use crate::{Error, Result};

/// Architectures by their names in GGUF, and what `config.json` calls them.
const ARCHITECTURES: [(&str, &str); 6] = [
    ("llama", "LlamaForCausalLM"),
    ("qwen2", "Qwen2ForCausalLM"),
    ("qwen3", "Qwen3ForCausalLM"),
    ("phi3", "Phi3ForCausalLM"),
    ("gemma2", "Gemma2ForCausalLM"),
    ("gemma3", "Gemma3ForCausalLM"),
];

/// Keys below the name of the architecture that hold counts.
const COUNTS: [(&str, &str); 8] = [
    ("embedding_length", "hidden_size"),
    ("block_count", "num_hidden_layers"),
    ("feed_forward_length", "intermediate_size"),
    ("attention.head_count", "num_attention_heads"),
    ("attention.head_count_kv", "num_key_value_heads"),
    ("attention.key_length", "head_dim"),
    ("context_length", "max_position_embeddings"),
    ("attention.sliding_window", "sliding_window"),
];

/// Keys below the name of the architecture that hold other numbers.
const NUMBERS: [(&str, &str); 5] = [
    ("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
    ("rope.freq_base", "rope_theta"),
    ("rope.freq_base_swa", "rope_local_base_freq"),
    ("attn_logit_softcapping", "attn_logit_softcapping"),
    ("final_logit_softcapping", "final_logit_softcapping"),
];

/// Blocks of the Gemmas whose scores are scaled by hidden size over heads, not by the heads'
/// width; their files do not say so.
const LARGE_GEMMAS: [(&str, u64); 2] = [("gemma2", 46), ("gemma3", 62)];

/// Returns the name of a file's architecture, if it is one that is read.
pub(super) fn architecture(file: &GgufFile) -> Result<&'static str> {
    const KEY: &str = "general.architecture";
    let name = file.text(KEY)?.ok_or_else(|| file.wrong(KEY, "is missing"))?;
    let known = ARCHITECTURES.iter().find(|(known, _)| *known == name);
    known.map(|(known, _)| *known).ok_or_else(|| {
        Error::unsupported(
            format!("GGUF architecture `{name}` is not supported"),
            format!("supported are {}", ARCHITECTURES.map(|(known, _)| known).join(", ")),
        )
    })
}

/// Makes the configuration of a file.
pub(super) fn read(file: &GgufFile) -> Result<ConfigFile> {
    let name = architecture(file)?;
    let mut reader = Reader { file, name, fields: Map::new(), spellings: BTreeMap::new() };
    reader.refuse_experts()?;
    reader.sizes()?;
    reader.rope()?;
    reader.family()?;
    Ok(ConfigFile::of(&file.path, reader.fields, reader.spellings))
}

struct Reader<'a> {
    file: &'a GgufFile,
    name: &'static str,
    fields: Map<String, Value>,
    spellings: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn key(&self, end: &str) -> String {
        format!("{}.{end}", self.name)
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    fn refuse_experts(&self) -> Result<()> {
        match self.file.count(&self.key("expert_count"))? {
            None | Some(0) => Ok(()),
            Some(count) => Err(Error::unsupported(
                format!("mixtures of experts are not supported; this model has {count}"),
                "choose a model without experts",
            )),
        }
    }

    fn sizes(&mut self) -> Result<()> {
        for (end, field) in COUNTS {
            let key = self.key(end);
            if self.file.is_list(&key) {
                let what = format!("`{key}` has a number for each block, which is not supported");
                return Err(Error::unsupported(what, "choose a model whose blocks are alike"));
            }
            if let Some(count) = self.file.count(&key)? {
                self.set(field, count);
            }
            self.spellings.insert(field.to_owned(), key);
        }
        for (end, field) in NUMBERS {
            let key = self.key(end);
            if let Some(number) = self.file.number(&key)? {
                self.set(field, number);
            }
            self.spellings.insert(field.to_owned(), key);
        }
        let (_, architecture) = ARCHITECTURES.into_iter().find(|(n, _)| *n == self.name).unzip();
        self.set("architectures", json!([architecture]));
        // Tables may have more rows than there are tokens, to be of a rounder size.
        match self.file.shape("token_embd.weight") {
            Some([rows, _]) => self.set("vocab_size", *rows as u64),
            _ => return Err(self.file.wrong("token_embd.weight", "is not there as a matrix")),
        }
        self.set("tie_word_embeddings", self.file.shape("output.weight").is_none());
        self.set("attention_bias", self.file.shape("blk.0.attn_q.bias").is_some());
        self.set("mlp_bias", self.file.shape("blk.0.ffn_gate.bias").is_some());
        Ok(())
    }

    fn rope(&mut self) -> Result<()> {
        let file = self.file;
        let mut rope = Map::new();
        let mut put = |name: &str, value: Option<f64>| {
            rope.extend(value.map(|value| (name.to_owned(), json!(value))));
        };
        let factor = file.number(&self.key("rope.scaling.factor"))?;
        put("factor", factor);
        put("beta_fast", file.number(&self.key("rope.scaling.yarn_beta_fast"))?);
        put("beta_slow", file.number(&self.key("rope.scaling.yarn_beta_slow"))?);
        let attention = file.number(&self.key("rope.scaling.attn_factor"))?;
        let original = file.number(&self.key("rope.scaling.original_context_length"))?;
        put("original_max_position_embeddings", original);
        if let (Some(turning), Some(head_dim)) =
            (file.number(&self.key("rope.dimension_count"))?, self.head_dim())
        {
            put("partial_rotary_factor", Some(turning / head_dim));
        }
        let scaling = file.text(&self.key("rope.scaling.type"))?.unwrap_or("none");
        let kind = if let Some(factors) = file.factors("rope_freqs.weight")? {
            rope.insert("factors".to_owned(), json!(factors));
            "factors"
        } else if let (Some(short), Some(long)) =
            (file.factors("rope_factors_short.weight")?, file.factors("rope_factors_long.weight")?)
        {
            rope.insert("short_factor".to_owned(), json!(short));
            rope.insert("long_factor".to_owned(), json!(long));
            "longrope"
        } else if scaling == "none" {
            "default"
        } else {
            scaling
        };
        if let Some(attention) = attention {
            // Of YaRN the files say what its own scale is multiplied with.
            let own = if kind == "yarn" { yarn_scale(factor.unwrap_or(1.0), 1.0) } else { 1.0 };
            rope.insert("attention_factor".to_owned(), json!(attention * own));
        }
        rope.insert("rope_type".to_owned(), json!(kind));
        self.set("rope_parameters", rope);
        Ok(())
    }

    fn head_dim(&self) -> Option<f64> {
        let number = |field: &str| self.fields.get(field).and_then(Value::as_f64);
        let derived = || Some(number("hidden_size")? / number("num_attention_heads")?);
        number("head_dim").or_else(derived).filter(|dim| dim.is_finite() && *dim > 0.0)
    }

    fn family(&mut self) -> Result<()> {
        match self.name {
            "gemma2" => {
                // Older files leave out what all models of the family have.
                for (field, usual) in [
                    ("attn_logit_softcapping", 50.0),
                    ("final_logit_softcapping", 30.0),
                    ("sliding_window", 4096.0),
                ] {
                    self.fields.entry(field).or_insert_with(|| match field {
                        "sliding_window" => json!(usual as u64),
                        _ => json!(usual),
                    });
                }
                self.gemma()
            }
            "gemma3" => self.gemma(),
            _ => Ok(()),
        }
    }

    fn gemma(&mut self) -> Result<()> {
        let key = self.key("attention.sliding_window_pattern");
        if self.file.is_list(&key) {
            let flags = self.file.list(&key, "yes or no", |value| match value {
                super::Scalar::Flag(flag) => Some(flag),
                _ => None,
            })?;
            let sort = |slides: bool| if slides { "sliding_attention" } else { "full_attention" };
            let sorts: Option<Vec<&str>> = flags.map(|flags| flags.into_iter().map(sort).collect());
            self.set("layer_types", json!(sorts));
        } else if let Some(every) = self.file.count(&key)? {
            self.set("sliding_window_pattern", every);
        }
        let blocks = self.fields.get("num_hidden_layers").and_then(Value::as_u64);
        let large = LARGE_GEMMAS.iter().any(|(name, of)| *name == self.name && blocks == Some(*of));
        let number = |field: &str| self.fields.get(field).and_then(Value::as_f64);
        let scalar = match (number("hidden_size"), number("num_attention_heads")) {
            (Some(hidden), Some(heads)) if large && heads > 0.0 => Some(hidden / heads),
            _ => self.head_dim(),
        };
        if let Some(scalar) = scalar {
            self.set("query_pre_attn_scalar", scalar);
        }
        Ok(())
    }
}
