//! The samples, as they are in the program and on disk.

use std::fs;
use std::path::Path;

use domain::{Fault, Kind};

macro_rules! samples {
    ($($path:literal,)*) => {
        &[$(($path, include_bytes!(concat!("../../samples/", $path)).as_slice()),)*]
    };
}

/// Every file with its path below the samples folder.
const FILES: &[(&str, &[u8])] = samples! {
    "train.csv",
    "test.csv",
    "encoder/README.md",
    "encoder/config.json",
    "encoder/model.safetensors",
    "encoder/modules.json",
    "encoder/1_Pooling/config.json",
    "encoder/tokenizer.json",
    "encoder/tokenizer_config.json",
    "chat/README.md",
    "chat/config.json",
    "chat/generation_config.json",
    "chat/model.safetensors",
    "chat/tokenizer.json",
    "chat/tokenizer_config.json",
};

/// Writes the samples below `folder`; those that are there already are written again.
///
/// # Errors
/// Where the folder cannot be written.
pub fn unpack(folder: &Path) -> Result<(), Fault> {
    for (path, bytes) in FILES {
        let target = folder.join(path);
        let write = || {
            fs::create_dir_all(target.parent().unwrap_or(folder))?;
            fs::write(&target, bytes)
        };
        write().map_err(|error| {
            Fault::new(Kind::Unavailable, format!("cannot write `{}`", target.display()))
                .because(error)
                .hint("check that the disk of the data directory has space")
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_stay_small() {
        for (path, bytes) in FILES {
            assert!(!bytes.is_empty(), "{path}");
            assert!(bytes.len() <= 4 << 20, "{path} has {} bytes", bytes.len());
        }
    }
}
