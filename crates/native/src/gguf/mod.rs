//! GGUF files: a model's weights, sizes, tokenizer and chat template in one file, or in parts of
//! one.
//!
//! Nothing here trusts a file: everything is checked against its length before it is used, and
//! what is large is read where it lies. The layout is that of ggml's specification.

mod blocks;
mod config;
mod cursor;
mod header;
mod names;
pub mod split;
mod tokenizer;
mod value;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::config::ConfigFile;
use crate::weights::{self, TensorFacts, WeightFiles};
use crate::{Error, Result};
use header::Header;
use value::{Scalar, Value};

pub use blocks::BlockFormat;

/// The longest list that is read; the largest vocabularies have 262,144 tokens, and a merge or two
/// for each.
const LIST_MAX: u64 = 1 << 21;
/// The longest tensor of factors; there is one for each pair of a head's numbers.
const FACTORS_MAX: usize = 1 << 12;

/// A GGUF file, mapped into memory, with its header checked; where the model is in parts, all of
/// them.
#[derive(Debug)]
pub struct GgufFile {
    path: PathBuf,
    map: Arc<Mmap>,
    header: Header,
    /// The other parts.
    more: Vec<(PathBuf, Arc<Mmap>)>,
}

/// Finds the GGUF file of a model: the path itself, or the only such file of a folder that has no
/// safetensors. Of parts it is the first one.
pub fn find(path: &Path) -> Result<Option<PathBuf>> {
    if path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    if weights::is_present(path) || !path.is_dir() {
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(path).map_err(Error::read(path))? {
        let file = entry.map_err(Error::read(path))?.path();
        let ending = file.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("gguf")) {
            found.insert(file);
        }
    }
    let one = found.pop_first();
    if let Some(parts) = one.as_deref().map(shown).and_then(|name| split::parts(&name)) {
        found.retain(|file| !parts.contains(&shown(file)));
    }
    match (one, found.first()) {
        (Some(one), Some(other)) => Err(Error::unsupported(
            format!(
                "`{}` has several GGUF files: `{}`, `{}`{}",
                path.display(),
                shown(&one),
                shown(other),
                if found.len() > 1 { " and more" } else { "" }
            ),
            "name the one to load",
        )),
        (one, _) => Ok(one),
    }
}

fn shown(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl GgufFile {
    /// Maps a file and checks its header; of a file that is a part, those of all parts.
    pub fn open(path: &Path) -> Result<Self> {
        let file = Self::open_part(path)?;
        match file.count("split.count")? {
            None | Some(0 | 1) => Ok(file),
            Some(count) => split::join(file, count),
        }
    }

    fn open_part(path: &Path) -> Result<Self> {
        let map = weights::map(path)?;
        let wrong = |why| Error::Gguf { path: path.to_owned(), why };
        let header = Header::parse(&map).map_err(wrong)?;
        Ok(Self { path: path.to_owned(), map, header, more: Vec::new() })
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the sizes of the model, under the names that `config.json` has for them.
    pub fn config(&self) -> Result<ConfigFile> {
        config::read(self)
    }

    /// Returns the weights under the names and in the order of rows that `transformers` uses.
    pub fn weights(&self) -> Result<WeightFiles> {
        let layout = names::Layout::of(self)?;
        let facts = |entry: &header::Entry| {
            let name = layout.name(&entry.name);
            let heads = layout.heads(&name, entry.shape.first().copied().unwrap_or(0))?;
            let facts = TensorFacts {
                shape: entry.shape.clone(),
                encoding: entry.encoding.clone(),
                file: entry.file,
                start: entry.start,
                end: entry.end,
                paired_heads: heads,
            };
            Ok((name, facts))
        };
        let tensors = self.header.tensors.iter().map(facts).collect::<Result<_>>()?;
        let first = (self.path.clone(), self.map.clone());
        Ok(WeightFiles::of_maps([first].into_iter().chain(self.more.iter().cloned()), tensors))
    }

    /// Returns the chat template.
    pub fn chat_template(&self) -> Result<Option<&str>> {
        self.text("tokenizer.chat_template")
    }

    /// Returns a short tensor of f32 numbers by its name in the file.
    fn factors(&self, name: &str) -> Result<Option<Vec<f32>>> {
        let entry = self.header.tensors.iter().find(|entry| entry.name == name);
        let Some(entry) = entry else { return Ok(None) };
        let map = entry.file.checked_sub(1).map_or(&self.map, |other| &self.more[other].1);
        let bytes = &map[entry.start..entry.end];
        if entry.encoding != weights::Encoding::F32 || bytes.len() > 4 * FACTORS_MAX {
            return Err(self.wrong(name, format!("is not up to {FACTORS_MAX} f32 numbers")));
        }
        Ok(Some(bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect()))
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        let entry = self.header.tensors.iter().find(|entry| entry.name == name)?;
        Some(&entry.shape)
    }

    fn wrong(&self, key: &str, why: impl Into<String>) -> Error {
        Error::Field { path: self.path.clone(), field: key.to_owned(), why: why.into() }
    }

    /// Returns a value in the form that `read` wants, `what` being its name.
    fn scalar<'a, T>(
        &'a self,
        key: &str,
        what: &str,
        read: impl Fn(Scalar<'a>) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.header.metadata.get(key) else { return Ok(None) };
        let found = value.scalar(&self.map).and_then(read);
        let wrong = || self.wrong(key, format!("is {}, not {what}", value.describe(&self.map)));
        found.map(Some).ok_or_else(wrong)
    }

    fn text(&self, key: &str) -> Result<Option<&str>> {
        self.scalar(key, "a text", |value| match value {
            Scalar::Text(text) => Some(text),
            _ => None,
        })
    }

    fn count(&self, key: &str) -> Result<Option<u64>> {
        self.scalar(key, "a count", |value| match value {
            Scalar::Count(count) => Some(count),
            _ => None,
        })
    }

    fn number(&self, key: &str) -> Result<Option<f64>> {
        self.scalar(key, "a finite number", |value| match value {
            Scalar::Count(count) => Some(count as f64),
            Scalar::Negative(number) => Some(number as f64),
            Scalar::Float(number) => Some(number).filter(|number| number.is_finite()),
            _ => None,
        })
    }

    fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.scalar(key, "yes or no", |value| match value {
            Scalar::Flag(flag) => Some(flag),
            _ => None,
        })
    }

    fn list<'a, T>(
        &'a self,
        key: &str,
        what: &str,
        read: impl Fn(Scalar<'a>) -> Option<T>,
    ) -> Result<Option<Vec<T>>> {
        let Some(value) = self.header.metadata.get(key) else { return Ok(None) };
        if let Some(count) = value.count().filter(|count| *count > LIST_MAX) {
            return Err(self.wrong(key, format!("has {count} values, more than {LIST_MAX}")));
        }
        let all = |values: &Value| values.list(&self.map)?.map(&read).collect::<Option<Vec<T>>>();
        all(value).map(Some).ok_or_else(|| self.wrong(key, format!("is not a list of {what}")))
    }

    fn texts(&self, key: &str) -> Result<Option<Vec<&str>>> {
        self.list(key, "texts", |value| match value {
            Scalar::Text(text) => Some(text),
            _ => None,
        })
    }

    fn is_list(&self, key: &str) -> bool {
        self.header.metadata.get(key).is_some_and(|value| value.list(&self.map).is_some())
    }
}
