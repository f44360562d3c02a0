//! The models that are served: random weights of a shape, in every form an engine asks for.

use std::fs;
use std::path::{Path, PathBuf};

use super::workload::{Measure, Workload};
use super::{Bits, Serve};
use crate::bench::limits::Limits;
use crate::bench::side;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/serve_models.py");

/// Where the forms of a model are.
pub struct Models {
    dir: PathBuf,
    name: &'static str,
    bits: Bits,
    /// Weights of all products of a token but the last, which scores it.
    blocks: f64,
}

/// Makes what is missing.
///
/// # Errors
/// Where Python cannot make it.
pub fn make(options: &Serve) -> Result<Models, String> {
    let (dir, name) = (options.dir.clone(), options.shape.name());
    let models = Models { dir, name, bits: options.bits, blocks: 0.0 };
    let arguments = [models.dir.as_os_str(), name.as_ref(), form(options.bits).as_ref()];
    let packages = "numpy safetensors gguf tokenizers llama-cpp-python";
    side::run_script(&options.python, SCRIPT, &arguments, packages)?;
    let blocks = blocks(&models.folder())?;
    Ok(Models { blocks, ..models })
}

impl Models {
    /// Returns the folder with bf16 weights.
    pub fn folder(&self) -> PathBuf {
        self.dir.join(self.name)
    }

    /// Returns the file with weights of so many bits.
    pub fn gguf(&self, bits: Bits) -> PathBuf {
        self.dir.join(format!("{}-{}.gguf", self.name, form(bits)))
    }

    /// Returns the bytes of all weights.
    pub fn weight_bytes(&self) -> u64 {
        let path = match self.bits {
            Bits::Half => self.folder().join("model.safetensors"),
            bits => self.gguf(bits),
        };
        fs::metadata(path).map_or(0, |facts| facts.len())
    }

    /// Returns the rate that nothing can exceed that reads every weight once for each step of all
    /// streams and multiplies in bf16 (in f32 where the processor lacks it).
    pub fn floor(&self, workload: &Workload, limits: &Limits) -> Option<f64> {
        let peak = if limits.bf16 > 0.0 { limits.bf16 } else { limits.f32 };
        match workload.measure {
            Measure::Prefill => Some(peak / (2.0 * self.blocks)),
            Measure::Decode => {
                let steps = limits.bandwidth / self.weight_bytes() as f64;
                Some(steps * workload.prompts.len() as f64)
            }
            Measure::Requests => None,
        }
    }
}

/// Returns how files with so many bits are named.
fn form(bits: Bits) -> &'static str {
    match bits {
        Bits::Q8 => "q8_0",
        Bits::Q4 => "q4_0",
        Bits::Q4K => "q4_k_m",
        Bits::Half => "f16",
    }
}

/// Counts the weights of the blocks by the sizes that `config.json` tells.
fn blocks(folder: &Path) -> Result<f64, String> {
    let path = folder.join("config.json");
    let wrong =
        |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", path.display());
    let text = fs::read(&path).map_err(|error| wrong(&error))?;
    let config: serde_json::Value = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
    let size = |name: &str| config[name].as_f64().ok_or_else(|| wrong(&format!("no `{name}`")));
    let hidden = size("hidden_size")?;
    let groups = size("num_key_value_heads")? / size("num_attention_heads")?;
    let attention = hidden * hidden * (2.0 + 2.0 * groups);
    let feed_forward = 3.0 * hidden * size("intermediate_size")?;
    Ok(size("num_hidden_layers")? * (attention + feed_forward))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_blocks_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let config = r#"{"hidden_size": 8, "num_key_value_heads": 1, "num_attention_heads": 2,
            "intermediate_size": 16, "num_hidden_layers": 3}"#;
        fs::write(folder.path().join("config.json"), config).unwrap();
        assert_eq!(blocks(folder.path()).unwrap(), 3.0 * (64.0 * 3.0 + 3.0 * 128.0));
        fs::write(folder.path().join("config.json"), "{}").unwrap();
        assert!(blocks(folder.path()).unwrap_err().contains("no `hidden_size`"));
    }
}
