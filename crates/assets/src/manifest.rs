//! What a model consists of: paths, sizes and digests.

use domain::Digest;
use serde::{Deserialize, Serialize};

use crate::hashing::digest_bytes;
use crate::{Error, FilePath, Result};

/// The most files of one manifest; the largest model repositories have a few thousand.
const FILES_MAX: usize = 100_000;

/// The files of a model; two equal sets of files have the same manifest and digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The files, sorted by path once stored.
    pub files: Vec<ManifestFile>,
}

/// One file of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Where it lies inside the model.
    pub path: FilePath,
    /// How many bytes it has.
    pub size: u64,
    /// What it holds.
    pub sha256: Digest,
}

impl Manifest {
    /// Returns the bytes of all files together.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// Sorts the files, and returns the text that is stored with its digest.
    ///
    /// # Errors
    /// Where two files cannot lie in one folder.
    pub(crate) fn canonical(mut self) -> Result<(Vec<u8>, Digest)> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.check()?;
        let text = serde_json::to_vec(&self)
            .map_err(|error| Error::Manifest { why: error.to_string() })?;
        let digest = digest_bytes(&text);
        Ok((text, digest))
    }

    /// Reads stored text.
    pub(crate) fn parse(text: &[u8], digest: &Digest) -> Result<Self> {
        let damaged =
            |why: String| Error::Damaged { what: "manifest", digest: digest.clone(), why };
        if digest_bytes(text) != *digest {
            return Err(damaged("its digest is another".to_owned()));
        }
        let manifest: Self =
            serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Refuses what no folder can hold: a path twice, or a file that is also a folder.
    fn check(&self) -> Result<()> {
        if self.files.is_empty() || self.files.len() > FILES_MAX {
            let why = format!("it has {} files; 1 to {FILES_MAX} are allowed", self.files.len());
            return Err(Error::Manifest { why });
        }
        let paths: std::collections::BTreeSet<&str> =
            self.files.iter().map(|file| file.path.as_str()).collect();
        if paths.len() < self.files.len() {
            return Err(Error::Manifest { why: "a path is there twice".to_owned() });
        }
        for path in &paths {
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            if let Some(folder) = folders.find(|folder| paths.contains(folder)) {
                let why = format!("`{folder}` is a file and a folder");
                return Err(Error::Manifest { why });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(paths: &[&str]) -> Manifest {
        let file = |path: &&str| ManifestFile {
            path: path.parse().unwrap(),
            size: 1,
            sha256: digest_bytes(path.as_bytes()),
        };
        Manifest { files: paths.iter().map(file).collect() }
    }

    #[test]
    fn the_order_of_files_does_not_change_the_digest() {
        let (text, digest) = manifest(&["b", "a/c"]).canonical().unwrap();
        assert_eq!(manifest(&["a/c", "b"]).canonical().unwrap().1, digest);
        assert_eq!(Manifest::parse(&text, &digest).unwrap(), manifest(&["a/c", "b"]));
    }

    #[test]
    fn files_that_no_folder_can_hold_are_refused() {
        let check = |paths: &[&str], why: &str| {
            let error = manifest(paths).canonical().unwrap_err().to_string();
            assert!(error.contains(why), "{paths:?}: {error}");
        };
        check(&[], "0 files");
        check(&["a", "a"], "twice");
        check(&["a", "a-b", "a/b"], "`a` is a file and a folder");
    }

    #[test]
    fn a_damaged_manifest_is_not_read() {
        let (mut text, digest) = manifest(&["a"]).canonical().unwrap();
        text.push(b' ');
        let error = Manifest::parse(&text, &digest).unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
    }
}
