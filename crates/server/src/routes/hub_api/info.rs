//! `GET /api/models/{id}…`: one model, its files and its versions.

use api::hub_api::{HubAuthor, HubCommit, HubRef, HubRefs};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use catalog::VersionRecord;
use domain::{Fault, Kind};

use super::date::iso;
use super::describe::{expanded, of_files};
use super::fault::{HubFault, HubResult, no_repo};
use super::path::{Asked, What, read};
use super::query::read_shown;
use super::repo::{Repo, commit_of};
use super::tree;
use crate::app::App;

/// Below it lie the models.
const ROOT: &str = "/api/models/";

/// Answers `GET`.
pub async fn get(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> HubResult<Response> {
    let asked = asked(&uri)?;
    let raw = raw.unwrap_or_default();
    let repo = Repo::find(&app, &asked.id, asked.revision.as_deref()).await?;
    match asked.what {
        What::Info => info(&app, &repo, &raw).await,
        What::Tree(folder) => {
            let page = tree::list(&app, &repo, &folder, &raw).await?;
            tree::answer(page, (&uri, &headers, &raw))
        }
        What::Refs => Ok(Json(refs(&repo.versions)).into_response()),
        What::Commits => Ok(Json(commits(&repo)).into_response()),
        What::PathsInfo => Err(Fault::new(Kind::Invalid, "the paths are sent with `POST`").into()),
    }
}

/// Answers `POST`: only questions that are too long for a path.
pub async fn post(State(app): State<App>, uri: Uri, body: Bytes) -> HubResult<Response> {
    let asked = asked(&uri)?;
    if asked.what != What::PathsInfo {
        let fault = Fault::new(Kind::Unsupported, "models are only read through this API");
        return Err(fault.hint("`POST /api/v1/imports` brings a model here").into());
    }
    let repo = Repo::find(&app, &asked.id, asked.revision.as_deref()).await?;
    Ok(Json(tree::paths(&app, &repo, &body).await?).into_response())
}

fn asked(uri: &Uri) -> Result<Asked, HubFault> {
    let path = uri.path().strip_prefix(ROOT).unwrap_or_default();
    read(path).ok_or_else(|| no_repo(path))
}

async fn info(app: &App, repo: &Repo, raw: &str) -> HubResult<Response> {
    let shown = read_shown(raw);
    let manifest = repo.manifest(app).await?;
    let model = of_files(repo, &manifest, shown.blobs);
    Ok(Json(expanded(&model, &shown.expand)?).into_response())
}

fn refs(versions: &[VersionRecord]) -> HubRefs {
    let named = |kind: &str, name: &str, version: &VersionRecord| {
        Some(HubRef {
            name: name.to_owned(),
            r#ref: format!("refs/{kind}/{name}"),
            target_commit: commit_of(version)?,
        })
    };
    let main = versions.first().and_then(|version| named("heads", "main", version));
    let tags = versions.iter().filter_map(|one| named("tags", one.version.as_str(), one));
    HubRefs { branches: main.into_iter().collect(), tags: tags.collect(), converts: Vec::new() }
}

/// The version that was asked for and those before it.
fn commits(repo: &Repo) -> Vec<HubCommit> {
    let asked = |one: &&VersionRecord| {
        repo.version.as_ref().is_none_or(|version| version.version != one.version)
    };
    let commit = |version: &VersionRecord| {
        Some(HubCommit {
            id: commit_of(version)?,
            title: format!("version {}", version.version),
            message: String::new(),
            date: iso(version.created_ms),
            authors: vec![HubAuthor { user: repo.record.collection.to_string() }],
        })
    };
    repo.versions.iter().skip_while(asked).filter_map(commit).collect()
}
