//! Small files of a model folder, read with a bound on their size.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The largest JSON file that is read; the largest tokenizers in use have about 35 MB.
const JSON_BYTES_MAX: u64 = 256 << 20;

/// Reads a JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = read(path)?;
    serde_json::from_slice(&text).map_err(|source| Error::Json { path: path.to_owned(), source })
}

/// Reads a JSON file, or returns `None` where there is no such file.
pub fn read_json_if_present<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if path.exists() { read_json(path).map(Some) } else { Ok(None) }
}

/// Reads a small file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::metadata(path).map_err(Error::read(path))?.len();
    if bytes > JSON_BYTES_MAX {
        let path = path.to_owned();
        return Err(Error::TooLarge { path, bytes, bytes_max: JSON_BYTES_MAX });
    }
    std::fs::read(path).map_err(Error::read(path))
}
