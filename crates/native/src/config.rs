//! `config.json`, read field by field with errors that name the field.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::files;
use crate::registry::{self, Architecture};
use crate::{Error, Result};

/// The largest count that a configuration may hold; keeps products of three within 64 bits.
const COUNT_MAX: u64 = 1 << 20;

/// Code of models that is the same as that of `transformers`, and is done here.
const KNOWN_CODE: [&str; 2] = ["configuration_phi3.Phi3Config", "modeling_phi3.Phi3ForCausalLM"];

/// A model's `config.json`.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    fields: Map<String, Value>,
    /// What fields are called in the file, where it has other names.
    spellings: BTreeMap<String, String>,
}

impl ConfigFile {
    /// Reads `config.json`, and refuses what would need code of the model's own.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("config.json");
        if !path.exists() {
            let hint = "a model folder holds `config.json`, `tokenizer.json` and weights";
            return Err(Error::MissingFile { dir: dir.to_owned(), file: "config.json", hint });
        }
        let config = Self { fields: files::read_json(&path)?, path, spellings: BTreeMap::new() };
        config.refuse_foreign_code()?;
        config.refuse_quantized()?;
        Ok(config)
    }

    /// Makes a configuration of fields that another file has under other names.
    pub(crate) fn of(
        path: &Path,
        fields: Map<String, Value>,
        spellings: BTreeMap<String, String>,
    ) -> Self {
        Self { path: path.to_owned(), fields, spellings }
    }

    /// Returns the entry of the registry that `architectures` or `model_type` names.
    pub fn architecture(&self) -> Result<&'static Architecture> {
        let names = self.fields.get("architectures").and_then(Value::as_array);
        let name = names.and_then(|names| names.first()).and_then(Value::as_str);
        match (name, self.text("model_type")) {
            (Some(name), _) => registry::by_name(name),
            (None, Some(model_type)) => registry::by_model_type(model_type),
            (None, None) => Err(self.wrong("architectures", "is missing")),
        }
    }

    /// Returns a count, which may go by several names.
    pub fn count(&self, names: &[&str]) -> Result<usize> {
        let field = names.first().copied().unwrap_or_default();
        self.count_if_present(names)?.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// Returns a count, or `None` where no such field is there.
    pub fn count_if_present(&self, names: &[&str]) -> Result<Option<usize>> {
        let Some((name, value)) = names.iter().find_map(|name| Some((name, self.field(name)?)))
        else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(count) if count <= COUNT_MAX => Ok(Some(count as usize)),
            _ => Err(self.wrong(name, &format!("is `{value}`, not a count up to {COUNT_MAX}"))),
        }
    }

    /// Returns a number, or `default` where the field is absent.
    pub fn number_or(&self, name: &str, default: f64) -> Result<f64> {
        match self.field(name) {
            None => Ok(default),
            Some(value) => {
                value.as_f64().ok_or_else(|| self.wrong(name, &format!("is `{value}`, no number")))
            }
        }
    }

    /// Returns a number above 0, or `default` where the field is absent.
    pub fn positive_or(&self, name: &str, default: f64) -> Result<f64> {
        let number = self.number_or(name, default)?;
        if number.is_finite() && number > 0.0 {
            return Ok(number);
        }
        Err(self.wrong(name, &format!("is `{number}`, not a number above 0")))
    }

    /// Returns a text, or `None` where the field is absent or something else.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str)
    }

    /// Returns a yes or no, or `default` where the field is absent or something else.
    pub fn flag_or(&self, name: &str, default: bool) -> bool {
        self.field(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// Returns a field as it is, or `None` where it is absent or null.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Returns every field, in the order of the file.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Makes an error about one field.
    pub fn wrong(&self, field: &str, why: &str) -> Error {
        let spelling = self.spellings.get(field).map_or(field, String::as_str);
        Error::Field { path: self.path.clone(), field: spelling.to_owned(), why: why.to_owned() }
    }

    /// Returns the names of the classes in the order of their numbers.
    pub fn labels(&self) -> Result<Vec<String>> {
        let Some(value) = self.field("id2label") else {
            // Transformers leaves out what equals its default, two classes without names.
            let count = self.count_if_present(&["num_labels", "_num_labels"])?.unwrap_or(2);
            return Ok((0..count).map(|number| format!("LABEL_{number}")).collect());
        };
        let names = value.as_object().ok_or_else(|| self.wrong("id2label", "is not an object"))?;
        let label = |number: usize| {
            let name = names.get(&number.to_string()).and_then(Value::as_str);
            let missing = || self.wrong("id2label", &format!("has no name for class {number}"));
            name.map(str::to_owned).ok_or_else(missing)
        };
        (0..names.len()).map(label).collect()
    }

    fn refuse_foreign_code(&self) -> Result<()> {
        match foreign_code(&self.fields) {
            None => Ok(()),
            Some(name) => Err(Error::unsupported(
                format!("`{}` asks for code of the model's own (`{name}`)", self.path.display()),
                "code from a model repository never runs here: choose a model of a supported \
                 architecture",
            )),
        }
    }

    fn refuse_quantized(&self) -> Result<()> {
        match self.field("quantization_config") {
            None => Ok(()),
            Some(_) => Err(Error::unsupported(
                format!("the weights of `{}` are quantized", self.path.display()),
                "import the original bf16, f16 or f32 weights",
            )),
        }
    }
}

/// Names the field of a configuration that asks for code of the model's own.
///
/// Phi-3 was published with the code that became part of `transformers`; to name that code asks
/// for nothing that is not here.
pub fn foreign_code(fields: &Map<String, Value>) -> Option<&'static str> {
    let asks = |name: &&str| match fields.get(*name) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Object(names)) => {
            !names.values().all(|name| name.as_str().is_some_and(|name| KNOWN_CODE.contains(&name)))
        }
        Some(_) => true,
    };
    ["auto_map", "trust_remote_code"].into_iter().find(asks)
}

#[cfg(test)]
mod tests;
