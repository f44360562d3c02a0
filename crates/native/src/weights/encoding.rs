//! How the numbers of a tensor are written.

use safetensors::Dtype;

use crate::gguf::BlockFormat;

/// How the numbers of a tensor are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// 32-bit floats.
    F32,
    /// 16-bit floats with five bits of exponent.
    F16,
    /// The upper halves of 32-bit floats.
    Bf16,
    /// Quantized blocks.
    Blocks(BlockFormat),
    /// A type that is not computed with, by its name.
    Other(String),
}

impl Encoding {
    /// Returns the name: `bf16`, `q4_k`.
    pub fn name(&self) -> String {
        match self {
            Self::F32 => "f32".to_owned(),
            Self::F16 => "f16".to_owned(),
            Self::Bf16 => "bf16".to_owned(),
            Self::Blocks(format) => format.name().to_lowercase(),
            Self::Other(name) => name.to_lowercase(),
        }
    }

    /// Tells whether it is computed with.
    pub fn is_read(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl From<Dtype> for Encoding {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F32 => Self::F32,
            Dtype::F16 => Self::F16,
            Dtype::BF16 => Self::Bf16,
            other => Self::Other(format!("{other:?}")),
        }
    }
}
