//! The sizes and the dialect of a decoder, from `config.json`.

use std::path::Path;

use crate::config::ConfigFile;
use crate::gguf::{self, GgufFile};
use crate::{Error, Result, tokenizer};

use super::families;
use super::rope::Rope;

/// The sizes of a decoder, and how its blocks differ from those of others.
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
    /// Whether the scores come from the word table.
    pub tied: bool,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Whether queries, keys and values lie in one matrix, and the two halves before the
    /// activation in another.
    pub fused: bool,
    /// What is normalized, and how.
    pub norms: Norms,
    /// How positions turn queries and keys.
    pub rope: Rope,
    /// How they do it in blocks that see a window, where that differs.
    pub window_rope: Option<Rope>,
    /// How many tokens each block sees, itself included; `None` is all.
    pub windows: Vec<Option<usize>>,
    /// What the products of queries and keys are multiplied by.
    pub attention_scale: f32,
    /// Where the products of queries and keys level off.
    pub attention_cap: Option<f32>,
    /// Where the scores level off.
    pub score_cap: Option<f32>,
    /// What rows of the word table are multiplied by.
    pub word_scale: f32,
    /// What the feed-forward block does between its halves.
    pub activation: Activation,
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

/// What is normalized, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Norms {
    /// What normalization adds to the mean square.
    pub epsilon: f32,
    /// What is added to the weights.
    pub offset: f32,
    /// Whether queries and keys are normalized head by head.
    pub heads: bool,
    /// Whether what a block adds is normalized too, not only what it reads.
    pub outputs: bool,
}

/// What a feed-forward block does between its halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x · sigmoid(x).
    Silu,
    /// GELU with the hyperbolic tangent.
    GeluTanh,
}

impl DecoderShape {
    /// Reads the sizes of the model in a folder or a GGUF file.
    pub fn of(path: &Path) -> Result<Self> {
        match gguf::find(path)? {
            Some(file) => Self::read(&GgufFile::open(&file)?.config()?),
            None => Self::read(&ConfigFile::read(path)?),
        }
    }

    /// Reads the sizes and checks that they fit each other.
    pub fn read(config: &ConfigFile) -> Result<Self> {
        let hidden = config.count(&["hidden_size"])?;
        let heads = config.count(&["num_attention_heads"])?;
        let kv_heads = config.count_if_present(&["num_key_value_heads"])?.unwrap_or(heads);
        let head_dim = match config.count_if_present(&["head_dim"])? {
            Some(head_dim) => head_dim,
            None => hidden.checked_div(heads).unwrap_or(0),
        };
        let layers = config.count(&["num_hidden_layers"])?;
        let mut shape = Self {
            vocabulary: config.count(&["vocab_size"])?,
            hidden,
            layers,
            heads,
            kv_heads,
            head_dim,
            intermediate: config.count(&["intermediate_size"])?,
            context_max: tokenizer::context_max(config)?,
            tied: config.flag_or("tie_word_embeddings", false),
            biases: Biases::default(),
            fused: false,
            norms: Norms {
                epsilon: config.number_or("rms_norm_eps", 1e-6)? as f32,
                offset: 0.0,
                heads: false,
                outputs: false,
            },
            rope: Rope { speeds: Vec::new(), scale: 1.0, long: None },
            window_rope: None,
            windows: vec![None; layers],
            attention_scale: (head_dim as f32).sqrt().recip(),
            attention_cap: None,
            score_cap: None,
            word_scale: 1.0,
            activation: Activation::Silu,
        };
        shape.check(config)?;
        families::adapt(&mut shape, config)?;
        Ok(shape)
    }

    /// Tells whether the blocks are those of Llama, without biases.
    pub fn is_plain(&self) -> bool {
        let Norms { offset, heads, outputs, .. } = self.norms;
        let whole = 2 * self.rope.speeds.len() == self.head_dim;
        self.biases == Biases::default()
            && !self.fused
            && (offset, heads, outputs) == (0.0, false, false)
            && whole
            && (self.rope.scale, self.word_scale) == (1.0, 1.0)
            && self.rope.long.is_none()
            && self.windows.iter().all(Option::is_none)
            && (self.attention_cap, self.score_cap) == (None, None)
            && self.activation == Activation::Silu
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
            scale: self.attention_scale,
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
        Ok(())
    }
}

/// Reads the activation from the first of these fields that is there.
pub(super) fn activation(config: &ConfigFile, fields: &[&str]) -> Result<Option<Activation>> {
    match fields.iter().find_map(|field| config.text(field)) {
        None => Ok(None),
        Some("silu" | "swish") => Ok(Some(Activation::Silu)),
        Some("gelu_pytorch_tanh" | "gelu_new") => Ok(Some(Activation::GeluTanh)),
        Some(other) => Err(Error::unsupported(
            format!("activation `{other}` is not supported in decoders"),
            "supported are silu and gelu_pytorch_tanh",
        )),
    }
}
