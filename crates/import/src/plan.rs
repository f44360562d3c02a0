//! Which files of a model are needed, and whether it is safe to take them. No input or output.

use std::collections::{BTreeMap, BTreeSet};

use hub::{Resolved, SourceFile};
use serde_json::{Map, Value};

use crate::Refusal;

/// The most files that are fetched; the largest models have a few hundred.
const FILES_MAX: usize = 2_000;
/// How deep needed files lie; only models without weights at the top have such files.
const FOLDERS_MAX: usize = 2;
/// How many GGUF files a refusal names; most models have a dozen.
const GGUF_LISTED: usize = 12;
/// Kept free on the disk, for the database and whatever else writes there.
const SPARE_BYTES: u64 = 64 << 20;

/// Endings of files that Python unpickles, or that hold code in other ways.
const PICKLES: &[&str] =
    &["bin", "ckpt", "dill", "h5", "hdf5", "joblib", "keras", "pickle", "pkl", "pt", "pth"];
/// Endings of the small files that go with weights.
const SMALL: &[&str] = &["jinja", "json", "model", "tiktoken", "txt"];
/// Beginnings of the names of texts that go with a model, in lower case.
const TEXTS: &[&str] = &["license", "licence", "notice", "readme", "use_policy"];
/// Records of a training, which may be large and which nothing here reads.
const LEFT_OUT: &[&str] = &["trainer_state.json", "requirements.txt"];

/// What is fetched, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The configuration, which is looked at before anything else is fetched.
    pub config: Option<SourceFile>,
    /// The other files, the largest first.
    pub rest: Vec<SourceFile>,
    /// How many listed files are left out.
    pub left_out: usize,
}

impl Plan {
    /// Returns every file.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.config.iter().chain(&self.rest)
    }

    /// Returns the bytes of all files.
    pub fn size_bytes(&self) -> u64 {
        self.files().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// Refuses where less is free than `missing` bytes need.
    ///
    /// # Errors
    /// As said.
    pub fn check_space(missing: u64, free: Option<u64>) -> Result<(), Refusal> {
        let needed = if missing == 0 { 0 } else { missing.saturating_add(SPARE_BYTES) };
        match free {
            Some(free) if free < needed => Err(Refusal::Space { needed, free }),
            _ => Ok(()),
        }
    }
}

/// Chooses the files of a model, or the one GGUF file that is named, or says why it is not taken.
///
/// # Errors
/// Where the model is unsafe, has no weights that are read, or its names do not fit a folder.
pub fn plan(resolved: &Resolved, named: Option<&str>) -> Result<Plan, Refusal> {
    if let Some(odd) = resolved.odd.iter().find(|odd| odd.hostile) {
        return Err(Refusal::Hostile { name: odd.path.clone(), why: odd.why.clone() });
    }
    let weights = match named {
        Some(file) => Weights::named(&resolved.files, file)?,
        None => Weights::of(&resolved.files)?,
    };
    if let Some(odd) = resolved.odd.iter().find(|odd| weights.needs(&odd.path)) {
        return Err(Refusal::Odd { name: odd.path.clone(), why: odd.why.clone() });
    }
    let mut needed: Vec<SourceFile> =
        resolved.files.iter().filter(|file| weights.needs(file.path.as_str())).cloned().collect();
    if needed.len() > FILES_MAX {
        return Err(Refusal::TooMany { files: needed.len(), files_max: FILES_MAX });
    }
    check_names(&needed)?;
    let left_out = resolved.files.len() + resolved.odd.len() - needed.len();
    needed.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
    let config = needed.iter().position(|file| file.path.as_str() == "config.json");
    let config = config.map(|index| needed.remove(index));
    Ok(Plan { config, rest: needed, left_out })
}

/// Refuses a configuration that asks for code.
///
/// # Errors
/// As said, and where it is no JSON object.
pub fn check_config(text: &[u8]) -> Result<(), Refusal> {
    let fields: Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| Refusal::Config { why: error.to_string() })?;
    match native::config::foreign_code(&fields) {
        Some(field) => Err(Refusal::OwnCode { field }),
        None => Ok(()),
    }
}

/// Which weights a model is made of.
enum Weights {
    /// `model.safetensors` at the top.
    Single,
    /// `model-00001-of-00002.safetensors` and so on, at the top.
    Shards,
    /// Whatever safetensors there are: adapters, parts of a pipeline.
    Any,
    /// One GGUF file, which holds all that goes with it, or all parts of one.
    Gguf(Vec<String>),
}

