//! Phi-3 and Phi-4: fused matrices, and rope over a part of each head or with long factors.

use super::windows::{self, Sliding};
use super::{ConfigFile, DecoderShape, Result, usual};

pub(super) fn phi3(shape: &mut DecoderShape, config: &ConfigFile) -> Result<()> {
    shape.fused = true;
    windows::read(shape, config, Sliding::Everywhere)?;
    usual(shape, config)
}
