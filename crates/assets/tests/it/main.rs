//! What every store must do, run for a folder and for an object store behind a cache.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod conformance;
mod damage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assets::{Assets, Hasher};
use domain::Digest;
use object_store::memory::InMemory;
use tempfile::TempDir;

/// Names a bucket for tests, such as `s3://test?endpoint=http://127.0.0.1:9000&region=here`; its
/// keys are in `AWS_…` variables.
const S3_VARIABLE: &str = "MODELDEX_TEST_S3_URL";

/// A store of one kind in a folder that goes away.
pub(crate) struct Stand {
    pub(crate) kind: &'static str,
    pub(crate) assets: Assets,
    pub(crate) dir: TempDir,
}

impl Stand {
    /// Makes one store of each kind; a bucket of a real server only where one is named.
    pub(crate) fn each() -> Vec<Self> {
        let mut stands = vec![Self::folder(), Self::bucket()];
        match std::env::var(S3_VARIABLE) {
            Ok(location) => stands.push(Self::s3(&location)),
            Err(_) => {
                // Not captured as `eprintln!` is: a skipped test is heard of though it passes.
                let _ =
                    writeln!(std::io::stderr(), "SKIPPED: stores in S3: {S3_VARIABLE} is not set");
            }
        }
        stands
    }

    fn s3(location: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut url = url::Url::parse(location).unwrap();
        // A folder of its own, named like the one on disk.
        let prefix = dir.path().file_name().unwrap().to_str().unwrap();
        url.set_path(&format!("{}/{prefix}", url.path().trim_end_matches('/')));
        let assets = Assets::open(url.as_str(), dir.path()).unwrap();
        Self { kind: "s3", assets, dir }
    }

    pub(crate) fn folder() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let location = dir.path().join("assets");
        let assets = Assets::open(location.to_str().unwrap(), dir.path()).unwrap();
        Self { kind: "folder", assets, dir }
    }

    pub(crate) fn bucket() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let assets = Assets::over(Arc::new(InMemory::new()), dir.path()).unwrap();
        Self { kind: "bucket", assets, dir }
    }

    /// Writes a file beside the store.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join("given").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// Lists the files below a folder, relative to it.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap();
                found.push(relative.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
