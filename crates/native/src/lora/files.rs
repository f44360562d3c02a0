//! An adapter's folder, opened and checked against the shape of its base.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::config::AdapterConfig;
use super::modules::{Module, Projection, outputs};
use super::{Adapter, AdapterFacts, Block, LowRank};
use crate::decoder::DecoderShape;
use crate::weights::{Tensor, WeightFiles};
use crate::{Error, Result};

const WEIGHTS: &str = "adapter_model.safetensors";
/// What `peft` puts before the names of the base's modules.
const PREFIX: &str = "base_model.model.";
const DOWN: &str = ".lora_A.weight";
const UP: &str = ".lora_B.weight";

/// The checked files of an adapter.
pub(crate) struct AdapterFiles {
    shape: DecoderShape,
    weights: WeightFiles,
    modules: Vec<(Module, LowRankFacts)>,
    facts: AdapterFacts,
}

struct LowRankFacts {
    rank: usize,
    scale: f32,
}

impl AdapterFiles {
    /// Opens a folder and checks that each tensor goes with a projection of the shape.
    pub(crate) fn open(dir: &Path, shape: &DecoderShape) -> Result<Self> {
        let config = AdapterConfig::read(dir)?;
        let path = weights_path(dir)?;
        let weights = WeightFiles::open_one(&path)?;
        let mut modules = Vec::new();
        for name in module_names(&weights, &path)? {
            let module = Module::named(&name, shape).ok_or_else(|| unknown(&path, &name))?;
            let rank = rank(&weights, &path, &module)?;
            let scale = config.scale(&name, rank)?;
            modules.push((module, LowRankFacts { rank, scale }));
        }
        if modules.is_empty() {
            return Err(Error::MissingTensor { path, tensor: format!("*{DOWN}") });
        }
        let (mut parameters, mut size_bytes) = (0, 0);
        for (_, tensor) in weights.headers().iter() {
            parameters += tensor.len() as u64;
            size_bytes += tensor.bytes_in_memory();
        }
        let base = config.base().map(str::to_owned);
        let facts = AdapterFacts { base, parameters, size_bytes };
        let files = Self { shape: shape.clone(), weights, modules, facts };
        files.check_shapes()?;
        Ok(files)
    }

    /// Returns what is known of the adapter.
    pub(crate) fn facts(&self) -> &AdapterFacts {
        &self.facts
    }

    /// Returns the shape of the base.
    pub(super) fn shape(&self) -> &DecoderShape {
        &self.shape
    }

    /// Loads the adapter.
    pub(crate) fn load(&self) -> Result<Adapter> {
        Adapter::load(self)
    }

    fn check_shapes(&self) -> Result<()> {
        let (headers, shape) = (self.weights.headers(), &self.shape);
        for (module, LowRankFacts { rank, .. }) in &self.modules {
            let wide = module.projections.iter().map(|one| outputs(*one, shape)).sum();
            headers.checked(&down(&module.name), &[*rank, module.inputs(shape)])?;
            headers.checked(&up(&module.name), &[wide, *rank])?;
        }
        Ok(())
    }

    /// Copies the matrices into memory.
    pub(super) fn blocks(&self) -> Result<Vec<Block>> {
        let shape = &self.shape;
        let mut blocks: Vec<_> = (0..shape.layers).map(|_| Default::default()).collect();
        for (module, facts) in &self.modules {
            let block: &mut Block = &mut blocks[module.layer];
            let sizes = [facts.rank, module.inputs(shape)];
            let down = self.weights.tensor(&down(&module.name), &sizes)?.in_memory();
            for (projection, up) in self.ups(module, facts.rank)? {
                let (down, scale) = (down.clone(), facts.scale);
                block[projection as usize] = Some(LowRank { down, up: up.in_memory(), scale });
            }
        }
        Ok(blocks)
    }

    /// Returns the second matrix of each projection of a module.
    fn ups(&self, module: &Module, rank: usize) -> Result<Vec<(Projection, Tensor)>> {
        let rows = |one: &Projection| outputs(*one, &self.shape);
        let rows: Vec<usize> = module.projections.iter().map(rows).collect();
        let parts = self.weights.parts_of(&up(&module.name), rank, &rows)?;
        Ok(module.projections.iter().copied().zip(parts).collect())
    }
}

fn down(module: &str) -> String {
    format!("{PREFIX}{module}{DOWN}")
}

fn up(module: &str) -> String {
    format!("{PREFIX}{module}{UP}")
}

fn weights_path(dir: &Path) -> Result<PathBuf> {
    let path = dir.join(WEIGHTS);
    if path.exists() {
        return Ok(path);
    }
    let hint = if dir.join("adapter_model.bin").exists() {
        "pickled weights can run code and are never loaded: save the adapter as safetensors"
    } else {
        "an adapter's folder holds `adapter_config.json` and `adapter_model.safetensors`"
    };
    Err(Error::MissingFile { dir: dir.to_owned(), file: WEIGHTS, hint })
}

/// Lists the modules that the tensors go with.
fn module_names(weights: &WeightFiles, path: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (tensor, _) in weights.headers().iter() {
        let inner = tensor.strip_prefix(PREFIX);
        let module = inner.and_then(|name| name.strip_suffix(DOWN).or(name.strip_suffix(UP)));
        names.insert(module.ok_or_else(|| unknown(path, tensor))?.to_owned());
    }
    Ok(names)
}

fn rank(weights: &WeightFiles, path: &Path, module: &Module) -> Result<usize> {
    let tensor = down(&module.name);
    match weights.headers().get(&tensor).map(|facts| &facts.shape[..]) {
        Some(&[rank, _]) if rank > 0 => Ok(rank),
        Some(shape) => Err(Error::Shape {
            path: path.to_owned(),
            tensor,
            found: shape.to_vec(),
            expected: vec![1, 0],
        }),
        None => Err(Error::MissingTensor { path: path.to_owned(), tensor }),
    }
}

fn unknown(path: &Path, name: &str) -> Error {
    Error::unsupported(
        format!(
            "`{}` goes with `{name}`, which is no projection of a block of its base",
            path.display()
        ),
        "choose the base that it was trained beside; embeddings and scores are not adapted",
    )
}
