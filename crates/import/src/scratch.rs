//! The job's folder: which revision was pinned, what is fetched, what is half fetched.
//!
//! Every change is a rename or an append, so that a kill leaves one state or the other. Files are
//! written without async: an import that was dropped writes nothing afterwards.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use assets::FilePath;
use domain::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The folder, held by one attempt at a time.
pub(crate) struct Scratch {
    root: PathBuf,
    _lock: File,
}

/// What the job was asked, and the revision that it came to mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) place: String,
    pub(crate) asked: Option<String>,
    pub(crate) revision: String,
}

/// A file that was fetched and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) sha256: Digest,
    pub(crate) size: u64,
}

impl Scratch {
    /// Takes the folder, unless another attempt holds it.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(Error::scratch("make", root))?;
        let path = root.join("lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = open.map_err(Error::scratch("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::AtWork { folder: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(Error::scratch("lock", &path)(source)),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what an earlier attempt pinned.
    pub(crate) fn pin(&self) -> Option<Pin> {
        read(&self.root.join("pin.json"))
    }

    /// Pins a revision; what was fetched of another is thrown away.
    pub(crate) fn set_pin(&self, pin: &Pin) -> Result<()> {
        if self.pin().as_ref() == Some(pin) {
            return Ok(());
        }
        self.clear()?;
        write(&self.root.join("pin.json"), pin)
    }

    /// Throws away what was fetched.
    pub(crate) fn clear(&self) -> Result<()> {
        for folder in ["done", "files", "half", "tags"] {
            let path = self.root.join(folder);
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::scratch("remove", &path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns where a whole file lies.
    pub(crate) fn whole(&self, path: &FilePath) -> PathBuf {
        path.below(&self.root.join("files"))
    }

    /// Returns where a file lies while it is fetched.
    pub(crate) fn half(&self, path: &FilePath) -> PathBuf {
        path.below(&self.root.join("half"))
    }

    /// Returns the tag that came with the beginning of a file, and how much of it is here.
    pub(crate) fn begun(&self, path: &FilePath) -> Option<(u64, Option<String>)> {
        let length = std::fs::metadata(self.half(path)).ok()?.len();
        Some((length, read(&path.below(&self.root.join("tags"))).flatten()))
    }

    /// Opens a half file to append to; begins it anew where `from` is 0.
    pub(crate) fn append(&self, path: &FilePath, from: u64, tag: Option<&str>) -> Result<File> {
        let half = self.half(path);
        make_parent(&half)?;
        if from == 0 {
            // In this order: a tag never belongs to bytes that came with another.
            File::create(&half).map_err(Error::scratch("write", &half))?;
            write(&path.below(&self.root.join("tags")), &tag)?;
        }
        let open = OpenOptions::new().append(true).open(&half);
        open.map_err(Error::scratch("write", &half))
    }

    /// Throws away the beginning of a file.
    pub(crate) fn discard_half(&self, path: &FilePath) {
        // Where this fails, the next attempt finds bytes with a wrong digest and tries again.
        let _ = std::fs::remove_file(self.half(path));
    }

    /// Makes a half file a whole one.
    pub(crate) fn complete(&self, path: &FilePath, done: &Done) -> Result<()> {
        let (half, whole) = (self.half(path), self.whole(path));
        let file = File::open(&half).map_err(Error::scratch("read", &half))?;
        file.sync_all().map_err(Error::scratch("write", &half))?;
        make_parent(&whole)?;
        std::fs::rename(&half, &whole).map_err(Error::scratch("write", &whole))?;
        self.set_done(path, done)
    }

    /// Notes what a file holds, so that it need not be fetched again once it is stored.
    pub(crate) fn set_done(&self, path: &FilePath, done: &Done) -> Result<()> {
        write(&path.below(&self.root.join("done")), done)
    }

    /// Returns what was noted about a file.
    pub(crate) fn done(&self, path: &FilePath) -> Option<Done> {
        read(&path.below(&self.root.join("done")))
    }

    /// Forgets what was noted about a file.
    pub(crate) fn forget(&self, path: &FilePath) {
        let _ = std::fs::remove_file(path.below(&self.root.join("done")));
        let _ = std::fs::remove_file(self.whole(path));
    }
}

/// Reads a note; one that cannot be read is none.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Writes a note beside its place and moves it there.
fn write(path: &Path, note: &impl Serialize) -> Result<()> {
    make_parent(path)?;
    let text = serde_json::to_vec(note).map_err(|error| std::io::Error::other(error.to_string()));
    let beside = path.with_file_name(".note");
    let written = text.and_then(|text| {
        let mut file = File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    written.map_err(Error::scratch("write", path))
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    std::fs::create_dir_all(parent).map_err(Error::scratch("make", parent))
}
