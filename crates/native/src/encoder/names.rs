//! How each family spells its tensors: the only place where they are named.

use crate::encoder::shape::Dialect;
use crate::weights::WeightHeaders;

/// The spellings of one family. Names leave out `.weight` and `.bias`.
#[derive(Debug)]
pub struct Names {
    /// The body's prefix in a model with a head.
    pub prefix: &'static str,
    /// The normalization after the embeddings.
    pub embeddings_norm: &'static str,
    /// The blocks' common prefix, before their number.
    pub blocks: &'static str,
    /// The query projection of a block.
    pub query: &'static str,
    /// The key projection.
    pub key: &'static str,
    /// The value projection.
    pub value: &'static str,
    /// The projection after attention.
    pub output: &'static str,
    /// The normalization after attention.
    pub attention_norm: &'static str,
    /// The first half of the feed-forward block.
    pub up: &'static str,
    /// Its second half.
    pub down: &'static str,
    /// The normalization after the feed-forward block.
    pub output_norm: &'static str,
    /// The dense layer of the masked language model's head.
    pub lm_dense: &'static str,
    /// Its normalization.
    pub lm_norm: &'static str,
    /// Its projection onto the vocabulary, where it is not the word table.
    pub lm_decoder: &'static str,
    /// The full name of that projection's bias.
    pub lm_bias: &'static str,
}

const BERT: Names = Names {
    prefix: "bert.",
    embeddings_norm: "embeddings.LayerNorm",
    blocks: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    output_norm: "output.LayerNorm",
    lm_dense: "cls.predictions.transform.dense",
    lm_norm: "cls.predictions.transform.LayerNorm",
    lm_decoder: "cls.predictions.decoder",
    lm_bias: "cls.predictions.bias",
};

const ROBERTA: Names = Names {
    prefix: "roberta.",
    lm_dense: "lm_head.dense",
    lm_norm: "lm_head.layer_norm",
    lm_decoder: "lm_head.decoder",
    lm_bias: "lm_head.bias",
    ..BERT
};

const MPNET: Names = Names {
    prefix: "mpnet.",
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    output: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
    ..ROBERTA
};

const DISTILBERT: Names = Names {
    prefix: "distilbert.",
    embeddings_norm: "embeddings.LayerNorm",
    blocks: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    output: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    output_norm: "output_layer_norm",
    lm_dense: "vocab_transform",
    lm_norm: "vocab_layer_norm",
    lm_decoder: "vocab_projector",
    lm_bias: "vocab_projector.bias",
};

impl Names {
    /// Returns the spellings of a family.
    pub fn of(dialect: Dialect) -> &'static Self {
        match dialect {
            Dialect::Bert => &BERT,
            Dialect::Roberta => &ROBERTA,
            Dialect::DistilBert => &DISTILBERT,
            Dialect::Mpnet => &MPNET,
        }
    }

    /// Returns the prefix that the body's tensors have in these files: none in a bare body.
    pub fn body_prefix(&self, headers: &WeightHeaders) -> &'static str {
        let with_prefix = format!("{}embeddings.word_embeddings.weight", self.prefix);
        if headers.contains(&with_prefix) { self.prefix } else { "" }
    }
}
