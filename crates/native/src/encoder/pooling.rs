//! How the hidden states of a text become its embedding, by sentence-transformers' files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::files;
use crate::{Error, Result};

/// Turns the hidden states of one text into one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The first token.
    Cls,
    /// The mean over all tokens.
    Mean,
    /// The greatest value of each feature.
    Max,
    /// The sum over all tokens, divided by the root of their count.
    MeanSqrtLength,
}

/// What a model's files say about embeddings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingRecipe {
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// Whether vectors are scaled to length one.
    pub normalize: bool,
    /// Whether texts are put into lower case first.
    pub lowercase: bool,
    /// What is put before every text.
    pub prompt: String,
    /// The longest input in tokens, where the files set one.
    pub tokens_max: Option<usize>,
}

impl EmbeddingRecipe {
    /// Reads `modules.json` and what it names; without it, plain means.
    pub fn read(dir: &Path) -> Result<Self> {
        let mut recipe = Self {
            pooling: Pooling::Mean,
            normalize: false,
            lowercase: false,
            prompt: String::new(),
            tokens_max: None,
        };
        let modules: Option<Vec<Module>> = files::read_json_if_present(&dir.join("modules.json"))?;
        if let Some(modules) = modules {
            modules.iter().try_for_each(|module| recipe.apply(dir, module))?;
            recipe.read_limits(dir)?;
            recipe.prompt = default_prompt(dir)?;
        }
        Ok(recipe)
    }

    /// Reads the longest input: from the library's own file, or from the tokenizer's.
    fn read_limits(&mut self, dir: &Path) -> Result<()> {
        let sentence: Option<SentenceConfig> =
            files::read_json_if_present(&dir.join("sentence_bert_config.json"))?;
        let tokenizer: Option<TokenizerConfig> =
            files::read_json_if_present(&dir.join("tokenizer_config.json"))?;
        let sentence = sentence.unwrap_or_default();
        let of_tokenizer = tokenizer.and_then(|tokenizer| tokenizer.model_max_length);
        self.lowercase = sentence.do_lower_case;
        // "No limit" is written as a number with thirty digits, which the cast saturates.
        self.tokens_max = sentence.max_seq_length.or(of_tokenizer.map(|length| length as usize));
        Ok(())
    }

    /// Returns a text as the model wants it.
    pub(super) fn prepare(&self, text: &str) -> String {
        let text = format!("{}{text}", self.prompt);
        if self.lowercase { text.to_lowercase() } else { text }
    }

    fn apply(&mut self, dir: &Path, module: &Module) -> Result<()> {
        match module.kind.rsplit('.').next() {
            Some("Transformer") => {}
            Some("Pooling") => self.pooling = Pooling::read(dir, &module.path)?,
            Some("Normalize") => self.normalize = true,
            _ => {
                let what = format!("the embedding module `{}` is not supported", module.kind);
                let hint = "supported are Transformer, Pooling and Normalize";
                return Err(Error::unsupported(what, hint));
            }
        }
        Ok(())
    }
}

impl Pooling {
    fn read(dir: &Path, folder: &str) -> Result<Self> {
        let is_plain = Path::new(folder).file_name().is_some_and(|name| name == folder);
        if !is_plain {
            let why = format!("leads to `{folder}`, which is not a folder beside it");
            let path = dir.join("modules.json");
            return Err(Error::Field { path, field: "path".to_owned(), why });
        }
        Self::from_fields(&files::read_json(&dir.join(folder).join("config.json"))?)
    }

    fn from_fields(fields: &Map<String, Value>) -> Result<Self> {
        match modes(fields).as_slice() {
            ["cls"] => Ok(Self::Cls),
            ["mean"] => Ok(Self::Mean),
            ["max"] => Ok(Self::Max),
            ["mean_sqrt_len_tokens"] => Ok(Self::MeanSqrtLength),
            other => Err(Error::unsupported(
                format!("pooling by `{}` is not supported", other.join("` and `")),
                "supported is one of cls, mean, max and mean_sqrt_len_tokens",
            )),
        }
    }

