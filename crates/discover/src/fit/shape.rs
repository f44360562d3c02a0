//! What the arithmetic needs to know of a model.

use serde_json::Value;

use super::Precision;

/// What is known of a model's size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// How many numbers its weights have.
    pub parameters: Option<u64>,
    /// Bytes of its files.
    pub file_bytes: Option<u64>,
    /// The type of most of its weights, where its files are here.
    pub precision: Option<Precision>,
    /// Its blocks.
    pub body: Option<Body>,
    /// The longest input in tokens.
    pub context_max: Option<u32>,
}

/// The sizes of a transformer's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// How many blocks it has.
    pub layers: u64,
    /// The width of the hidden states.
    pub hidden: u64,
    /// The width of all queries of a block together.
    pub query_width: u64,
    /// How many heads answer.
    pub kv_heads: u64,
    /// The width of one head.
    pub head_dim: u64,
    /// The width between the halves of a feed-forward block.
    pub intermediate: u64,
    /// How many tokens it knows.
    pub vocabulary: u64,
    /// Whether it writes, token by token, and so remembers keys and values.
    pub writes: bool,
}

/// No published model is wider or deeper; keeps products of four within 64 bits and a bit.
const COUNT_MAX: u64 = 1 << 20;

impl Body {
    /// Reads `config.json`; `None` where it does not describe a transformer in known words.
    ///
    /// The names are those of Transformers' configurations: BERT's, DistilBERT's, and GPT-2's.
    pub fn from_config(config: &Value) -> Option<Self> {
        // Models that also see pictures describe their writing half one level below.
        let inner = config.get("text_config").filter(|inner| inner.is_object());
        let fields = inner.unwrap_or(config);
        let count = |names: &[&str]| {
            let found = names.iter().find_map(|name| fields.get(*name)?.as_u64());
            found.filter(|count| (1..=COUNT_MAX).contains(count))
        };
        let hidden = count(&["hidden_size", "dim", "n_embd", "d_model"])?;
        let heads = count(&["num_attention_heads", "n_heads", "n_head"])?;
        let head_dim = count(&["head_dim"]).or_else(|| hidden.checked_div(heads))?;
        Some(Self {
            layers: count(&["num_hidden_layers", "n_layers", "n_layer"])?,
            hidden,
            query_width: heads * head_dim,
            kv_heads: count(&["num_key_value_heads"]).unwrap_or(heads),
            head_dim,
            intermediate: count(&["intermediate_size", "hidden_dim", "n_inner", "ffn_dim"])
                .unwrap_or(4 * hidden),
            vocabulary: count(&["vocab_size"])?,
            writes: writes(config),
        })
    }

    /// Returns the width of all keys of a block together.
    pub fn key_width(&self) -> u64 {
        self.kv_heads * self.head_dim
    }
}

fn writes(config: &Value) -> bool {
    let names = config.get("architectures").and_then(Value::as_array);
    let name = names.and_then(|names| names.first()).and_then(Value::as_str).unwrap_or_default();
    ["ForCausalLM", "LMHeadModel", "ForConditionalGeneration"].iter().any(|end| name.ends_with(end))
}
