//! Weights as they lie on disk: memory-mapped safetensors, one file or several, or a GGUF file.
//!
//! Nothing here trusts the files: headers are checked before anything is mapped.

mod encoding;
mod header;
mod quantize;
pub(crate) mod save;
mod tensor;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use serde::Deserialize;

use crate::files;
use crate::{Error, Result};
pub use encoding::Encoding;
use header::Header;
pub(crate) use quantize::Rounding;
pub use quantize::{Quantize, UnknownQuantize};
pub use tensor::Tensor;

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// What a header says about one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorFacts {
    /// Rows, columns and so on.
    pub shape: Vec<usize>,
    /// How its numbers are written.
    pub encoding: Encoding,
    pub(crate) file: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The heads whose rows lie in pairs that turn together, not in halves; `None` for the usual
    /// order.
    pub(crate) paired_heads: Option<usize>,
}

impl TensorFacts {
    /// Counts the numbers in the tensor; headers were checked, so that this cannot overflow.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns how many bytes it takes as floats that are computed with.
    pub(crate) fn bytes_in_memory(&self) -> u64 {
        let number = if self.encoding == Encoding::Bf16 { 2 } else { 4 };
        self.len() as u64 * number
    }

    /// Tells whether the tensor holds no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The headers of a model's weight files.
#[derive(Debug)]
pub struct WeightHeaders {
    dir: PathBuf,
    paths: Vec<PathBuf>,
    tensors: BTreeMap<String, TensorFacts>,
    /// Bytes of all weight files together.
    pub size_bytes: u64,
}

impl WeightHeaders {
    /// Reads the headers of `model.safetensors`, or of the shards that the index names.
    pub fn read(dir: &Path) -> Result<Self> {
        let mut headers = Self {
            dir: dir.to_owned(),
            paths: Vec::new(),
            tensors: BTreeMap::new(),
            size_bytes: 0,
        };
        if dir.join(SINGLE).exists() {
            headers.add(dir.join(SINGLE), |_| true)?;
        } else if dir.join(INDEX).exists() {
            headers.add_shards(dir)?;
        } else {
            return Err(missing(dir));
        }
        Ok(headers)
    }

    fn add_shards(&mut self, dir: &Path) -> Result<()> {
        let path = dir.join(INDEX);
        let index: Index = files::read_json(&path)?;
        let shards: BTreeSet<&String> = index.weight_map.values().collect();
        for shard in shards {
            check_shard_name(&path, shard)?;
            let named_here = |tensor: &str| index.weight_map.get(tensor) == Some(shard);
            self.add(dir.join(shard), named_here)?;
        }
        match index.weight_map.keys().find(|name| !self.tensors.contains_key(&modern(name))) {
            Some(tensor) => Err(Error::MissingTensor { path, tensor: tensor.clone() }),
            None => Ok(()),
        }
    }

    fn add(&mut self, path: PathBuf, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let header = Header::read(&path)?;
        let file = self.paths.len();
        for (name, info) in header.metadata.tensors() {
            if wanted(&name) {
                let facts = TensorFacts {
                    shape: info.shape.clone(),
                    encoding: info.dtype.into(),
                    file,
                    start: header.data_start + info.data_offsets.0,
                    end: header.data_start + info.data_offsets.1,
                    paired_heads: None,
                };
                self.tensors.insert(modern(&name), facts);
            }
        }
        self.size_bytes += header.file_bytes;
        self.paths.push(path);
        Ok(())
    }

    /// Lists every tensor in the order of its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TensorFacts)> {
        self.tensors.iter().map(|(name, facts)| (name.as_str(), facts))
    }

    /// Returns what is known of a tensor.
    pub fn get(&self, name: &str) -> Option<&TensorFacts> {
        self.tensors.get(name)
    }

