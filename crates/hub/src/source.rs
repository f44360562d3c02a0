//! What every source does.

use std::fmt;
use std::future::Future;

use assets::{FilePath, FilePathError};
use bytes::Bytes;
use domain::Digest;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::Result;

/// One model at a place where models are: lists its files, and opens them.
pub trait Source: Send + Sync {
    /// Says where this is, for messages and records; holds no secret.
    fn place(&self) -> String;

    /// Pins a revision, and lists its files. Asked again for that revision, it lists the same.
    ///
    /// # Errors
    /// Where there is no such model or revision, or the source cannot be reached.
    fn resolve(&self, revision: Option<&str>) -> impl Future<Output = Result<Resolved>> + Send;

    /// Opens a file, from where an earlier attempt stopped if it is still the same file.
    ///
    /// The stream yields exactly the listed bytes that remain, or ends in an error.
    ///
    /// # Errors
    /// Where the file is gone, has another size than was listed, or cannot be reached.
    fn open(
        &self,
        revision: &str,
        file: &SourceFile,
        resume: Option<Resume>,
    ) -> impl Future<Output = Result<Opened>> + Send;
}

/// A pinned revision with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The revision, which never means anything else.
    pub revision: String,
    /// The files.
    pub files: Vec<SourceFile>,
    /// What is listed and cannot be a file here.
    pub odd: Vec<Odd>,
}

/// A file that a source lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies inside the model.
    pub path: FilePath,
    /// How many bytes it has.
    pub size: u64,
    /// What it holds, where the source says so.
    pub checksum: Option<Checksum>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// The SHA-256 digest of its bytes.
    Sha256(Digest),
    /// Git's name of it: the SHA-1 digest of `blob SIZE`, a zero byte and its bytes.
    GitBlob(String),
}

/// A listed name that is not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// The name, fit for a message.
    pub path: String,
    /// The rule that it breaks.
    pub why: String,
    /// Whether it would reach out of the model's folder: no honest model has such a name.
    pub hostile: bool,
}

/// Where an earlier attempt stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// How many bytes are here.
    pub from: u64,
    /// The tag that came with them.
    pub etag: String,
}

/// A file being read.
pub struct Opened {
    /// Where the bytes begin: at what was asked for, or at 0 where the file is not the same.
    pub from: u64,
    /// A tag to go on with later; absent where the source gives none.
    pub etag: Option<String>,
    /// The bytes from there.
    pub pieces: BoxStream<'static, Result<Bytes>>,
}

impl Odd {
    /// Describes a name that is no path of a file.
    pub fn from_path(path: &str, error: FilePathError) -> Self {
        let leaves = path.split(['/', '\\']).any(|part| part == "..");
        let hostile = leaves || path.starts_with(['/', '\\']) || path.contains('\0');
        Self { path: error.path, why: error.why.to_owned(), hostile }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Opened");
        shown.field("from", &self.from).field("etag", &self.etag).finish_non_exhaustive()
    }
}
