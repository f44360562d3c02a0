//! Starting comparisons of a model with itself in fewer bits.

use api::{JobView, ParityRequest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::Fault;
use jobs::NewJob;
use serde_json::json;

use super::deploy::quantize;
use super::discover::parse_model;
use super::jobs::enqueue;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Starts comparing a model with itself in fewer bits.
#[utoipa::path(post, path = "/api/v1/parities", request_body = ParityRequest,
    responses((status = 202, body = JobView), (status = 422, body = api::ErrorEnvelope)))]
pub async fn parity(
    State(app): State<App>,
    Json(request): Json<ParityRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_parity(&app, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Checks what can be checked at once, fixes the version and enqueues the job.
///
/// # Errors
/// Where the model has no files here, or the data was not uploaded.
pub async fn start_parity(app: &App, mut request: ParityRequest) -> Result<JobView, Fault> {
    let bits = quantize(&request.quantize)?;
    let opened = app.open_model(&parse_model(&request.model)?).await?;
    if let Some(data) = &request.data {
        app.file(&data.digest).await?;
    }
    request.model = opened.model.to_string();
    let job = NewJob {
        kind: "parity".to_owned(),
        title: format!("compare {} with itself in {bits}", request.model),
        payload: json!(request),
        retries_max: 1,
    };
    enqueue(app, job, None).await
}
