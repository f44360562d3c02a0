//! Rounding matrices of floats while they are loaded.

use std::fmt;
use std::str::FromStr;

use kernels::Format;

/// How many bits the matrices of a decoder have in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantize {
    /// 8 bits, with a scale for 32 numbers.
    Int8,
    /// 4 bits, with a scale for 32 numbers; words and scores have 8.
    Q4,
}

impl Quantize {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Int8, Self::Q4];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Q4 => "q4",
        }
    }

    /// Returns the format of a matrix. The words go in and come out of the same table, where few
    /// bits cost most.
    pub(super) fn format(self, tensor: &str) -> Format {
        let is_words = tensor.contains("embed_tokens") || tensor.starts_with("lm_head");
        match self {
            Self::Q4 if !is_words => Format::Q4,
            Self::Q4 | Self::Int8 => Format::Q8,
        }
    }
}

impl fmt::Display for Quantize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A way to quantize that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way to quantize: choose `int8` or `q4`")]
pub struct UnknownQuantize(String);

impl FromStr for Quantize {
    type Err = UnknownQuantize;

    fn from_str(text: &str) -> Result<Self, UnknownQuantize> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == text);
        known.ok_or_else(|| UnknownQuantize(text.to_owned()))
    }
}
