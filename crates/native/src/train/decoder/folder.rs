//! The folder of a new decoder, as `transformers` and we load it.

use std::fs;
use std::path::{Path, PathBuf};

use half::bf16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use serde_json::{Value, json};

use super::parameters::{Parameter, Parameters};
use super::{DecoderConfig, DecoderTraining, Storage};
use crate::tokenizer::TextTokenizer;
use crate::{Error, Result};

/// What is added to the mean square when numbers are normalized.
const NORM_EPSILON: f64 = 1e-5;

/// A folder that takes its name only when it is complete, and goes away if it never is.
pub(super) struct Folder {
    partial: PathBuf,
    out: PathBuf,
}

impl Folder {
    /// Writes everything but the weights.
    pub(super) fn start(training: &DecoderTraining<'_>) -> Result<Self> {
        let out = training.out.to_owned();
        if out.exists() {
            return Err(Error::input(format!("`{}` is there already", out.display())));
        }
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let folder = Self { partial: out.with_file_name(name), out };
        folder.clear();
        fs::create_dir_all(&folder.partial).map_err(Error::write(&folder.partial))?;
        let tokenizer = folder.partial.join("tokenizer.json");
        fs::copy(training.tokenizer_json, tokenizer)
            .map_err(Error::read(training.tokenizer_json))?;
        folder.describe(training.config)?;
        Ok(folder)
    }

    /// Returns where the files are for now.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Writes the weights and gives the folder its name.
    pub(super) fn finish(self, parameters: &Parameters, storage: Storage) -> Result<()> {
        let path = self.partial.join("model.safetensors");
        let metadata = Some([("format".to_owned(), "pt".to_owned())].into());
        let stored: Vec<Stored> = parameters.all.iter().map(|p| Stored::new(p, storage)).collect();
        let wrong = |source: SafeTensorError| Error::Write {
            path: path.clone(),
            source: std::io::Error::other(source),
        };
        let views =
            stored.iter().map(Stored::view).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        safetensors::serialize_to_file(views, metadata, &path).map_err(wrong)?;
        fs::rename(&self.partial, &self.out).map_err(Error::write(&self.out))
    }

    fn describe(&self, config: &DecoderConfig) -> Result<()> {
        let tokenizer = TextTokenizer::load_unbounded(&self.partial)?;
        let end = token_number(&tokenizer, &config.end_token)?;
        let begin = match &config.begin_token {
            Some(token) => Some(token_number(&tokenizer, token)?),
            None => None,
        };
        let vocabulary = tokenizer.vocabulary();
        self.write("config.json", &model_config(config, vocabulary, [begin, Some(end)]))?;
        self.write("tokenizer_config.json", &tokenizer_config(config))?;
        self.write("generation_config.json", &json!({ "bos_token_id": begin, "eos_token_id": end }))
    }

    fn write(&self, name: &str, value: &Value) -> Result<()> {
        let path = self.partial.join(name);
        fs::write(&path, format!("{value:#}\n")).map_err(Error::write(&path))
    }

    /// Removes what an earlier training left; there may be nothing.
    fn clear(&self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Returns the number of a token that the tokenizer has to have.
pub(super) fn token_number(tokenizer: &TextTokenizer, token: &str) -> Result<u32> {
    let missing = || Error::input(format!("the tokenizer has no token `{token}`"));
    tokenizer.number(token).ok_or_else(missing)
}

fn model_config(config: &DecoderConfig, vocabulary: usize, ends: [Option<u32>; 2]) -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocabulary,
        "hidden_size": config.hidden,
        "intermediate_size": config.intermediate,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "max_position_embeddings": config.context_max,
        "hidden_act": "silu",
        "rms_norm_eps": NORM_EPSILON,
        "rope_theta": config.rope_theta,
        "attention_bias": false,
        "mlp_bias": false,
        "tie_word_embeddings": config.tied,
        "bos_token_id": ends[0],
        "eos_token_id": ends[1],
        "torch_dtype": match config.storage {
            Storage::F32 => "float32",
            Storage::Bf16 => "bfloat16",
        },
    })
}

fn tokenizer_config(config: &DecoderConfig) -> Value {
    let mut fields = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config.context_max,
        "bos_token": config.begin_token,
        "eos_token": config.end_token,
        "clean_up_tokenization_spaces": false,
    });
    if let Some(template) = &config.chat_template {
        fields["chat_template"] = json!(template);
    }
    fields
}

/// The bytes of one tensor.
struct Stored<'a> {
    parameter: &'a Parameter,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl<'a> Stored<'a> {
    fn new(parameter: &'a Parameter, storage: Storage) -> Self {
        let numbers = parameter.values.iter();
        let (dtype, bytes) = match storage {
            Storage::F32 => (Dtype::F32, numbers.flat_map(|x| x.to_le_bytes()).collect()),
            Storage::Bf16 => {
                (Dtype::BF16, numbers.flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect())
            }
        };
        Self { parameter, dtype, bytes }
    }

    fn view(&self) -> Result<(&str, TensorView<'_>), SafeTensorError> {
        let view = TensorView::new(self.dtype, self.parameter.shape.clone(), &self.bytes)?;
        Ok((&self.parameter.name, view))
    }
}