    /// Tells whether there is a tensor of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Refuses weights of which a tensor of the model itself is of a type that is not read.
    pub(crate) fn check_read(&self) -> Result<()> {
        let own = |name: &str| name.starts_with("model.") || name.starts_with("lm_head.");
        match self.iter().find(|(name, facts)| own(name) && !facts.encoding.is_read()) {
            None => Ok(()),
            Some((tensor, facts)) => Err(Error::Dtype {
                path: self.paths[facts.file].clone(),
                tensor: tensor.to_owned(),
                dtype: facts.encoding.name(),
            }),
        }
    }

    /// Returns what is known of a tensor that has to have this shape.
    pub(crate) fn checked(&self, name: &str, shape: &[usize]) -> Result<&TensorFacts> {
        let facts = self.get(name).ok_or_else(|| Error::MissingTensor {
            path: self.paths.first().filter(|_| self.paths.len() == 1).unwrap_or(&self.dir).clone(),
            tensor: name.to_owned(),
        })?;
        if facts.shape == shape {
            return Ok(facts);
        }
        Err(Error::Shape {
            path: self.paths[facts.file].clone(),
            tensor: name.to_owned(),
            found: facts.shape.clone(),
            expected: shape.to_owned(),
        })
    }
}

/// A model's weight files, mapped into memory.
#[derive(Debug)]
pub struct WeightFiles {
    headers: WeightHeaders,
    maps: Vec<Arc<Mmap>>,
    quantize: Option<Quantize>,
}

impl WeightFiles {
    /// Checks the headers of a model's weight files and maps them.
    pub fn open(dir: &Path) -> Result<Self> {
        let headers = WeightHeaders::read(dir)?;
        let maps = headers.paths.iter().map(|path| map(path)).collect::<Result<_>>()?;
        Ok(Self { headers, maps, quantize: None })
    }

    /// Checks the header of one file of any name and maps it.
    pub(crate) fn open_one(path: &Path) -> Result<Self> {
        let mut headers = WeightHeaders {
            dir: path.parent().unwrap_or(path).to_owned(),
            paths: Vec::new(),
            tensors: BTreeMap::new(),
            size_bytes: 0,
        };
        headers.add(path.to_owned(), |_| true)?;
        Ok(Self { headers, maps: vec![map(path)?], quantize: None })
    }

    /// Takes the tensors of files that are mapped and checked already.
    pub(crate) fn of_maps(
        files: impl Iterator<Item = (PathBuf, Arc<Mmap>)>,
        tensors: BTreeMap<String, TensorFacts>,
    ) -> Self {
        let (paths, maps): (Vec<_>, Vec<Arc<Mmap>>) = files.unzip();
        let dir = paths.first().and_then(|path: &PathBuf| path.parent()).unwrap_or(Path::new(""));
        let size_bytes = maps.iter().map(|map| map.len() as u64).sum();
        let headers = WeightHeaders { dir: dir.to_owned(), paths, tensors, size_bytes };
        Self { headers, maps, quantize: None }
    }

    /// Rounds matrices of floats while they are loaded from here on.
    #[must_use]
    pub fn quantized(mut self, quantize: Option<Quantize>) -> Self {
        self.quantize = quantize;
        self
    }

    /// Returns the headers.
    pub fn headers(&self) -> &WeightHeaders {
        &self.headers
    }

