//! Starting imports.

use api::{ImportRequest, JobView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Fault, Kind};
use jobs::NewJob;
use serde_json::json;

use super::deploy::quantize;
use super::discover::parse_model;
use super::jobs::enqueue;
use super::sync::source_of;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Starts bringing a model here.
#[utoipa::path(post, path = "/api/v1/imports", request_body = ImportRequest,
    responses((status = 202, body = JobView), (status = 400, body = api::ErrorEnvelope)))]
pub async fn import(
    State(app): State<App>,
    Json(request): Json<ImportRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_import(&app, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Resolves references to listed models and enqueues the job; the token stays out of it.
///
/// # Errors
/// Where the source is empty, a listing has no hub id, or the server is offline.
pub async fn start_import(app: &App, mut request: ImportRequest) -> Result<JobView, Fault> {
    if request.source.trim().is_empty() {
        let fault = Fault::new(Kind::Invalid, "there is no source to import from");
        return Err(fault.hint("name a folder, a hub id such as `org/model`, or `curated/NAME`"));
    }
    if let Some(bits) = &request.quantize {
        quantize(bits)?;
    }
    let is_folder = std::path::Path::new(&request.source).is_absolute();
    if !is_folder {
        let hub_is_named = request.hub_url.is_some();
        resolve_listing(app, &mut request).await?;
        if app.config.offline && !hub_is_named {
            let message = format!("cannot fetch `{}`: the server is offline", request.source);
            return Err(Fault::new(Kind::Unavailable, message)
                .hint("import a folder, or start the server without `--offline`"));
        }
    }
    let token = request.token.take();
    let job = NewJob {
        kind: "import".to_owned(),
        title: format!("import {}", request.source),
        payload: json!(request),
        retries_max: 3,
    };
    enqueue(app, job, token).await
}

/// Replaces `collection/name` of a listed model by its hub id and pinned revision.
async fn resolve_listing(app: &App, request: &mut ImportRequest) -> Result<(), Fault> {
    let Ok(model) = parse_model(&request.source) else { return Ok(()) };
    if !app.index.current().collections().iter().any(|(name, _)| *name == model.collection.as_str())
    {
        return Ok(());
    }
    let record = app.record(&model).await?;
    let Some(hub_id) = record.hub_id else {
        let message = format!("`{model}` is listed without a place to fetch it from");
        return Err(Fault::new(Kind::Unsupported, message)
            .hint("import its files from a folder: modeldex import DIR"));
    };
    if request.name.is_none() {
        let last = model.name.as_str().rsplit('/').next().unwrap_or_default();
        request.name = Some(last.to_owned());
    }
    // The same id may be another model elsewhere: its files come from where it was listed.
    if request.hub_url.is_none() {
        let source = source_of(app, &model.collection).await?;
        let url = source.map(|(_, url)| url);
        request.hub_url = url.filter(|url| *url != app.config.hub_url.trim_end_matches('/'));
    }
    request.source = hub_id;
    request.revision = request.revision.take().or(record.hub_revision);
    Ok(())
}
