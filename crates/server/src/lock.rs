//! One server at a time on a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Fault, Kind};
use serde::{Deserialize, Serialize};

/// Holds the data directory until it is dropped.
#[derive(Debug)]
pub struct DataDirLock {
    file: File,
    path: PathBuf,
}

/// Who holds a data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Where it answers.
    pub url: String,
}

/// Whether a data directory is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nobody has it.
    Free,
    /// A server has it that does not answer yet.
    Starting,
    /// A server that answers has it.
    By(Holder),
}

/// Says who holds `data_dir`.
///
/// # Errors
/// Where the lock file cannot be read.
pub fn holder(data_dir: &Path) -> Result<Held, Fault> {
    let path = data_dir.join("lock");
    if !path.exists() {
        return Ok(Held::Free);
    }
    let mut file = open(&path)?;
    if try_lock(&file, &path)? {
        return Ok(Held::Free);
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| unusable(&path, error))?;
    Ok(serde_json::from_str(&text).map_or(Held::Starting, Held::By))
}

/// Who asks for the holder has the lock for some microseconds.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

impl DataDirLock {
    /// Takes `data_dir`, making it where needed.
    ///
    /// # Errors
    /// `Conflict` with who holds it, or `Unavailable` where the folder cannot be used.
    pub async fn take(data_dir: &Path) -> Result<Self, Fault> {
        std::fs::create_dir_all(data_dir).map_err(|error| unusable(data_dir, error))?;
        let path = data_dir.join("lock");
        let file = open(&path)?;
        for _ in 1..TRIES {
            if try_lock(&file, &path)? {
                // What a dead server wrote would lead clients to it.
                file.set_len(0).map_err(|error| unusable(&path, error))?;
                return Ok(Self { file, path });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(held(data_dir))
    }

    /// Writes down where the server answers.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn announce(&mut self, url: &str) -> Result<(), Fault> {
        let holder = Holder { pid: std::process::id(), url: url.to_owned() };
        let text = serde_json::to_string(&holder).unwrap_or_default();
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(text.as_bytes())?;
            self.file.sync_all()
        };
        write().map_err(|error| unusable(&self.path, error))
    }
}

fn open(path: &Path) -> Result<File, Fault> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(|error| unusable(path, error))
}

fn try_lock(file: &File, path: &Path) -> Result<bool, Fault> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(unusable(path, error)),
    }
}

fn held(data_dir: &Path) -> Fault {
    let text = std::fs::read_to_string(data_dir.join("lock")).unwrap_or_default();
    let who = match serde_json::from_str::<Holder>(&text) {
        Ok(holder) => format!("process {} at {}", holder.pid, holder.url),
        Err(_) => "another process that is just starting".to_owned(),
    };
    let message = format!("the data directory `{}` is in use by {who}", data_dir.display());
    Fault::new(Kind::Conflict, message)
        .hint("use that server (set MODELDEX_URL), stop it, or choose another `--data-dir`")
}

fn unusable(path: &Path, error: std::io::Error) -> Fault {
    Fault::new(Kind::Unavailable, format!("cannot use `{}`", path.display()))
        .because(error)
        .hint("check that the folder exists, is yours and that the disk has space")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_held_directory_says_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(holder(dir.path()).unwrap(), Held::Free);
        let mut lock = DataDirLock::take(dir.path()).await.unwrap();
        assert_eq!(holder(dir.path()).unwrap(), Held::Starting);
        let fault = DataDirLock::take(dir.path()).await.unwrap_err();
        assert!(fault.message().contains("just starting"), "{}", fault.message());
        lock.announce("http://127.0.0.1:1").unwrap();
        let fault = DataDirLock::take(dir.path()).await.unwrap_err();
        assert_eq!(fault.kind(), Kind::Conflict);
        assert!(fault.message().contains("http://127.0.0.1:1"), "{}", fault.message());
        let Held::By(found) = holder(dir.path()).unwrap() else { panic!("nobody holds it") };
        assert_eq!(found.url, "http://127.0.0.1:1");
        drop(lock);
        assert_eq!(holder(dir.path()).unwrap(), Held::Free);
        // The next server is not taken for the last one.
        let _lock = DataDirLock::take(dir.path()).await.unwrap();
        assert_eq!(holder(dir.path()).unwrap(), Held::Starting);
    }
}
