//! Finds the model and the version that a client means.

use assets::Manifest;
use catalog::{ModelRecord, VersionRecord};
use discover::{FacetName, Listed, Query};
use domain::{CollectionName, Digest, Fault, Kind, ModelRef};

use super::fault::{HubFault, HubResult, Missing, no_repo, no_revision};
use crate::app::App;
use crate::routes::sift::{sift, words};

/// Digits of a commit.
const COMMIT_LENGTH: usize = 40;

/// A model at a version.
pub struct Repo {
    /// What it was asked for by.
    pub id: String,
    /// The model's record.
    pub record: ModelRecord,
    /// The versions that have files here, newest first.
    pub versions: Vec<VersionRecord>,
    /// The version that was asked for; absent where the model has no files here.
    pub version: Option<VersionRecord>,
}

impl Repo {
    /// Finds a model and its newest version, or the one that is named.
    ///
    /// # Errors
    /// Where there is no such model or version.
    pub async fn find(app: &App, id: &str, revision: Option<&str>) -> HubResult<Self> {
        let record = find_record(app, id).await?.ok_or_else(|| no_repo(id))?;
        let mut versions = app.catalog.versions(&record.model()).await?;
        versions.retain(|version| version.manifest.is_some());
        let version = pick(&record, &versions, revision).map_err(|()| {
            let revision = revision.unwrap_or_default();
            no_revision(id, revision)
        })?;
        let version = version.cloned();
        Ok(Self { id: id.to_owned(), record, versions, version })
    }

    /// Returns the commit: of the files that are here, else the one that is pinned at the hub.
    pub fn commit(&self) -> Option<String> {
        let pinned = || self.record.hub_revision.clone().filter(|revision| is_commit(revision));
        self.version.as_ref().and_then(commit_of).or_else(pinned)
    }

    /// Reads which files the version has; none where it has none here.
    ///
    /// # Errors
    /// Where the manifest cannot be read.
    pub async fn manifest(&self, app: &App) -> Result<Manifest, Fault> {
        match self.version.as_ref().and_then(|version| version.manifest.as_ref()) {
            Some(digest) => Ok(app.assets.manifest(digest).await?),
            None => Ok(Manifest::default()),
        }
    }

    /// Says that the version has no such file.
    pub fn no_entry(&self, path: &str) -> HubFault {
        let none_here = || {
            Fault::new(Kind::NotFound, format!("`{}` has no files here", self.id))
                .hint(format!("bring them here: modeldex import {}", self.record.model()))
        };
        let no_file = |_| Fault::new(Kind::NotFound, format!("`{}` has no file `{path}`", self.id));
        let fault = self.version.as_ref().map_or_else(none_here, no_file);
        // Clients remember what a commit does not have; the hub's own commit may well have it.
        let commit = self.version.as_ref().and_then(commit_of);
        HubFault::missing(Missing::Entry, fault).at(commit)
    }
}

/// Returns the commit of a version: forty digits of the digest of its files.
pub fn commit_of(version: &VersionRecord) -> Option<String> {
    version.manifest.as_ref().map(commit)
}

/// Returns forty digits of a digest.
pub fn commit(digest: &Digest) -> String {
    digest.as_str().chars().take(COMMIT_LENGTH).collect()
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Picks the version that a revision names: `main`, a number, a commit, or the revision that it
/// was imported at.
fn pick<'a>(
    record: &ModelRecord,
    versions: &'a [VersionRecord],
    revision: Option<&str>,
) -> Result<Option<&'a VersionRecord>, ()> {
    let Some(revision) = revision else { return Ok(versions.first()) };
    let name = ["refs/heads/", "refs/tags/"];
    let name = name.iter().find_map(|kind| revision.strip_prefix(kind)).unwrap_or(revision);
    if ["main", "HEAD"].contains(&name) {
        return Ok(versions.first());
    }
    let is_meant = |version: &&VersionRecord| {
        let digest = version.manifest.as_ref().map(Digest::as_str).unwrap_or_default();
        let commit = name.len() >= COMMIT_LENGTH && digest.starts_with(name);
        let origin = version.origin.get("revision").and_then(serde_json::Value::as_str);
        version.version.as_str() == name || commit || origin == Some(name)
    };
    match versions.iter().find(is_meant) {
        Some(version) => Ok(Some(version)),
        // Nothing is here, and what is pinned at the hub is what is listed.
        None if versions.is_empty() && record.hub_revision.as_deref() == Some(name) => Ok(None),
        None => Err(()),
    }
}

/// Finds a model by `collection/name`, or by its id on the hub: one whose files are here first.
async fn find_record(app: &App, id: &str) -> Result<Option<ModelRecord>, Fault> {
    // A version stands in the revision and not in the id.
    let named = id.parse::<ModelRef>().ok().filter(|model| model.version.is_none());
    if let Some(model) = named
        && let Some(record) = app.catalog.get_model(&model.collection, &model.name).await?
    {
        return Ok(Some(record));
    }
    let here = [(FacetName::Status, vec!["here".to_owned()])].into();
    let here = Query { filters: here, ..Query::default() };
    if let Some(listed) = find_listed(app, here, id).await? {
        let record = listed.record;
        return Ok(app.catalog.get_model(&record.collection, &record.name).await?);
    }
    let curated = catalog::curated::records().iter().find(|record| is_of_hub(record, id));
    if let Some(record) = curated {
        return Ok(Some(record.clone()));
    }
    if let (Ok(hub), Ok(name)) = ("hub".parse::<CollectionName>(), id.parse())
        && let Some(record) = app.catalog.get_model(&hub, &name).await?
    {
        return Ok(Some(record));
    }
    let by_words = Query { text: words(&id.replace('/', " ")), ..Query::default() };
    match find_listed(app, by_words, id).await? {
        Some(listed) => {
            let record = listed.record;
            Ok(app.catalog.get_model(&record.collection, &record.name).await?)
        }
        None => Ok(None),
    }
}

async fn find_listed(app: &App, query: Query, id: &str) -> Result<Option<Listed>, Fault> {
    let (index, id) = (app.index.current(), id.to_owned());
    let query = Query { limit: 1, ..query };
    let find = move || sift(&index, &query, &|listed| is_of_hub(&listed.record, &id));
    let found = tokio::task::spawn_blocking(find).await;
    let found = found.map_err(|error| Fault::wrap(Kind::Internal, error))??;
    Ok(found.models.into_iter().next())
}

/// The hub tells ids apart by their letters alone.
fn is_of_hub(record: &ModelRecord, id: &str) -> bool {
    record.hub_id.as_deref().is_some_and(|hub_id| hub_id.eq_ignore_ascii_case(id))
}
