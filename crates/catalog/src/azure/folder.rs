//! One asset folder: bounded reading that never leaves it, and the defects found in it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::{Defect, Severity, yaml};

/// The largest published `spec.yaml` has 7 KB, the largest `description.md` 19 KB.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;

/// An asset folder and what is wrong in it.
pub(super) struct AssetFolder {
    path: PathBuf,
    shown: PathBuf,
    defects: Vec<Defect>,
}

impl AssetFolder {
    /// Looks at `shown`, a folder below `root`.
    pub(super) fn open(root: &Path, shown: &Path) -> Self {
        Self { path: root.join(shown), shown: shown.to_owned(), defects: Vec::new() }
    }

    /// Returns the folder's own name.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_default()
    }

    /// Tells whether something of this name is there, whatever it is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path.join(name).symlink_metadata().is_ok()
    }

    /// Notes a defect in spite of which the model is loaded.
    pub(super) fn warn(&mut self, file: &str, field: &str, message: impl Into<String>) {
        self.note(file, field, message.into(), Severity::Warning);
    }

    /// Notes a defect because of which the folder gives no model.
    pub(super) fn fail(&mut self, file: &str, field: &str, message: impl Into<String>) {
        self.note(file, field, message.into(), Severity::Error);
    }

    fn note(&mut self, file: &str, field: &str, message: String, severity: Severity) {
        let file = self.shown.join(file).display().to_string();
        self.defects.push(Defect { file, field: field.to_owned(), message, severity });
    }

    /// Makes every defect one of a folder that gives no model.
    pub(super) fn give_up(&mut self) {
        for defect in &mut self.defects {
            defect.severity = Severity::Error;
        }
    }

    /// Gives the defects away.
    pub(super) fn into_defects(self) -> Vec<Defect> {
        self.defects
    }

    /// Reads a file by the name that some field of the asset gives it.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        let path = self.contained(name)?;
        let facts = fs::symlink_metadata(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "the file does not exist".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        })?;
        if !facts.is_file() {
            return Err("it is not a file".to_owned());
        }
        let unreadable = |error: std::io::Error| format!("the file cannot be read: {error}");
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(unreadable)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err("the file is larger than 1 MiB".to_owned());
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            format!("the file is not UTF-8 at byte {}", error.utf8_error().valid_up_to())
        })?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// Reads a file of YAML whose top is a mapping.
    pub(super) fn mapping(&self, name: &str) -> Result<Map<String, Value>, String> {
        match yaml::parse(&self.text(name)?)? {
            Value::Object(fields) => Ok(fields),
            Value::Null => Err("the file is empty".to_owned()),
            _ => Err("the top of the file is not a mapping".to_owned()),
        }
    }

    /// Says why a name leads out of the folder, where it does.
    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        self.contained(name).map(|_| ())
    }

    /// Turns a name into a path inside the folder, without a symbolic link on the way.
    fn contained(&self, name: &str) -> Result<PathBuf, String> {
        let name = Path::new(name);
        let mut path = self.path.clone();
        for part in name.components() {
            match part {
                Component::CurDir => continue,
                Component::Normal(part) => path.push(part),
                _ => return Err(format!("`{}` leads out of the folder", name.display())),
            }
            let link = path.symlink_metadata().is_ok_and(|facts| facts.is_symlink());
            if link {
                return Err(format!("`{}` is a symbolic link: not followed", name.display()));
            }
        }
        Ok(path)
    }
}
