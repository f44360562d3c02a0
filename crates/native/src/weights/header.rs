//! The header of one safetensors file, read with every length checked first.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::Metadata;

use crate::{Error, Result};

/// The longest header; the reference implementation has the same limit.
const HEADER_BYTES_MAX: u64 = 100_000_000;
/// The header's length comes first, in eight bytes.
const LENGTH_BYTES: u64 = 8;

/// A checked header: every tensor lies within the file and no two overlap.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) metadata: Metadata,
    pub(super) data_start: usize,
    pub(super) file_bytes: u64,
}

impl Header {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::read(path))?;
        let file_bytes = file.metadata().map_err(Error::read(path))?.len();
        parse(file, file_bytes, path)
    }
}

/// Reads a header from `reader`, which holds `file_bytes` bytes.
pub(super) fn parse(mut reader: impl Read, file_bytes: u64, path: &Path) -> Result<Header> {
    let bad = |why: String| Error::Header { path: path.to_owned(), why };
    if file_bytes < LENGTH_BYTES {
        return Err(bad(format!("it has only {file_bytes} bytes")));
    }
    let mut length = [0; LENGTH_BYTES as usize];
    reader.read_exact(&mut length).map_err(Error::read(path))?;
    let length = u64::from_le_bytes(length);
    let available = file_bytes - LENGTH_BYTES;
    if length > HEADER_BYTES_MAX || length > available {
        return Err(bad(format!("its header claims {length} bytes of a file of {file_bytes}")));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text).map_err(Error::read(path))?;
    // `Metadata` checks that offsets are contiguous and that shapes multiply to their sizes.
    let metadata: Metadata =
        serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    let data_bytes = metadata.data_len() as u64;
    if data_bytes != available - length {
        let found = available - length;
        return Err(bad(format!(
            "its header describes {data_bytes} bytes of data, it has {found}"
        )));
    }
    Ok(Header { metadata, data_start: (LENGTH_BYTES + length) as usize, file_bytes })
}
