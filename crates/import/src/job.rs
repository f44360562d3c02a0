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
    /// A folder (absolute, or starting with `.`), a hub id such as `acme/tiny`, or its address;
    /// or one GGUF file of these, such as `acme/tiny/tiny-q4_k_m.gguf`.
    pub source: String,
    /// A branch, tag or commit of the hub; its main branch where absent.
    pub revision: Option<String>,
    /// The name inside `workspace`; the last part of the source where absent.
    pub name: Option<String>,
    /// The address of the hub.
    pub hub_url: String,
    /// How many bits its weights are to be held in where it is deployed, if it writes text.
    pub quantize: Option<String>,
    /// Says to the hub who asks.
    pub token: Option<String>,
    /// No hub may be asked.
    pub offline: bool,
}

/// What a source turns out to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Where the model is.
    pub(crate) place: Place,
    /// The GGUF file that is meant, where one is named.
    pub(crate) file: Option<String>,
}

/// Where a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
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
            return Ok(named_folder(path));
        }
        if !self.source.contains("://") {
            return Ok(named_model(self.source.trim_matches('/')));
        }
        let hub = self.hub_url.trim_end_matches('/');
        let rest = self.source.strip_prefix(hub).and_then(|rest| rest.strip_prefix('/'));
        let Some(rest) = rest else {
            let (address, hub) = (shown(&self.source), hub.to_owned());
            return Err(Error::Elsewhere { address, hub });
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
        let named = |id: &str, revision: &str, file: Option<&str>| Named {
            place: Place::Hub(id.to_owned(), Some(revision.to_owned())),
            file: file.map(str::to_owned),
        };
        if let Some((id, revision)) = rest.split_once("/tree/") {
            return Ok(named(id, revision, None));
        }
        let of_file = ["/blob/", "/resolve/"].iter().find_map(|part| rest.split_once(part));
        // A revision with a slash in it stands before the file too.
        let of_file = of_file.and_then(|(id, rest)| Some((id, rest.rsplit_once('/')?)));
        Ok(match of_file {
            Some((id, (revision, file))) if is_gguf(file) => named(id, revision, Some(file)),
            _ => named_model(rest),
        })
    }
}

fn is_gguf(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
}

/// Tells a folder from one GGUF file of it.
fn named_folder(path: &Path) -> Named {
    // `.` has no name; the folder that it means has one.
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let of_file = path.file_name().and_then(|name| name.to_str()).filter(|name| is_gguf(name));
    match (of_file, path.parent()) {
        // The link that a file may be has the name; what it leads to may have none.
        (Some(file), Some(folder)) if !whole.is_dir() => {
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            Named { place: Place::Folder(folder), file: Some(file.to_owned()) }
        }
        _ => Named { place: Place::Folder(whole), file: None },
    }
}

/// Tells a model of a hub from one GGUF file of it: ids have two parts at most.
fn named_model(source: &str) -> Named {
    let file = source.match_indices('/').nth(1).map(|(at, _)| source.split_at(at));
    match file {
        Some((id, file)) if is_gguf(file) => Named {
            place: Place::Hub(id.to_owned(), None),
            file: Some(file.trim_start_matches('/').to_owned()),
        },
        _ => Named { place: Place::Hub(source.to_owned(), None), file: None },
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
            .field("quantize", &self.quantize)
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
            quantize: None,
            token: Some("hf_s3cret".to_owned()),
            offline: false,
        }
    }

    #[test]
    fn a_source_is_a_folder_an_id_or_an_address() {
        let hub = |id: &str, revision: Option<&str>| {
            Place::Hub(id.to_owned(), revision.map(str::to_owned))
        };
        let check = |source: &str, place: Place, file: Option<&str>| {
            let named = Named { place, file: file.map(str::to_owned) };
            assert_eq!(job(source).named().unwrap(), named);
        };
        check("/no/such/folder", Place::Folder("/no/such/folder".into()), None);
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        check(".", Place::Folder(here.clone()), None);
        check("gpt2", hub("gpt2", None), None);
        check("acme/tiny", hub("acme/tiny", None), None);
        check("https://hub.test/acme/tiny/", hub("acme/tiny", None), None);
        let pull = "https://hub.test/acme/tiny/tree/refs/pr/1";
        check(pull, hub("acme/tiny", Some("refs/pr/1")), None);

        check("/no/such/x.gguf", Place::Folder("/no/such".into()), Some("x.gguf"));
        check("./x.GGUF", Place::Folder(here), Some("x.GGUF"));
        check("acme/tiny.gguf", hub("acme/tiny.gguf", None), None);
        check("acme/tiny/x.gguf", hub("acme/tiny", None), Some("x.gguf"));
        check("acme/tiny/a/x.gguf", hub("acme/tiny", None), Some("a/x.gguf"));
        for part in ["blob", "resolve"] {
            let address = format!("https://hub.test/acme/tiny/{part}/main/x.gguf?download=true");
            check(&address, hub("acme/tiny", Some("main")), Some("x.gguf"));
        }
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
