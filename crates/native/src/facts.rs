//! What a model folder holds, told from its headers alone.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Task;
use serde::{Deserialize, Serialize};

use crate::config::ConfigFile;
use crate::decoder::{DecoderFiles, DecoderShape};
use crate::encoder::{self, EmbeddingRecipe, EncoderShape};
use crate::gguf::{self, GgufFile};
use crate::registry::{Architecture, Family, Head};
use crate::tokenizer::{self, TextTokenizer};
use crate::weights::{Encoding, WeightHeaders};
use crate::{Error, Result, chat_template, lora};

/// What is known of a model without running it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// The architecture as `config.json` names it.
    pub architecture: String,
    /// The sort of model.
    pub family: Family,
    /// What it does.
    pub tasks: Vec<Task>,
    /// What it can be fine-tuned for.
    pub finetuning_tasks: Vec<Task>,
    /// How many numbers its weights have.
    pub parameters: u64,
    /// The type of most of them: `f32`, `bf16`, `f16`, or a quantized one such as `q4_k`.
    pub dtype: String,
    /// The longest input in tokens.
    pub context_max: u32,
    /// The width of the hidden states.
    pub hidden_size: u32,
    /// How many blocks it has.
    pub layers: u32,
    /// How many tokens it knows.
    pub vocabulary: u32,
    /// The classes, in the order of their numbers.
    pub labels: Vec<String>,
    /// Bytes of the weight files.
    pub size_bytes: u64,
    /// Whether it comes with a chat template.
    pub chat_template: bool,
}

/// Reads `config.json`, `tokenizer.json` and the headers of the weights, or the header of a GGUF
/// file; never runs code.
///
/// Refuses what [`crate::Encoder`] and [`crate::Decoder`] would refuse for its configuration.
pub fn inspect(dir: &Path) -> Result<ModelFacts> {
    if let Some(file) = gguf::find(dir)? {
        return DecoderFiles::of_gguf(&GgufFile::open(&file)?).map(|files| files.facts);
    }
    lora::refuse_adapter(dir)?;
    let config = ConfigFile::read(dir)?;
    let facts = from_config(dir, &config, &WeightHeaders::read(dir)?)?;
    TextTokenizer::load(dir, facts.context_max as usize)?;
    match facts.family {
        Family::Encoder => {
            EncoderShape::read(&config)?;
            EmbeddingRecipe::read(dir)?;
        }
        Family::Decoder => {
            DecoderShape::read(&config)?;
        }
    }
    Ok(facts)
}

/// Tells the facts from what was read already.
pub(crate) fn from_config(
    dir: &Path,
    config: &ConfigFile,
    headers: &WeightHeaders,
) -> Result<ModelFacts> {
    let architecture = config.architecture()?;
    let head = head_present(architecture, headers);
    let chat_template = chat_template::is_present(dir)?;
    let facts = of_head(config, headers, head)?;
    let tasks = tasks(dir, head, &facts.labels, chat_template);
    Ok(ModelFacts { tasks, chat_template, ..facts })
}

/// Tells the facts of a decoder whose folder has nothing more to say.
pub(crate) fn of_decoder(
    config: &ConfigFile,
    headers: &WeightHeaders,
    chat_template: bool,
) -> Result<ModelFacts> {
    let facts = of_head(config, headers, Head::CausalLm)?;
    Ok(ModelFacts { tasks: head_tasks(Head::CausalLm, chat_template), chat_template, ..facts })
}

/// Tells what configuration and headers say; tasks and template are still to be found.
fn of_head(config: &ConfigFile, headers: &WeightHeaders, head: Head) -> Result<ModelFacts> {
    let architecture = config.architecture()?;
    let labels = match head {
        Head::Classification | Head::TokenClassification => config.labels()?,
        _ => Vec::new(),
    };
    let (parameters, dtype) = numbers(headers)?;
    Ok(ModelFacts {
        architecture: architecture.name.to_owned(),
        family: architecture.family,
        tasks: Vec::new(),
        finetuning_tasks: architecture.finetuning_tasks().to_vec(),
        parameters,
        dtype,
        context_max: tokenizer::context_max(config)? as u32,
        hidden_size: config.count(&["hidden_size", "dim"])? as u32,
        layers: config.count(&["num_hidden_layers", "n_layers"])? as u32,
        vocabulary: config.count(&["vocab_size"])? as u32,
        labels,
        size_bytes: headers.size_bytes,
        chat_template: false,
    })
}

/// Returns the head that the weights hold: embedding models are often published under the name
/// of the masked language model that they come from, without its head.
pub(crate) fn head_present(architecture: &Architecture, headers: &WeightHeaders) -> Head {
    let is_lm = |name: &str| {
        ["cls.predictions.", "lm_head.", "vocab_transform."].iter().any(|p| name.starts_with(p))
    };
    match architecture.head {
        Head::MaskedLm if !headers.iter().any(|(name, _)| is_lm(name)) => Head::Body,
        head => head,
    }
}

fn head_tasks(head: Head, chat_template: bool) -> Vec<Task> {
    let mut tasks = head.tasks().to_vec();
    if head == Head::CausalLm && chat_template {
        tasks.push(Task::ChatCompletion);
    }
    tasks
}

fn tasks(dir: &Path, head: Head, labels: &[String], chat_template: bool) -> Vec<Task> {
    let mut tasks = head_tasks(head, chat_template);
    // Who publishes such a model means this use of it.
    if head == Head::Classification && encoder::can_sort(labels) {
        tasks.insert(0, Task::ZeroShotClassification);
    }
    // A head does not take away what the body does, where the files say how to embed with it.
    if !matches!(head, Head::Body | Head::CausalLm) && dir.join("modules.json").exists() {
        tasks.extend(Head::Body.tasks());
    }
    tasks
}

/// Counts the numbers, and finds the type that most of them have.
fn numbers(headers: &WeightHeaders) -> Result<(u64, String)> {
    let mut counts: BTreeMap<&Encoding, u64> = BTreeMap::new();
    for (_, facts) in headers.iter().filter(|(_, facts)| facts.encoding.is_read()) {
        *counts.entry(&facts.encoding).or_default() += facts.len() as u64;
    }
    let total: u64 = counts.values().sum();
    match counts.into_iter().max_by_key(|(_, count)| *count) {
        Some((encoding, 1..)) => Ok((total, encoding.name())),
        _ => Err(Error::unsupported(
            "the weights hold no numbers of a type that is read",
            "import the original weights, or a copy of another type",
        )),
    }
}

#[cfg(test)]
mod tests;
