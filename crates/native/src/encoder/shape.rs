//! The sizes and the dialect of an encoder, from `config.json`.

use crate::config::ConfigFile;
use crate::tokenizer;
use crate::{Error, Result};

/// The encoder families: one body, four ways to spell and extend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// BERT and MiniLM.
    Bert,
    /// RoBERTa, XLM-RoBERTa and CamemBERT: positions start after the padding's number.
    Roberta,
    /// DistilBERT: no token types and no pooler.
    DistilBert,
    /// MPNet: a learned bias by relative position, no token types.
    Mpnet,
}

/// The function between the two halves of a feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// GELU by the error function.
    Gelu,
    /// GELU by its tangent approximation.
    GeluTanh,
    /// The positive part.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

/// The sizes of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderShape {
    /// The family.
    pub dialect: Dialect,
    /// How many tokens it knows.
    pub vocabulary: usize,
    /// The width of the hidden states.
    pub hidden: usize,
    /// How many blocks it has.
    pub layers: usize,
    /// How many attention heads a block has; they divide `hidden`.
    pub heads: usize,
    /// The width between the halves of a feed-forward block.
    pub intermediate: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// The row of the position table that the first token takes.
    pub position_first: usize,
    /// The longest input in tokens.
    pub context_max: usize,
    /// Rows of the token type table; 0 where there is none.
    pub token_types: usize,
    /// Rows of the relative bias table; 0 where there is none.
    pub relative_buckets: usize,
    /// What layer normalization adds to the variance.
    pub norm_epsilon: f32,
    /// The function between the halves of a feed-forward block.
    pub activation: Activation,
}

impl EncoderShape {
    /// Reads the sizes and checks that they fit each other.
    pub fn read(config: &ConfigFile) -> Result<Self> {
        let dialect = dialect(config)?;
        let context_max = tokenizer::context_max(config)?;
        let positions = config.count(&["max_position_embeddings"])?;
        let shape = Self {
            dialect,
            vocabulary: config.count(&["vocab_size"])?,
            hidden: config.count(&["hidden_size", "dim"])?,
            layers: config.count(&["num_hidden_layers", "n_layers"])?,
            heads: config.count(&["num_attention_heads", "n_heads"])?,
            intermediate: config.count(&["intermediate_size", "hidden_dim"])?,
            positions,
            position_first: positions - context_max,
            context_max,
            token_types: token_types(config, dialect)?,
            relative_buckets: relative_buckets(config, dialect)?,
            norm_epsilon: config.number_or("layer_norm_eps", 1e-12)? as f32,
            activation: activation(config)?,
        };
        shape.check(config)?;
        Ok(shape)
    }

    /// Returns the width of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden / self.heads
    }

    /// Returns the shape of the attention in every block.
    pub fn attention(&self) -> kernels::Attention {
        kernels::Attention {
            heads: self.heads,
            kv_heads: self.heads,
            head_dim: self.head_dim(),
            causal: false,
            scale: (self.head_dim() as f32).sqrt().recip(),
        }
    }

    fn check(&self, config: &ConfigFile) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocabulary),
            ("hidden_size", self.hidden),
            ("num_attention_heads", self.heads),
            ("intermediate_size", self.intermediate),
        ];
        if let Some((field, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(config.wrong(field, "is 0"));
        }
        if !self.hidden.is_multiple_of(self.heads) {
            let why = format!("is {}, which does not divide {}", self.heads, self.hidden);
            return Err(config.wrong("num_attention_heads", &why));
        }
        match config.text("position_embedding_type") {
            None | Some("absolute") => Ok(()),
            Some(other) => Err(Error::unsupported(
                format!("position embeddings of type `{other}` are not supported"),
                "choose a model with absolute positions",
            )),
        }
    }
}

fn dialect(config: &ConfigFile) -> Result<Dialect> {
    let architecture = config.architecture()?;
    match architecture.model_type {
        "bert" => Ok(Dialect::Bert),
        "roberta" | "xlm-roberta" | "camembert" => Ok(Dialect::Roberta),
        "distilbert" => Ok(Dialect::DistilBert),
        "mpnet" => Ok(Dialect::Mpnet),
        _ => Err(Error::unsupported(
            format!("`{}` is not an encoder", architecture.name),
            "use it for text generation",
        )),
    }
}

fn token_types(config: &ConfigFile, dialect: Dialect) -> Result<usize> {
    match dialect {
        Dialect::Bert => Ok(config.count_if_present(&["type_vocab_size"])?.unwrap_or(2)),
        Dialect::Roberta => Ok(config.count_if_present(&["type_vocab_size"])?.unwrap_or(1)),
        Dialect::DistilBert | Dialect::Mpnet => Ok(0),
    }
}

fn relative_buckets(config: &ConfigFile, dialect: Dialect) -> Result<usize> {
    match dialect {
        Dialect::Mpnet => {
            Ok(config.count_if_present(&["relative_attention_num_buckets"])?.unwrap_or(32))
        }
        _ => Ok(0),
    }
}

fn activation(config: &ConfigFile) -> Result<Activation> {
    let name = config.text("hidden_act").or_else(|| config.text("activation"));
    match name.unwrap_or("gelu") {
        "gelu" | "gelu_python" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(Error::unsupported(
            format!("activation `{other}` is not supported"),
            "supported are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh and relu",
        )),
    }
}
