//! Repositories in memory: commits, files, and who may read them.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Files;

/// Files of this size and more are kept apart, as Git LFS does.
const LARGE_BYTES: usize = 2_048;

/// Who may read a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Its listing is public; its files want this token. Others are known, but were not let in.
    Gated(String),
    /// Who has not this token does not even learn that it is there.
    Private(String),
}

#[derive(Default)]
pub(crate) struct Repository {
    pub(crate) access: Access,
    pub(crate) sizes_hidden: bool,
    /// Sizes that are listed and not true.
    pub(crate) lies: BTreeMap<String, u64>,
    /// Commits in order; the last is `main`.
    commits: Vec<(String, BTreeMap<String, File>)>,
}

/// A file with what hubs say about it.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) sha256: String,
    pub(crate) git_oid: String,
}

impl File {
    fn new(bytes: &[u8]) -> Self {
        let header = format!("blob {}\0", bytes.len());
        let git = [header.as_bytes(), bytes].concat();
        let git = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &git);
        Self {
            bytes: Bytes::copy_from_slice(bytes),
            sha256: hex::encode(Sha256::digest(bytes)),
            git_oid: hex::encode(git),
        }
    }

    pub(crate) fn is_large(&self) -> bool {
        self.bytes.len() >= LARGE_BYTES
    }

    /// Returns the tag without quotes.
    pub(crate) fn etag(&self) -> &str {
        if self.is_large() { &self.sha256 } else { &self.git_oid }
    }

    pub(crate) fn sibling(&self, path: &str, repository: &Repository) -> Value {
        if repository.sizes_hidden {
            return json!({ "rfilename": path });
        }
        let size = repository.lies.get(path).copied().unwrap_or(self.bytes.len() as u64);
        let mut sibling = json!({ "rfilename": path, "size": size, "blobId": self.git_oid });
        if self.is_large() {
            sibling["lfs"] = json!({ "sha256": self.sha256, "size": size, "pointerSize": 134 });
        }
        sibling
    }

    pub(crate) fn tree_entry(&self, path: &str) -> Value {
        let size = self.bytes.len();
        let mut entry = json!({ "type": "file", "path": path, "size": size, "oid": self.git_oid });
        if self.is_large() {
            entry["lfs"] = json!({ "oid": self.sha256, "size": size, "pointerSize": 134 });
        }
        entry
    }
}

impl Repository {
    pub(crate) fn commit(&mut self, files: &Files) -> String {
        let files: BTreeMap<String, File> =
            files.iter().map(|(path, bytes)| (path.clone(), File::new(bytes))).collect();
        let mut hasher = Sha256::new();
        hasher.update(self.commits.len().to_le_bytes());
        for (path, file) in &files {
            hasher.update(path);
            hasher.update(&file.sha256);
        }
        let id = hex::encode(hasher.finalize())[..40].to_owned();
        self.commits.push((id.clone(), files));
        id
    }

    /// Gives the last commit another id.
    pub(crate) fn rename_last(&mut self, id: &str) {
        if let Some((last, _)) = self.commits.last_mut() {
            *last = id.to_owned();
        }
    }

    pub(crate) fn at(&self, revision: &str) -> Option<(&str, &BTreeMap<String, File>)> {
        let found = match revision {
            "main" => self.commits.last(),
            _ => self.commits.iter().find(|(id, _)| id == revision),
        };
        found.map(|(id, files)| (id.as_str(), files))
    }

    /// Finds large files by their digest, as a CDN does.
    pub(crate) fn by_digest(&self, sha256: &str) -> Option<(&str, &File)> {
        let files = self.commits.iter().flat_map(|(_, files)| files);
        let mut wanted = files.filter(|(_, file)| file.sha256 == sha256);
        wanted.next().map(|(path, file)| (path.as_str(), file))
    }
}
