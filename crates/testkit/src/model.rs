//! Tiny models, made from a seed: the same on every machine.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

/// Files by their path.
pub type Files = BTreeMap<String, Vec<u8>>;

const HIDDEN: usize = 16;
const INTERMEDIATE: usize = 32;
const POSITIONS: usize = 64;
const WORDS: &[&str] = &[
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "card", "is", "where", "my", "lost",
    "money", "account", "how", "do", "i", "pay", ".", "?",
];

/// Makes a BERT with one block, a tokenizer and a card; it knows twenty words.
pub fn tiny_encoder(seed: u64) -> Files {
    let card = "---\nlicense: apache-2.0\nlanguage: en\npipeline_tag: feature-extraction\n\
                tags:\n- tiny\n---\n# Tiny\n\nA tiny encoder for tests.\n";
    Files::from([
        ("config.json".to_owned(), pretty(&config())),
        ("tokenizer.json".to_owned(), pretty(&tokenizer())),
        ("tokenizer_config.json".to_owned(), pretty(&json!({ "model_max_length": POSITIONS }))),
        ("README.md".to_owned(), card.as_bytes().to_vec()),
        ("model.safetensors".to_owned(), weights(seed, &encoder_shapes())),
    ])
}

/// Makes a safetensors file with random numbers in the given shapes.
///
/// # Panics
/// Never, as the shapes fit their bytes.
pub fn weights(seed: u64, shapes: &[(String, Vec<usize>)]) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut number = || (random.random::<f32>() * 0.2 - 0.1).to_le_bytes();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .iter()
        .map(|(name, shape)| {
            let count = shape.iter().product();
            (name.clone(), shape.clone(), (0..count).flat_map(|_| number()).collect())
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (name.as_str(), view.expect("the bytes fit the shape"))
    });
    safetensors::serialize(views, None).expect("tensors in memory can be written")
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("a JSON value can be written")
}

fn config() -> Value {
    json!({
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": POSITIONS,
        "num_attention_heads": 2,
        "num_hidden_layers": 1,
        "pad_token_id": 0,
        "type_vocab_size": 2,
        "vocab_size": WORDS.len(),
    })
}

fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    let special = |id: usize| {
        json!({
            "id": id, "content": WORDS[id], "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false,
        })
    };
    json!({
        "version": "1.0",
        "added_tokens": (0..5).map(special).collect::<Vec<_>>(),
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    })
}

fn encoder_shapes() -> Vec<(String, Vec<usize>)> {
    let mut shapes = Vec::new();
    let mut add = |name: &str, shape: &[usize]| shapes.push((name.to_owned(), shape.to_vec()));
    add("embeddings.word_embeddings.weight", &[WORDS.len(), HIDDEN]);
    add("embeddings.position_embeddings.weight", &[POSITIONS, HIDDEN]);
    add("embeddings.token_type_embeddings.weight", &[2, HIDDEN]);
    add("embeddings.LayerNorm.weight", &[HIDDEN]);
    add("embeddings.LayerNorm.bias", &[HIDDEN]);
    let mut linear = |name: &str, out: usize, input: usize| {
        add(&format!("encoder.layer.0.{name}.weight"), &[out, input]);
        add(&format!("encoder.layer.0.{name}.bias"), &[out]);
    };
    for name in ["query", "key", "value"] {
        linear(&format!("attention.self.{name}"), HIDDEN, HIDDEN);
    }
    linear("attention.output.dense", HIDDEN, HIDDEN);
    linear("intermediate.dense", INTERMEDIATE, HIDDEN);
    linear("output.dense", HIDDEN, INTERMEDIATE);
    for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
        add(&format!("encoder.layer.0.{name}.weight"), &[HIDDEN]);
        add(&format!("encoder.layer.0.{name}.bias"), &[HIDDEN]);
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_model() {
        assert_eq!(tiny_encoder(1), tiny_encoder(1));
        assert_ne!(tiny_encoder(1)["model.safetensors"], tiny_encoder(2)["model.safetensors"]);
    }
}
