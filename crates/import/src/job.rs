//! What an import is asked, what it uses, and what it made.

use std::fmt;
use std::path::{Path, PathBuf};

use assets::Assets;
use catalog::Catalog;
use domain::ModelRef;
use serde_json::Value;

/// What to import.
#[derive(Clone)]
pub struct Job {
    /// A folder (absolute, or starting with `.`), a hub id such as `acme/tiny`, or its address.
    pub source: String,
    /// A branch, tag or commit of the hub; its main branch where absent.
    pub revision: Option<String>,
    /// The name inside `workspace`; the last part of the source where absent.
    pub name: Option<String>,
    /// The address of the hub.
    pub hub_url: String,
    /// Says to the hub who asks.
    pub token: Option<String>,
    /// No hub may be asked.
    pub offline: bool,
}

impl Job {
    /// Returns the folder that the source names, where it names one.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        let path = Path::new(&self.source);
        (path.is_absolute() || self.source.starts_with('.')).then(|| path.to_owned())
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("source", &self.source)
            .field("revision", &self.revision)
            .field("name", &self.name)
            .field("hub_url", &self.hub_url)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("offline", &self.offline)
            .finish()
    }
}

/// Where an imported model goes.
#[derive(Clone, Copy)]
pub struct Stores<'a> {
    /// Its bytes.
    pub assets: &'a Assets,
    /// Its records.
    pub catalog: &'a Catalog,
}

/// What an import made.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model at its new version.
    pub model: ModelRef,
    /// How many files it has.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// What the files say; absent where this build does not understand them.
    pub facts: Option<Value>,
}
