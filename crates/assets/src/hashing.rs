//! SHA-256 over files and streams.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// How much of a file is read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Computes a [`Digest`] piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Hasher {
    state: Sha256,
    size_bytes: u64,
}

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.state.update(piece);
        self.size_bytes += piece.len() as u64;
    }

    /// Returns how many bytes were taken.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Returns the digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest::from_bytes(&self.state.finalize().into())
    }
}

/// Computes the digest and the size of a file; waits for the disk.
///
/// # Errors
/// Where the file cannot be read.
pub fn digest_file(path: &Path) -> Result<(Digest, u64)> {
    let mut file = File::open(path).map_err(Error::io("read", path))?;
    let mut hasher = Hasher::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk).map_err(Error::io("read", path))?;
        if count == 0 {
            let size_bytes = hasher.size_bytes();
            return Ok((hasher.finish(), size_bytes));
        }
        hasher.update(&chunk[..count]);
    }
}

/// Computes the digest of bytes in memory.
pub(crate) fn digest_bytes(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}
