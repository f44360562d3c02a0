//! LoRA adapters: small matrices beside those of a decoder, chosen request by request.
//!
//! A projection with matrix W that an adapter goes with becomes y = x · Wᵀ + s · (x · Aᵀ) · Bᵀ.
//! The base stays as it is, whatever its numbers are held in. Folders are read as `peft` writes
//! them; what is more than low-rank matrices is refused.

mod config;
mod files;
mod modules;
mod rows;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::decoder::DecoderShape;
use crate::weights::Tensor;
use crate::{Error, Result};
use config::AdapterConfig;
pub(crate) use files::AdapterFiles;
use modules::PROJECTIONS;
pub(crate) use modules::Projection;
pub(crate) use rows::AdapterRows;

/// What tells one loaded adapter from all others of this process.
pub(crate) type AdapterId = u64;

/// An adapter in memory, for one decoder.
#[derive(Debug)]
pub struct Adapter {
    id: AdapterId,
    blocks: Vec<Block>,
    widths: [usize; 4],
    size_bytes: u64,
}

/// What goes with each projection of one block.
type Block = [Option<LowRank>; PROJECTIONS];

/// What goes with one projection.
#[derive(Clone, Debug)]
pub(crate) struct LowRank {
    /// `rank × inputs`.
    down: Tensor,
    /// `outputs × rank`.
    up: Tensor,
    scale: f32,
}

/// What an adapter's files say, told from its headers alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// The model that it was trained beside, as the trainer called it.
    pub base: Option<String>,
    /// How many numbers it has.
    pub parameters: u64,
    /// The bytes that it takes in memory.
    pub size_bytes: u64,
}

/// Refuses a folder that holds an adapter where a model is needed.
pub(crate) fn refuse_adapter(dir: &Path) -> Result<()> {
    if dir.join("config.json").exists() || !dir.join(config::FILE).exists() {
        return Ok(());
    }
    let base = AdapterConfig::read(dir)?.base().map(|base| format!(" of `{base}`"));
    Err(Error::unsupported(
        format!("it is an adapter{}, which runs with its base", base.unwrap_or_default()),
        "deploy its base: `modeldex deploy BASE --endpoint NAME --adapter NAME=MODEL`",
    ))
}

/// Checks that the adapter in one folder fits the model in another, without loading either.
///
/// # Errors
/// Where the adapter is of a kind that is not computed with, or does not fit.
pub fn check(dir: &Path, base: &Path) -> Result<AdapterFacts> {
    let shape = DecoderShape::of(base)?;
    AdapterFiles::open(dir, &shape).map(|files| files.facts().clone())
}

impl Adapter {
    fn load(files: &AdapterFiles) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (size_bytes, widths) = (files.facts().size_bytes, widths(files.shape()));
        Ok(Self { id, blocks: files.blocks()?, widths, size_bytes })
    }

    pub(crate) fn id(&self) -> AdapterId {
        self.id
    }

    /// Returns the bytes that it takes in memory.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Tells whether a decoder has the sizes of the one that it was loaded for.
    pub(crate) fn fits(&self, shape: &DecoderShape) -> bool {
        self.blocks.len() == shape.layers && self.widths == widths(shape)
    }

    fn at(&self, layer: usize, projection: Projection) -> Option<&LowRank> {
        self.blocks.get(layer)?[projection as usize].as_ref()
    }
}

impl PartialEq for Adapter {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

fn widths(shape: &DecoderShape) -> [usize; 4] {
    [shape.hidden, shape.query_width(), shape.key_width(), shape.intermediate]
}

#[cfg(test)]
mod tests;