    /// Pools the rows of one text, each `width` wide.
    pub(super) fn apply(self, hidden: &[f32], width: usize) -> Vec<f32> {
        let rows = hidden.len() / width;
        match self {
            Self::Cls => hidden[..width].to_vec(),
            Self::Mean => fold(hidden, width, |x, y| x + y, rows as f32),
            Self::Max => fold(hidden, width, f32::max, 1.0),
            Self::MeanSqrtLength => fold(hidden, width, |x, y| x + y, (rows as f32).sqrt()),
        }
    }
}

/// Combines rows feature by feature, then divides.
fn fold(hidden: &[f32], width: usize, combine: fn(f32, f32) -> f32, divisor: f32) -> Vec<f32> {
    let mut total = hidden[..width].to_vec();
    for row in hidden.chunks(width).skip(1) {
        total.iter_mut().zip(row).for_each(|(x, y)| *x = combine(*x, *y));
    }
    total.iter_mut().for_each(|x| *x /= divisor);
    total
}

/// Scales a vector to length one; a vector of zeros stays as it is.
pub(super) fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|x| *x /= length);
}

/// Lists the modes that are on: one field in new files, a flag for each mode in old ones.
fn modes(fields: &Map<String, Value>) -> Vec<&str> {
    const FLAGS: [(&str, &str); 6] = [
        ("pooling_mode_cls_token", "cls"),
        ("pooling_mode_max_tokens", "max"),
        ("pooling_mode_mean_tokens", "mean"),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
        ("pooling_mode_weightedmean_tokens", "weightedmean"),
        ("pooling_mode_lasttoken", "lasttoken"),
    ];
    match fields.get("pooling_mode") {
        Some(Value::Array(modes)) => modes.iter().filter_map(Value::as_str).collect(),
        Some(mode) => mode.as_str().into_iter().collect(),
        None => {
            let is_on = |(flag, _): &&(&str, &str)| fields.get(*flag) == Some(&Value::Bool(true));
            FLAGS.iter().filter(is_on).map(|(_, mode)| *mode).collect()
        }
    }
}

/// Returns the prompt that goes before every text when nobody asks for another.
fn default_prompt(dir: &Path) -> Result<String> {
    let config: Option<PromptConfig> =
        files::read_json_if_present(&dir.join("config_sentence_transformers.json"))?;
    let prompt = config.and_then(|mut config| config.prompts.remove(&config.default_prompt_name?));
    Ok(prompt.unwrap_or_default())
}

#[derive(Deserialize)]
struct PromptConfig {
    default_prompt_name: Option<String>,
    #[serde(default)]
    prompts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TokenizerConfig {
    model_max_length: Option<f64>,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pooling_is_read_from_new_and_old_files() {
        let check = |fields: Value, expected: Option<Pooling>| {
            let pooling = Pooling::from_fields(fields.as_object().expect("an object"));
            assert_eq!(pooling.ok(), expected, "{fields}");
        };
        check(json!({"pooling_mode": "mean"}), Some(Pooling::Mean));
        check(json!({"pooling_mode": ["cls"]}), Some(Pooling::Cls));
        check(json!({"pooling_mode": ["cls", "mean"]}), None);
        check(json!({"pooling_mode_max_tokens": true}), Some(Pooling::Max));
        check(
            json!({"pooling_mode_cls_token": false, "pooling_mode_mean_sqrt_len_tokens": true}),
            Some(Pooling::MeanSqrtLength),
        );
        check(json!({"pooling_mode_lasttoken": true}), None);
        check(json!({}), None);
    }

    #[test]
    fn rows_are_pooled_feature_by_feature() {
        let check = |pooling: Pooling, expected: [f32; 2]| {
            assert_eq!(pooling.apply(&[1.0, 8.0, 3.0, 4.0, 2.0, 0.0, 2.0, 0.0], 2), expected);
        };
        check(Pooling::Cls, [1.0, 8.0]);
        check(Pooling::Mean, [2.0, 3.0]);
        check(Pooling::Max, [3.0, 8.0]);
        check(Pooling::MeanSqrtLength, [4.0, 6.0]);
    }

    #[test]
    fn zeros_are_not_divided_by_their_length() {
        let mut zeros = [0.0, 0.0];
        normalize(&mut zeros);
        assert_eq!(zeros, [0.0, 0.0]);
        let mut vector = [3.0, 4.0];
        normalize(&mut vector);
        assert_eq!(vector, [0.6, 0.8]);
    }
}
