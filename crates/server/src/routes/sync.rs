//! Bringing a collection up to date with the source that it lists.

use api::{JobView, SyncRequest};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use catalog::CollectionRecord;
use discover::sync::{Filter, SourceKind, named_source};
use domain::{CollectionName, Fault, Kind};
use jobs::NewJob;
use serde_json::json;

use super::jobs::{enqueue, jobs_view};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::worker::SyncPayload;

/// Starts listing a hub, another Modeldex or a provider into a collection.
#[utoipa::path(post, path = "/api/v1/collections/{name}/sync", request_body = SyncRequest,
    params(("name" = String, Path, description = "The collection")),
    responses((status = 202, body = JobView), (status = 400, body = api::ErrorEnvelope)))]
pub async fn sync(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(request): Json<SyncRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_sync(&app, &name, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Finds the source of a collection and enqueues the job; the token stays out of it.
///
/// # Errors
/// Where the collection lists no source, none is known for it, or the server is offline.
pub async fn start_sync(app: &App, name: &str, mut request: SyncRequest) -> Result<JobView, Fault> {
    let collection: CollectionName =
        name.parse().map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))?;
    if ["curated", "workspace"].contains(&name) {
        let message = format!("`{name}` is built in and lists no source");
        return Err(Fault::new(Kind::Invalid, message)
            .hint("sync `hub`, `provider`, or a collection of your own"));
    }
    let filter: Filter = request.filter.parse()?;
    let (kind, url) = source(app, &collection, &request).await?;
    if app.config.offline {
        let message = format!("cannot list `{url}`: the server is offline");
        return Err(
            Fault::new(Kind::Unavailable, message).hint("start the server without `--offline`")
        );
    }
    if kind == SourceKind::Provider && !filter.is_empty() {
        return Err(Fault::new(Kind::Invalid, "a provider lists its models without a filter")
            .hint("leave `--filter` out"));
    }
    check_alone(app, name).await?;
    let token = request.token.take().filter(|token| !token.is_empty());
    let title = format!("sync {name} with {url}");
    let (limit, full) = (request.limit, request.full);
    let payload = SyncPayload { collection, kind, hub_url: url, filter, limit, full };
    let job = NewJob { kind: "sync".to_owned(), title, payload: json!(payload), retries_max: 3 };
    enqueue(app, job, token).await
}

/// Returns what was asked for, else what the collection is defined as, else what was listed the
/// last time, else what everybody has.
async fn source(
    app: &App,
    collection: &CollectionName,
    request: &SyncRequest,
) -> Result<(SourceKind, String), Fault> {
    let asked: Option<SourceKind> = request.kind.as_deref().map(str::parse).transpose()?;
    let known = match app.catalog.get_collection(collection).await? {
        Some(record) => Some((defined(&record)?, record.source)),
        None => source_of(app, collection).await?,
    };
    let by_name = || collection.as_str().parse().unwrap_or(SourceKind::Modeldex);
    let kind = asked.or(known.as_ref().map(|(kind, _)| *kind)).unwrap_or_else(by_name);
    let known = known.filter(|(known, _)| *known == kind).map(|(_, url)| url);
    let own = || (collection.as_str() == "hub").then(|| app.config.hub_url.clone());
    let told = [request.url.clone(), known].into_iter().flatten().find(|url| !url.is_empty());
    let url = told.or_else(own).ok_or_else(|| {
        let message = format!("no source is known for the collection `{collection}`");
        Fault::new(Kind::Invalid, message)
            .hint(format!("say where it is: modeldex sync {collection} --from https://…"))
    })?;
    Ok((kind, url.trim_end_matches('/').to_owned()))
}

/// Returns the sort of source that a collection is defined with.
fn defined(record: &CollectionRecord) -> Result<SourceKind, Fault> {
    record.kind.as_str().parse().map_err(|_| {
        let (name, kind) = (&record.name, record.kind.as_str());
        let message = format!("`{name}` is a collection of the kind `{kind}`: it lists no source");
        Fault::new(Kind::Invalid, message)
            .hint("`modeldex catalog add` reads a folder of assets again")
    })
}

/// Returns the source of a collection: the one that it is defined with, or else the one that was
/// last listed into it.
///
/// # Errors
/// Where the database fails.
pub async fn source_of(
    app: &App,
    collection: &CollectionName,
) -> Result<Option<(SourceKind, String)>, Fault> {
    if let Some(record) = app.catalog.get_collection(collection).await?
        && let Ok(kind) = record.kind.as_str().parse()
    {
        return Ok(Some((kind, record.source)));
    }
    let states = app.catalog.sync_states().await?;
    let of_collection = states.into_iter().filter(|state| state.collection == *collection);
    let last = of_collection.max_by_key(|state| state.updated_ms);
    Ok(last.and_then(|state| named_source(&state.source)))
}

/// Refuses a second sync of a collection while one is going on: they would list the same.
async fn check_alone(app: &App, name: &str) -> Result<(), Fault> {
    let jobs = jobs_view(app).await?.jobs;
    let same = |job: &&JobView| {
        job.kind == "sync" && !job.is_over() && job.payload["collection"] == json!(name)
    };
    match jobs.iter().find(same) {
        None => Ok(()),
        Some(job) => Err(Fault::new(Kind::Conflict, format!("`{name}` is being synced already"))
            .hint(format!("follow it: modeldex jobs logs {} --follow", job.id))),
    }
}
