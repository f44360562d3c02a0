//! A model folder that takes its name only when it is complete, and goes away if it never is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Error, Result};

/// A folder that is being written.
#[derive(Debug)]
pub(super) struct Folder {
    partial: PathBuf,
    out: PathBuf,
}

impl Folder {
    /// Makes a folder under a temporary name beside `out`, which may not hold anything yet.
    pub(super) fn start(out: &Path) -> Result<Self> {
        check_free(out)?;
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let folder = Self { partial: out.with_file_name(name), out: out.to_owned() };
        folder.clear();
        fs::create_dir_all(&folder.partial).map_err(Error::write(&folder.partial))?;
        Ok(folder)
    }

    /// Returns where the files are for now.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Writes a JSON file.
    pub(super) fn write(&self, name: &str, value: &Value) -> Result<()> {
        let path = self.partial.join(name);
        fs::write(&path, format!("{value:#}\n")).map_err(Error::write(&path))
    }

    /// Copies a file under its own name.
    pub(super) fn copy(&self, from: &Path, name: &str) -> Result<()> {
        fs::copy(from, self.partial.join(name)).map_err(Error::read(from))?;
        Ok(())
    }

    /// Gives the folder its name.
    pub(super) fn finish(self) -> Result<()> {
        fs::rename(&self.partial, &self.out).map_err(Error::write(&self.out))
    }

    /// Removes what an earlier attempt left; there may be nothing.
    fn clear(&self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Refuses a folder that holds something already.
pub(super) fn check_free(out: &Path) -> Result<()> {
    let is_free = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !out.exists(),
    };
    if is_free {
        Ok(())
    } else {
        Err(Error::input(format!("`{}` is there already", out.display())))
    }
}
