//! The sizes and the dialect of a decoder, from `config.json`.

use crate::config::ConfigFile;
use crate::{Error, Result, tokenizer};

use super::rope;

/// The sizes of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderShape {
    /// How many tokens it knows.
    pub vocabulary: usize,
    /// The width of the hidden states.
    pub hidden: usize,
    /// How many blocks it has.
    pub layers: usize,
    /// How many heads ask.
    pub heads: usize,
    /// How many heads answer; they divide `heads`.
    pub kv_heads: usize,
    /// The width of one head.
    pub head_dim: usize,
    /// The width between the halves of a feed-forward block.
    pub intermediate: usize,
    /// The longest sequence in tokens.
    pub context_max: usize,
    /// What normalization adds to the mean square.
    pub norm_epsilon: f32,
    /// How fast each pair of a head's numbers turns with the position.
    pub inverse_frequencies: Vec<f32>,
    /// Whether the scores come from the word table.
    pub tied: bool,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Whether queries and keys are normalized head by head.
    pub head_norms: bool,
}

/// Which projections have a bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Biases {
    /// Queries, keys and values.
    pub inputs: bool,
    /// The projection after attention.
    pub output: bool,
    /// The feed-forward block.
    pub feed_forward: bool,
}

impl DecoderShape {
    /// Reads the sizes and checks that they fit each other.
    pub fn read(config: &ConfigFile) -> Result<Self> {
        let dialect = dialect(config)?;
        let hidden = config.count(&["hidden_size"])?;
        let heads = config.count(&["num_attention_heads"])?;
        let kv_heads = config.count_if_present(&["num_key_value_heads"])?.unwrap_or(heads);
        let head_dim = match config.count_if_present(&["head_dim"])? {
            Some(head_dim) => head_dim,
            None => hidden.checked_div(heads).unwrap_or(0),
        };
        let shape = Self {
            vocabulary: config.count(&["vocab_size"])?,
            hidden,
            layers: config.count(&["num_hidden_layers"])?,
            heads,
            kv_heads,
            head_dim,
            intermediate: config.count(&["intermediate_size"])?,
            context_max: context_max(config, dialect)?,
            norm_epsilon: config.number_or("rms_norm_eps", 1e-6)? as f32,
            inverse_frequencies: rope::inverse_frequencies(config, head_dim)?,
            tied: config.flag_or("tie_word_embeddings", false),
            biases: biases(config, dialect),
            head_norms: dialect == "qwen3",
        };
        shape.check(config)?;
        Ok(shape)
    }

    /// Returns the width of all queries together.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Returns the width of all keys together.
    pub fn key_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Describes the attention of one block.
    pub(crate) fn attention(&self) -> kernels::Attention {
        kernels::Attention {
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            causal: true,
            scale: (self.head_dim as f32).sqrt().recip(),
        }
    }

    fn check(&self, config: &ConfigFile) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocabulary),
            ("hidden_size", self.hidden),
            ("num_hidden_layers", self.layers),
            ("num_attention_heads", self.heads),
            ("num_key_value_heads", self.kv_heads),
            ("head_dim", self.head_dim),
            ("intermediate_size", self.intermediate),
        ];
        if let Some((field, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(config.wrong(field, "is 0"));
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            let why = format!("is {}, which does not divide {}", self.kv_heads, self.heads);
            return Err(config.wrong("num_key_value_heads", &why));
        }
        if !self.head_dim.is_multiple_of(2) {
            return Err(config.wrong("head_dim", &format!("is {}, not even", self.head_dim)));
        }
        match config.text("hidden_act") {
            None | Some("silu" | "swish") => Ok(()),
            Some(other) => Err(Error::unsupported(
                format!("activation `{other}` is not supported in decoders"),
                "supported is silu",
            )),
        }
    }
}

/// Returns the model type of a supported decoder.
fn dialect(config: &ConfigFile) -> Result<&'static str> {
    let architecture = config.architecture()?;
    match architecture.model_type {
        known @ ("llama" | "mistral" | "qwen2" | "qwen3") => Ok(known),
        _ => Err(Error::unsupported(
            format!("`{}` does not write text", architecture.name),
            "use it as an encoder",
        )),
    }
}

fn biases(config: &ConfigFile, dialect: &str) -> Biases {
    let attention = config.flag_or("attention_bias", false);
    match dialect {
        "qwen2" => Biases { inputs: true, ..Biases::default() },
        "mistral" => Biases::default(),
        _ => Biases {
            inputs: attention,
            output: attention,
            feed_forward: config.flag_or("mlp_bias", false),
        },
    }
}

/// Returns the longest sequence. Blocks that see only a window are computed exactly up to its
/// length, where the window makes no difference, and not beyond.
fn context_max(config: &ConfigFile, dialect: &str) -> Result<usize> {
    let positions = tokenizer::context_max(config)?;
    let slides = config.flag_or("use_sliding_window", dialect == "mistral");
    let window = config.count_if_present(&["sliding_window"])?.filter(|_| slides);
    Ok(window.filter(|window| *window > 0).map_or(positions, |window| positions.min(window)))
}
