//! Folders made of blobs, and the files of folders that become blobs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Error, FilePath, ManifestFile, Result};

/// What the folder of a view under way starts with; no digest does.
pub(crate) const UNFINISHED: &str = ".building-";

/// Builds a view beside its place and moves it there at once; another process may be faster.
pub(crate) fn build(target: &Path, files: &[(PathBuf, ManifestFile)]) -> Result<()> {
    let views = target.parent().unwrap_or(target);
    std::fs::create_dir_all(views).map_err(Error::io("make", views))?;
    let building = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(views)
        .map_err(Error::io("make a folder in", views))?;
    for (blob, file) in files {
        link(blob, file, building.path())?;
    }
    match std::fs::rename(building.path(), target) {
        Ok(()) => {
            let _ = building.keep();
            Ok(())
        }
        Err(_) if target.is_dir() => Ok(()),
        Err(error) => Err(Error::io("make", target)(error)),
    }
}

fn link(blob: &Path, file: &ManifestFile, folder: &Path) -> Result<()> {
    let size = std::fs::metadata(blob).map_err(Error::io("read", blob))?.len();
    if size != file.size {
        let why = format!("it has {size} bytes, expected {}", file.size);
        return Err(Error::Damaged { what: "blob", digest: file.sha256.clone(), why });
    }
    let to = file.path.below(folder);
    let parent = to.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(Error::io("make", parent))?;
    // Across file systems, and where there are no hard links, a copy does as well.
    if std::fs::hard_link(blob, &to).is_err() {
        std::fs::copy(blob, &to).map_err(Error::io("write", &to))?;
    }
    Ok(())
}

/// Removes the views that hold a link to a damaged blob: they are made anew from the sound one.
#[cfg(unix)]
pub(crate) fn remove_linked(views: &Path, damaged: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let Ok(bad) = std::fs::metadata(damaged) else { return Ok(()) };
    let is_bad = |path: PathBuf| {
        std::fs::metadata(path).is_ok_and(|file| (file.dev(), file.ino()) == (bad.dev(), bad.ino()))
    };
    for view in std::fs::read_dir(views).into_iter().flatten().flatten() {
        let files = list_folder(&view.path()).unwrap_or_default();
        if files.iter().any(|file| is_bad(file.below(&view.path()))) {
            let path = view.path();
            std::fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Elsewhere links are not told apart: garbage collection removes old views.
#[cfg(not(unix))]
pub(crate) fn remove_linked(_views: &Path, _damaged: &Path) -> Result<()> {
    Ok(())
}

/// Lists the files below a folder, sorted. Links to files count as files; links to folders and
/// whatever is neither are refused, for they could lead anywhere.
pub(crate) fn list_folder(folder: &Path) -> Result<Vec<FilePath>> {
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((dir, prefix)) = waiting.pop() {
        for entry in std::fs::read_dir(&dir).map_err(Error::io("read", &dir))? {
            let entry = entry.map_err(Error::io("read", &dir))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(Error::io("read", &entry.path()))?;
            if kind.is_dir() {
                waiting.push((entry.path(), format!("{path}/")));
            } else if entry.path().is_file() {
                found.push(path.parse()?);
            } else {
                let source = std::io::Error::new(ErrorKind::InvalidInput, "it is no plain file");
                return Err(Error::Io { what: "read", path: entry.path(), source });
            }
        }
    }
    found.sort();
    Ok(found)
}
