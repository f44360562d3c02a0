//! Rounding matrices of floats while they are loaded.

use std::fmt;
use std::str::FromStr;

use kernels::Format;

/// How many bits the matrices of a model have in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantize {
    /// The upper 16 bits of f32: for files of f32 or f16, the numbers that models are taught with.
    Bf16,
    /// 8 bits, with a scale for 32 numbers.
    Int8,
    /// 4 bits, with a scale for 32 numbers; words and scores have 8.
    Q4,
}

impl Quantize {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Bf16, Self::Int8, Self::Q4];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
            Self::Q4 => "q4",
        }
    }

    /// Returns what a decoder's matrix is rounded to.
    pub(super) fn rounding(self, tensor: &str) -> Rounding {
        let is_words = tensor.contains("embed_tokens") || tensor.starts_with("lm_head");
        if is_words { self.words() } else { self.matrices() }
    }

    /// Returns what the matrices of blocks are rounded to.
    pub(crate) fn matrices(self) -> Rounding {
        match self {
            Self::Bf16 => Rounding::Bf16,
            Self::Int8 => Rounding::Tiles(Format::Q8),
            Self::Q4 => Rounding::Tiles(Format::Q4),
        }
    }

    /// Returns what the table of words is rounded to; few bits cost most there.
    pub(crate) fn words(self) -> Rounding {
        match self {
            Self::Bf16 => Rounding::Bf16,
            Self::Int8 | Self::Q4 => Rounding::Tiles(Format::Q8),
        }
    }
}

/// What a matrix is rounded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// bf16.
    Bf16,
    /// Small integers with scales.
    Tiles(Format),
}

impl fmt::Display for Quantize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A way to quantize that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way to quantize: choose `bf16`, `int8` or `q4`")]
pub struct UnknownQuantize(String);

impl FromStr for Quantize {
    type Err = UnknownQuantize;

    fn from_str(text: &str) -> Result<Self, UnknownQuantize> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == text);
        known.ok_or_else(|| UnknownQuantize(text.to_owned()))
    }
}