impl Weights {
    fn of(files: &[SourceFile]) -> Result<Self, Refusal> {
        let mut names = files.iter().map(|file| file.path.as_str());
        if names.clone().any(|name| name == "model.safetensors") {
            return Ok(Self::Single);
        }
        if names.clone().any(is_shard) {
            return Ok(Self::Shards);
        }
        if names.any(|name| extension(name) == "safetensors") {
            return Ok(Self::Any);
        }
        if let Some(gguf) = only_gguf(files)? {
            return Ok(gguf);
        }
        let pickle = files.iter().find(|file| PICKLES.contains(&file.path.extension().as_str()));
        Err(match pickle {
            Some(file) => Refusal::Pickles { file: file.path.to_string() },
            None => Refusal::NoWeights { files: files.len() },
        })
    }

    /// Takes the GGUF file that was named, and what it is a part of.
    fn named(files: &[SourceFile], name: &str) -> Result<Self, Refusal> {
        let parts = parts(name);
        let is_there = |name: &str| files.iter().any(|file| file.path.as_str() == name);
        match parts.iter().find(|part| part.contains('/') || !is_there(part)) {
            None => Ok(Self::Gguf(parts)),
            Some(file) => Err(Refusal::NoGguf { file: file.clone() }),
        }
    }

    /// Tells whether a listed file is one that the model needs.
    fn needs(&self, path: &str) -> bool {
        let folders: Vec<&str> = path.split('/').collect();
        let (name, folders) = folders.split_last().map_or(("", &[][..]), |(n, f)| (*n, f));
        let in_module = folders.len() == 1 && is_module(folders[0]);
        let near = folders.is_empty() || in_module;
        let text = TEXTS.iter().any(|start| name.to_ascii_lowercase().starts_with(start));
        if let Self::Gguf(parts) = self {
            return parts.iter().any(|part| part == path) || (text && folders.is_empty());
        }
        if extension(name) == "safetensors" {
            return match self {
                Self::Single => path == "model.safetensors" || in_module,
                Self::Shards => is_shard(path) || in_module,
                _ => folders.len() <= FOLDERS_MAX,
            };
        }
        let index_of_others = match self {
            Self::Single => name.ends_with(".index.json"),
            _ => name.ends_with(".index.json") && !name.contains("safetensors"),
        };
        let small = SMALL.contains(&extension(name).as_str())
            && !index_of_others
            && !LEFT_OUT.contains(&name);
        let deep = match self {
            Self::Any => folders.len() <= FOLDERS_MAX,
            _ => folders == ["additional_chat_templates"],
        };
        (small && (near || deep)) || (text && folders.is_empty())
    }
}

/// Returns the GGUF files that make one model with a file: itself, or all parts.
fn parts(name: &str) -> Vec<String> {
    native::gguf::split::parts(name).unwrap_or_else(|| vec![name.to_owned()])
}

/// Finds the only GGUF file at the top, or the parts of one; a projector of images (`mmproj`) is
/// no model of its own.
fn only_gguf(files: &[SourceFile]) -> Result<Option<Weights>, Refusal> {
    let is_model = |name: &&str| {
        extension(name) == "gguf" && !name.contains('/') && !name.starts_with("mmproj")
    };
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).filter(is_model).collect();
    let Some(first) = names.first() else { return Ok(None) };
    let parts = parts(first);
    if names.iter().all(|name| parts.iter().any(|part| part == name)) {
        return Weights::named(files, first).map(Some);
    }
    Err(Refusal::SeveralGguf {
        count: names.len(),
        names: names.into_iter().take(GGUF_LISTED).map(str::to_owned).collect(),
    })
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

/// Tells whether a name is `model-00001-of-00002.safetensors` at the top.
fn is_shard(path: &str) -> bool {
    let middle = path.strip_prefix("model-").and_then(|rest| rest.strip_suffix(".safetensors"));
    let numbers = middle.and_then(|middle| middle.split_once("-of-"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(one, all)| is_number(one) && is_number(all))
}

/// Tells whether a folder is a module of sentence-transformers, such as `1_Pooling`.
fn is_module(folder: &str) -> bool {
    let number = folder.split_once('_').map_or("", |(number, _)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Refuses names that one folder cannot hold on every system.
fn check_names(files: &[SourceFile]) -> Result<(), Refusal> {
    let mut exact = BTreeSet::new();
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        let path = file.path.as_str();
        if !exact.insert(path) {
            return Err(Refusal::Twice { path: path.to_owned() });
        }
        if let Some(one) = folded.insert(path.to_lowercase(), path) {
            return Err(Refusal::Case { one: one.to_owned(), other: path.to_owned() });
        }
    }
    for path in &exact {
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        if let Some(folder) = folders.find(|folder| folded.contains_key(&folder.to_lowercase())) {
            return Err(Refusal::FileAndFolder { path: folder.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
