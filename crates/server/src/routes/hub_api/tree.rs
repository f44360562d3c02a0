//! The files of a version as a tree.

use std::collections::BTreeMap;

use api::hub_api::{HubEntry, HubEntryDigest, HubLastCommit};
use assets::{Manifest, ManifestFile};
use axum::Json;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};

use super::date::iso;
use super::describe::pointer_size;
use super::fault::HubResult;
use super::list::next_link;
use super::repo::{Repo, commit, commit_of};
use crate::app::App;

/// Entries of a page: what the hub itself sends.
const LIMIT: usize = 1_000;

/// Paths that may be asked for at once: as many as the hub's clients send together.
const PATHS_MAX: usize = 1_000;

/// A page of entries and the cursor of the next.
pub struct Listing {
    entries: Vec<HubEntry>,
    next: Option<usize>,
}

#[derive(Debug, Default)]
struct Options {
    recursive: bool,
    expand: bool,
    limit: Option<usize>,
    cursor: usize,
}

/// Lists what is below a folder.
///
/// # Errors
/// Where there is no such folder, or the query cannot be read.
pub async fn list(app: &App, repo: &Repo, folder: &str, raw: &str) -> HubResult<Listing> {
    let options = options(raw)?;
    let manifest = repo.manifest(app).await?;
    let folder = folder.trim_matches('/');
    let all = entries(&manifest, folder, options.recursive);
    // An empty tree would pass for a model without files, and a download of it for done.
    if all.is_empty() {
        return Err(repo.no_entry(folder));
    }
    let limit = options.limit.unwrap_or(LIMIT).clamp(1, LIMIT);
    let end = options.cursor.saturating_add(limit);
    let next = (end < all.len()).then_some(end);
    let last_commit = options.expand.then(|| last_commit(repo)).flatten();
    let page = all.into_values().skip(options.cursor).take(limit);
    let entries = page.map(|entry| HubEntry { last_commit: last_commit.clone(), ..entry });
    Ok(Listing { entries: entries.collect(), next })
}

/// Writes a page with a link to the next one.
///
/// # Errors
/// Where the link cannot be written.
pub fn answer(page: Listing, (uri, headers, raw): (&Uri, &HeaderMap, &str)) -> HubResult<Response> {
    let mut response = Json(page.entries).into_response();
    if let Some(next) = page.next {
        let link = next_link(uri, headers, uri.path(), raw, &next.to_string())?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Returns those of the paths in a form that are files or folders; the others are left out.
///
/// # Errors
/// Where too many are asked for.
pub async fn paths(app: &App, repo: &Repo, form: &[u8]) -> HubResult<Vec<HubEntry>> {
    let pairs = url::form_urlencoded::parse(form);
    let paths: Vec<_> =
        pairs.filter(|(name, _)| name == "paths").map(|(_, path)| path.into_owned()).collect();
    if paths.len() > PATHS_MAX {
        let message = format!("{} paths were asked for: {PATHS_MAX} at most", paths.len());
        return Err(Fault::new(Kind::Invalid, message).into());
    }
    let manifest = repo.manifest(app).await?;
    let mut all = entries(&manifest, "", true);
    Ok(paths.iter().filter_map(|path| all.remove(path.as_str())).collect())
}

/// Returns files, and the folders that they lie in, by their path.
fn entries(manifest: &Manifest, folder: &str, recursive: bool) -> BTreeMap<String, HubEntry> {
    let mut found = BTreeMap::new();
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    for entry in &manifest.files {
        let Some(rest) = entry.path.as_str().strip_prefix(&prefix) else { continue };
        let folders = rest.match_indices('/').map(|(end, _)| &rest[..end]);
        for folder in folders.take(if recursive { usize::MAX } else { 1 }) {
            let path = format!("{prefix}{folder}");
            found.entry(path.clone()).or_insert_with(|| directory(path, entry));
        }
        if recursive || !rest.contains('/') {
            found.insert(entry.path.to_string(), file(entry));
        }
    }
    found
}

fn file(file: &ManifestFile) -> HubEntry {
    let lfs = HubEntryDigest {
        oid: file.sha256.to_string(),
        size: file.size,
        pointer_size: pointer_size(file),
    };
    HubEntry {
        r#type: "file".to_owned(),
        oid: commit(&file.sha256),
        size: file.size,
        path: file.path.to_string(),
        lfs: Some(lfs),
        last_commit: None,
    }
}

/// A folder is told from another by its first file.
fn directory(path: String, first: &ManifestFile) -> HubEntry {
    HubEntry {
        r#type: "directory".to_owned(),
        oid: commit(&first.sha256),
        size: 0,
        path,
        lfs: None,
        last_commit: None,
    }
}

fn last_commit(repo: &Repo) -> Option<HubLastCommit> {
    let version = repo.version.as_ref()?;
    Some(HubLastCommit {
        id: commit_of(version)?,
        title: format!("version {}", version.version),
        date: iso(version.created_ms),
    })
}

fn options(raw: &str) -> Result<Options, Fault> {
    let mut options = Options::default();
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        let yes = ["true", "True", "1"].contains(&&*value);
        let number = || {
            value
                .parse()
                .map_err(|_| Fault::new(Kind::Invalid, format!("`{name}={value}` is not a number")))
        };
        match &*name {
            "recursive" => options.recursive = yes,
            "expand" => options.expand = yes,
            "limit" => options.limit = Some(number()?),
            "cursor" => options.cursor = number()?,
            _ => {}
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(folder: &str, recursive: bool) -> Vec<String> {
        let file = |path: &&str| ManifestFile {
            path: path.parse().unwrap(),
            size: 1,
            sha256: domain::Digest::from_bytes(&[1; 32]),
        };
        let files = ["a", "b/c", "b/d/e", "bc"].iter().map(file).collect();
        entries(&Manifest { files }, folder, recursive).into_keys().collect()
    }

    #[test]
    fn a_folder_is_listed_with_or_without_what_is_deeper() {
        assert_eq!(paths("", false), ["a", "b", "bc"]);
        assert_eq!(paths("", true), ["a", "b", "b/c", "b/d", "b/d/e", "bc"]);
        assert_eq!(paths("b", false), ["b/c", "b/d"]);
        assert_eq!(paths("b/d", true), ["b/d/e"]);
        assert!(paths("b/c", true).is_empty() && paths("..", true).is_empty());
    }
}
