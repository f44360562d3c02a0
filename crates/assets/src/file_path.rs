//! Paths of files inside a model, checked once so that none leads out of its folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest path in bytes; file systems allow 255 in each part and 4,096 together.
const PATH_BYTES_MAX: usize = 1024;
/// The longest part of a path in bytes.
const PART_BYTES_MAX: usize = 255;
/// Names that Windows gives to devices, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "clock$"];

/// A relative path with `/` between its parts, safe to join to a folder on every system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

/// A path is refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file path `{path}` is refused: {why}")]
pub struct FilePathError {
    /// The path, with control characters escaped.
    pub path: String,
    /// The rule that it breaks.
    pub why: &'static str,
}

impl FilePath {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns what follows the last `.` of the last part, in lower case; empty where none does.
    pub fn extension(&self) -> String {
        match self.file_name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    /// Tells whether the file lies in the top folder.
    pub fn is_top_level(&self) -> bool {
        !self.0.contains('/')
    }

    /// Returns where the file lies below `folder`.
    pub fn below(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }
}

fn check(path: &str) -> Result<(), &'static str> {
    if path.len() > PATH_BYTES_MAX {
        return Err("it is longer than 1,024 bytes");
    }
    if path.starts_with('/') {
        return Err("it is absolute");
    }
    path.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), &'static str> {
    if part.is_empty() {
        return Err("a part is empty");
    }
    if part.len() > PART_BYTES_MAX {
        return Err("a part is longer than 255 bytes");
    }
    if matches!(part, "." | "..") {
        return Err("it leads out of its folder");
    }
    if part.contains(['\\', ':']) {
        return Err("`\\` and `:` are not allowed");
    }
    if part.chars().any(char::is_control) {
        return Err("control characters are not allowed");
    }
    if part.ends_with(['.', ' ']) {
        return Err("a part may not end in `.` or a space");
    }
    if is_device(part) {
        return Err("the name is reserved on Windows");
    }
    Ok(())
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = |rest: &str| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit());
    DEVICES.contains(&stem.as_str()) || port.is_some_and(is_port)
}

impl FromStr for FilePath {
    type Err = FilePathError;

    fn from_str(text: &str) -> Result<Self, FilePathError> {
        let refuse = |why| FilePathError { path: shown(text), why };
        check(text).map(|()| Self(text.to_owned())).map_err(refuse)
    }
}

/// Makes a hostile path fit for a message.
fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}

impl TryFrom<String> for FilePath {
    type Error = FilePathError;

    fn try_from(text: String) -> Result<Self, FilePathError> {
        text.parse()
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_real_models_are_taken() {
        for path in ["config.json", "1_Pooling/config.json", ".gitattributes", "a b/ü+(1).txt"] {
            let parsed: FilePath = path.parse().unwrap();
            assert_eq!(parsed.as_str(), path);
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused_with_the_rule() {
        let check = |path: &str, why: &str| {
            let error = path.parse::<FilePath>().unwrap_err();
            assert!(error.why.contains(why), "{path:?}: {error}");
        };
        check("", "empty");
        check("/etc/passwd", "absolute");
        check("a//b", "empty");
        check("a/", "empty");
        check("../a", "leads out");
        check("a/../../b", "leads out");
        check("./a", "leads out");
        check("a\\..\\b", "not allowed");
        check("c:/a", "not allowed");
        check("a\0b", "control");
        check("a\nb", "control");
        check("model.", "end in");
        check("x/NUL.txt", "reserved");
        check("com1", "reserved");
        check(&"a/".repeat(600), "1,024");
        check(&"a".repeat(256), "255");
    }

    #[test]
    fn a_path_knows_its_name_and_extension() {
        let check = |path: &str, name: &str, extension: &str| {
            let path: FilePath = path.parse().unwrap();
            assert_eq!((path.file_name(), path.extension().as_str()), (name, extension));
        };
        check("onnx/Model.ONNX", "Model.ONNX", "onnx");
        check(".gitattributes", ".gitattributes", "");
        check("LICENSE", "LICENSE", "");
    }
}
