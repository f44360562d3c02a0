//! Finds asset folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Defect, Severity};
use crate::{Error, Result};

/// The published repository lies five folders deep.
const DEPTH_MAX: usize = 8;
/// The published repository has about 2,000 folders.
const FOLDERS_MAX: usize = 50_000;

/// Asset folders, relative to where the search began, and what was passed over.
pub(super) struct Found {
    pub(super) assets: Vec<PathBuf>,
    pub(super) defects: Vec<Defect>,
}

/// Searches `root` and the folders below it; follows no symbolic links.
pub(super) fn find(root: &Path) -> Result<Found> {
    let mut found = Found { assets: Vec::new(), defects: Vec::new() };
    let mut waiting = vec![PathBuf::new()];
    let mut visited = 0;
    while let Some(relative) = waiting.pop() {
        visited += 1;
        if visited > FOLDERS_MAX {
            found.pass_over(
                &relative,
                format!("more than {FOLDERS_MAX} folders: the rest is not read"),
            );
            break;
        }
        let here = root.join(&relative);
        if is_asset(&here) {
            found.assets.push(relative);
            continue;
        }
        let mut folders = match folders_in(&here, &relative, &mut found) {
            Ok(folders) => folders,
            Err(source) if relative.as_os_str().is_empty() => {
                return Err(Error::Folder { path: root.display().to_string(), source });
            }
            Err(source) => {
                found.pass_over(&relative, format!("it cannot be read: {source}"));
                continue;
            }
        };
        if relative.components().count() >= DEPTH_MAX && !folders.is_empty() {
            found.pass_over(&relative, format!("deeper than {DEPTH_MAX} folders: not read"));
            continue;
        }
        // The last one that is pushed is the next one that is read.
        folders.sort_by(|a, b| b.cmp(a));
        waiting.extend(folders);
    }
    if found.assets.is_empty() {
        return Err(Error::NoAsset { path: root.display().to_string() });
    }
    Ok(found)
}

fn is_asset(folder: &Path) -> bool {
    ["asset.yaml", "spec.yaml"].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
}

fn folders_in(folder: &Path, relative: &Path, found: &mut Found) -> std::io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = relative.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folders.push(name);
        } else if kind.is_symlink() && entry.path().is_dir() {
            found.pass_over(&name, "it is a symbolic link: not followed".to_owned());
        }
    }
    Ok(folders)
}

impl Found {
    fn pass_over(&mut self, folder: &Path, message: String) {
        let file = folder.display().to_string();
        let severity = Severity::Error;
        self.defects.push(Defect { file, field: String::new(), message, severity });
    }
}
