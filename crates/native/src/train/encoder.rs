//! Makes small encoders with random weights: what samples and tests start from.

use std::collections::HashMap;
use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::folder::Folder;
use super::random::normal;
use crate::Result;
use crate::config::ConfigFile;
use crate::encoder::names::Names;
use crate::encoder::{Dialect, EncoderShape};
use crate::tokenizer::TextTokenizer;
use crate::weights::save::{Numbers, save};

/// How far the first numbers spread; the default of `transformers`.
const SPREAD: f32 = 0.02;
/// What is added to the variance when numbers are normalized.
const NORM_EPSILON: f64 = 1e-12;

/// The sizes of a new encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderConfig {
    /// The width of the hidden states.
    pub hidden: usize,
    /// How many blocks it has.
    pub layers: usize,
    /// How many attention heads a block has; they divide `hidden`.
    pub heads: usize,
    /// The width between the halves of a feed-forward block.
    pub intermediate: usize,
    /// The longest text in tokens.
    pub context_max: usize,
    /// The share of numbers that training sets to zero by chance.
    pub dropout: f32,
    /// Where chance starts.
    pub seed: u64,
}

impl Default for EncoderConfig {
    fn default() -> Self {
        Self {
            hidden: 64,
            layers: 2,
            heads: 4,
            intermediate: 256,
            context_max: 64,
            dropout: 0.0,
            seed: 0,
        }
    }
}

/// Writes the folder of a BERT model with random weights and this tokenizer.
pub fn create(config: &EncoderConfig, tokenizer_json: &Path, out: &Path) -> Result<()> {
    let folder = Folder::start(out)?;
    folder.copy(tokenizer_json, "tokenizer.json")?;
    let tokenizer = TextTokenizer::load_unbounded(folder.path())?;
    folder.write("config.json", &model_config(config, &tokenizer))?;
    folder.write("tokenizer_config.json", &tokenizer_config(config))?;
    let shape = EncoderShape::read(&ConfigFile::read(folder.path())?)?;
    let mut chance = ChaCha8Rng::seed_from_u64(config.seed);
    let tensors: Vec<(String, Vec<usize>, Vec<f32>)> = tensors(&shape)
        .into_iter()
        .map(|(name, sizes)| {
            let values = first_values(&name, sizes.iter().product(), &mut chance);
            (name, sizes, values)
        })
        .collect();
    let numbers: Vec<Numbers<'_>> =
        tensors.iter().map(|(name, shape, values)| Numbers { name, shape, values }).collect();
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    save(&folder.path().join("model.safetensors"), &numbers, format)?;
    folder.finish()
}

fn first_values(name: &str, count: usize, chance: &mut ChaCha8Rng) -> Vec<f32> {
    if name.ends_with("bias") {
        vec![0.0; count]
    } else if name.ends_with("LayerNorm.weight") {
        vec![1.0; count]
    } else {
        (0..count).map(|_| normal(chance) * SPREAD).collect()
    }
}

/// Lists names and sizes.
fn tensors(shape: &EncoderShape) -> Vec<(String, Vec<usize>)> {
    let names = Names::of(Dialect::Bert);
    let (hidden, wide) = (shape.hidden, shape.intermediate);
    let table = |name: &str, rows| (format!("embeddings.{name}.weight"), vec![rows, hidden]);
    let mut list = vec![
        table("word_embeddings", shape.vocabulary),
        table("position_embeddings", shape.positions),
        table("token_type_embeddings", shape.token_types),
        (format!("{}.weight", names.embeddings_norm), vec![hidden]),
        (format!("{}.bias", names.embeddings_norm), vec![hidden]),
    ];
    for layer in 0..shape.layers {
        let linears = [
            (names.query, hidden, hidden),
            (names.key, hidden, hidden),
            (names.value, hidden, hidden),
            (names.output, hidden, hidden),
            (names.up, wide, hidden),
            (names.down, hidden, wide),
        ];
        let at = format!("{}.{layer}", names.blocks);
        for (name, outputs, inputs) in linears {
            list.push((format!("{at}.{name}.weight"), vec![outputs, inputs]));
            list.push((format!("{at}.{name}.bias"), vec![outputs]));
        }
        for name in [names.attention_norm, names.output_norm] {
            list.push((format!("{at}.{name}.weight"), vec![hidden]));
            list.push((format!("{at}.{name}.bias"), vec![hidden]));
        }
    }
    list
}

fn model_config(config: &EncoderConfig, tokenizer: &TextTokenizer) -> Value {
    json!({
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": tokenizer.vocabulary(),
        "hidden_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.intermediate,
        "max_position_embeddings": config.context_max,
        "type_vocab_size": 1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": config.dropout,
        "attention_probs_dropout_prob": config.dropout,
        "layer_norm_eps": NORM_EPSILON,
        "pad_token_id": tokenizer.number("[PAD]").unwrap_or(0),
        "torch_dtype": "float32",
    })
}

fn tokenizer_config(config: &EncoderConfig) -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config.context_max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoder, Family, inspect};

    fn tokenizer() -> std::path::PathBuf {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        fixtures.join("parity/bert-base/tokenizer.json")
    }

    #[test]
    fn a_new_encoder_can_be_inspected_and_run() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("tiny");
        let config = EncoderConfig { hidden: 24, layers: 3, ..EncoderConfig::default() };
        create(&config, &tokenizer(), &out).expect("a folder");
        let facts = inspect(&out).expect("facts");
        assert_eq!((facts.family, facts.hidden_size, facts.layers), (Family::Encoder, 24, 3));
        let encoder = Encoder::load(&out).expect("an encoder");
        let found = encoder.embed(&["the river", "a lamp"]).expect("embeddings");
        assert_ne!(found.vectors[0], found.vectors[1]);
        assert!(found.vectors.iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn a_seed_gives_its_weights_and_no_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let of = |name: &str, seed| {
            let out = dir.path().join(name);
            let config = EncoderConfig { seed, ..EncoderConfig::default() };
            create(&config, &tokenizer(), &out).expect("a folder");
            std::fs::read(out.join("model.safetensors")).expect("weights")
        };
        let first = of("first", 1);
        assert_eq!(first, of("again", 1));
        assert_ne!(first, of("other", 2));
    }

    #[test]
    fn what_does_not_fit_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("tiny");
        let config = EncoderConfig { heads: 5, ..EncoderConfig::default() };
        let refusal = create(&config, &tokenizer(), &out).expect_err("heads do not divide");
        assert!(refusal.to_string().contains("does not divide 64"), "{refusal}");
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0);
        create(&EncoderConfig::default(), &tokenizer(), &out).expect("a folder");
        let refusal = create(&config, &tokenizer(), &out).expect_err("it is there");
        assert!(refusal.to_string().ends_with("is there already"), "{refusal}");
    }
}
