//! What an import is asked, what it uses, and what it made.

use std::fmt;
use std::path::{Path, PathBuf};

use assets::Assets;
use catalog::Catalog;
use domain::ModelRef;
use serde_json::Value;
use url::Url;

use crate::{Error, Result};

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

/// What a source turns out to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A model on the hub, and the revision if the source names one.
    Hub(String, Option<String>),
}

impl Job {
    /// Reads the source.
    pub(crate) fn named(&self) -> Result<Named> {
        let path = Path::new(&self.source);
        if path.is_absolute() || self.source.starts_with('.') {
            // `.` has no name; the folder that it means has one.
            return Ok(Named::Folder(path.canonicalize().unwrap_or_else(|_| path.to_owned())));
        }
        if !self.source.contains("://") {
            return Ok(Named::Hub(self.source.trim_matches('/').to_owned(), None));
        }
        let hub = self.hub_url.trim_end_matches('/');
        let rest = self.source.strip_prefix(hub).and_then(|rest| rest.strip_prefix('/'));
        let Some(rest) = rest else {
            let (address, hub) = (shown(&self.source), hub.to_owned());
            return Err(Error::Elsewhere { address, hub });
        };
        let rest = rest.trim_matches('/');
        Ok(match rest.split_once("/tree/") {
            Some((id, revision)) => Named::Hub(id.to_owned(), Some(revision.to_owned())),
            None => Named::Hub(rest.to_owned(), None),
        })
    }
}

/// Writes an address without a name, a password or a query, which may be secret.
fn shown(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "…".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn job(source: &str) -> Job {
        Job {
            source: source.to_owned(),
            revision: None,
            name: None,
            hub_url: "https://hub.test/".to_owned(),
            token: Some("hf_s3cret".to_owned()),
            offline: false,
        }
    }

    #[test]
    fn a_source_is_a_folder_an_id_or_an_address() {
        let hub = |id: &str, revision: Option<&str>| {
            Named::Hub(id.to_owned(), revision.map(str::to_owned))
        };
        let check = |source: &str, named: Named| assert_eq!(job(source).named().unwrap(), named);
        check("/no/such/folder", Named::Folder("/no/such/folder".into()));
        check(".", Named::Folder(std::env::current_dir().unwrap().canonicalize().unwrap()));
        check("gpt2", hub("gpt2", None));
        check("acme/tiny", hub("acme/tiny", None));
        check("https://hub.test/acme/tiny/", hub("acme/tiny", None));
        check("https://hub.test/acme/tiny/tree/refs/pr/1", hub("acme/tiny", Some("refs/pr/1")));
    }

    #[test]
    fn an_address_elsewhere_is_an_error_without_its_secrets() {
        let error = job("https://me:s3cret@other.test/a/b?k=s3cret").named().unwrap_err();
        let message = "`https://other.test/a/b` is not on the hub `https://hub.test`";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_token_is_not_shown() {
        assert!(!format!("{:?}", job("gpt2")).contains("s3cret"));
    }
}