    /// Returns a tensor of exactly this shape, without copying where the file is aligned.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.load(name, self.headers.checked(name, shape)?)
    }

    /// Returns matrices that lie in one, one after the other, each of so many rows.
    pub fn parts<const N: usize>(
        &self,
        name: &str,
        columns: usize,
        rows: [usize; N],
    ) -> Result<[Tensor; N]> {
        let parts = self.parts_of(name, columns, &rows)?;
        parts.try_into().map_err(|_| Error::input("a part of a matrix is missing"))
    }

    /// Returns matrices that lie in one, one after the other, each of so many rows.
    pub(crate) fn parts_of(
        &self,
        name: &str,
        columns: usize,
        rows: &[usize],
    ) -> Result<Vec<Tensor>> {
        let all = [rows.iter().sum(), columns];
        let facts = self.headers.checked(name, &all)?;
        let row_bytes = (facts.end - facts.start) / all[0].max(1);
        let mut start = facts.start;
        let mut parts = Vec::with_capacity(rows.len());
        for &rows in rows {
            let end = start + rows * row_bytes;
            let part = TensorFacts { shape: vec![rows, columns], start, end, ..facts.clone() };
            parts.push(self.load(name, &part)?);
            start = end;
        }
        Ok(parts)
    }

    fn load(&self, name: &str, facts: &TensorFacts) -> Result<Tensor> {
        let map = &self.maps[facts.file];
        let path = &self.headers.paths[facts.file];
        if map.len() < facts.end {
            let why = "it became shorter while it was read".to_owned();
            return Err(Error::Header { path: path.clone(), why });
        }
        let tensor = Tensor::new(map, facts).ok_or_else(|| Error::Dtype {
            path: path.clone(),
            tensor: name.to_owned(),
            dtype: facts.encoding.name(),
        })?;
        Ok(match self.quantize {
            Some(quantize) => tensor.rounded(quantize.rounding(name)),
            None => tensor,
        })
    }

    /// Feeds every byte of the weights to a hasher.
    pub(crate) fn hash(&self, hasher: &mut impl std::hash::Hasher) {
        self.maps.iter().for_each(|map| hasher.write(map));
    }

    /// Returns a vector of exactly `len` numbers as f32.
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>> {
        self.tensor(name, &[len]).map(|tensor| tensor.to_f32())
    }
}

/// Tells whether a folder has safetensors under the names of a model's weights.
pub(crate) fn is_present(dir: &Path) -> bool {
    dir.join(SINGLE).exists() || dir.join(INDEX).exists()
}

/// Maps a file into memory.
#[expect(unsafe_code, reason = "mapping is how weights are read without copying them")]
pub(crate) fn map(path: &Path) -> Result<Arc<Mmap>> {
    let file = File::open(path).map_err(Error::read(path))?;
    // SAFETY: model folders are views of content-addressed blobs, which are never written again.
    let map = unsafe { Mmap::map(&file) }.map_err(Error::read(path))?;
    Ok(Arc::new(map))
}

/// Lets the system take back the memory of a part of a map; it is read again where it is needed.
#[expect(unsafe_code, reason = "the advice drops pages of a file, which come back unchanged")]
fn forget(map: &Mmap, range: std::ops::Range<usize>) {
    #[cfg(unix)]
    {
        let advice = memmap2::UncheckedAdvice::DontNeed;
        // SAFETY: the map is of a file and read-only: pages that are dropped are read again. Where
        // the system refuses, nothing is lost but memory.
        let _ = unsafe { map.unchecked_advise_range(advice, range.start, range.len()) };
    }
    #[cfg(not(unix))]
    let _ = (map, range);
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

fn check_shard_name(index: &Path, shard: &str) -> Result<()> {
    let plain = Path::new(shard).file_name().is_some_and(|name| name == shard);
    if plain && shard.ends_with(".safetensors") {
        return Ok(());
    }
    Err(Error::Field {
        path: index.to_owned(),
        field: "weight_map".to_owned(),
        why: format!("names `{shard}`, which is not a safetensors file beside it"),
    })
}

/// Translates the names that TensorFlow left in old BERT files.
fn modern(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("LayerNorm.gamma") {
        return format!("{stem}LayerNorm.weight");
    }
    if let Some(stem) = name.strip_suffix("LayerNorm.beta") {
        return format!("{stem}LayerNorm.bias");
    }
    name.to_owned()
}

fn missing(dir: &Path) -> Error {
    let hint = if dir.join("pytorch_model.bin").exists() {
        "pickled weights can run code and are never loaded: save the model as safetensors"
    } else {
        "a model folder holds `config.json`, `tokenizer.json` and safetensors weights, or a GGUF \
         file"
    };
    Error::MissingFile { dir: dir.to_owned(), file: SINGLE, hint }
}

#[cfg(test)]
mod tests;
