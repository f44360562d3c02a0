//! The folder of a finished classifier.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::arena::Arena;
use super::model::{Finished, Model};
use crate::config::ConfigFile;
use crate::encoder::names::Names;
use crate::encoder::{OWN_HEAD_FIELD, OwnHead, OwnKind, OwnPooling};
use crate::registry::{ARCHITECTURES, Head};
use crate::train::folder::Folder;
use crate::weights::save::{Numbers, save};
use crate::{Error, Result};

/// What belongs to a tokenizer, in one family or another.
const TOKENIZER_FILES: [&str; 10] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
];

/// Writes a model folder, whole or not at all.
pub(super) fn write(
    out: &Path,
    base: &Path,
    labels: &[String],
    (model, arena): (&Model, &Arena),
) -> Result<()> {
    let folder = Folder::start(out)?;
    for name in TOKENIZER_FILES {
        let from = base.join(name);
        if from.exists() {
            folder.copy(&from, name)?;
        }
    }
    folder.write("config.json", &config(&ConfigFile::read(base)?, labels)?)?;
    let prefix = Names::of(model.shape.dialect).prefix;
    let tensors = model.finished(arena);
    let names: Vec<String> = tensors.iter().map(|tensor| full_name(prefix, tensor)).collect();
    let numbers: Vec<Numbers<'_>> = names
        .iter()
        .zip(&tensors)
        .map(|(name, tensor)| Numbers { name, shape: &tensor.shape, values: &tensor.values })
        .collect();
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    save(&folder.path().join("model.safetensors"), &numbers, format)?;
    folder.finish()
}

fn full_name(prefix: &str, tensor: &Finished) -> String {
    if tensor.is_head { tensor.name.clone() } else { format!("{prefix}{}", tensor.name) }
}

/// Returns the base's configuration with the new head in place of its own.
fn config(base: &ConfigFile, labels: &[String]) -> Result<Value> {
    let model_type = base.architecture()?.model_type;
    let is_classifier = |known: &&crate::registry::Architecture| {
        known.model_type == model_type && known.head == Head::Classification
    };
    let architecture = ARCHITECTURES.iter().find(is_classifier).ok_or_else(|| {
        let what = format!("`{model_type}` has no form for classification");
        Error::unsupported(what, "choose an encoder, such as BERT or MPNet")
    })?;
    let mut fields = base.fields().clone();
    // What described the head of the base would contradict the new one.
    for name in ["num_labels", "_num_labels", "finetuning_task", "dtype"] {
        fields.remove(name);
    }
    let numbered = || labels.iter().enumerate();
    let by_number: Map<String, Value> =
        numbered().map(|(number, label)| (number.to_string(), json!(label))).collect();
    let by_label: Map<String, Value> =
        numbered().map(|(number, label)| (label.clone(), json!(number))).collect();
    let head = OwnHead { pooling: OwnPooling::Mean, kind: OwnKind::Linear };
    let new = json!({
        "architectures": [architecture.name],
        "model_type": model_type,
        "id2label": by_number,
        "label2id": by_label,
        "problem_type": "single_label_classification",
        OWN_HEAD_FIELD: head,
        "torch_dtype": "float32",
    });
    if let Value::Object(new) = new {
        fields.extend(new);
    }
    Ok(Value::Object(fields))
}
