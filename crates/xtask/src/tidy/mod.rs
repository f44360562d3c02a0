//! Checks what the compiler does not.

mod layers;
mod limits;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of the project.
struct Source {
    /// Relative to the root.
    path: String,
    text: String,
}

/// Runs every check and reports all findings together.
///
/// # Errors
/// The findings, one a line.
pub fn run(root: &Path) -> Result<(), String> {
    let sources = sources(root)?;
    let findings: Vec<String> =
        [layers::check(root)?, limits::check(root, &sources)?, modules::check(&sources)].concat();
    if findings.is_empty() {
        eprintln!("tidy: {} files, no finding", sources.len());
        return Ok(());
    }
    Err(format!("{}\ntidy: {} findings", findings.join("\n"), findings.len()))
}

fn sources(root: &Path) -> Result<Vec<Source>, String> {
    let mut paths = Vec::new();
    collect(&root.join("crates"), &mut paths)?;
    paths.sort();
    paths.into_iter().map(|path| read(root, &path)).collect()
}

fn read(root: &Path, path: &Path) -> Result<Source, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let path = path.strip_prefix(root).unwrap_or(path).display().to_string();
    Ok(Source { path, text })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
