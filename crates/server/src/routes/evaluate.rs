//! Starting evaluations.

use api::{EvaluateRequest, JobView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Fault, Task};
use jobs::NewJob;
use serde_json::json;

use super::discover::parse_model;
use super::jobs::enqueue;
use super::try_it::choose_task;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Starts measuring a model.
#[utoipa::path(post, path = "/api/v1/evaluations", request_body = EvaluateRequest,
    responses((status = 202, body = JobView), (status = 422, body = api::ErrorEnvelope)))]
pub async fn evaluate(
    State(app): State<App>,
    Json(request): Json<EvaluateRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_evaluation(&app, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Checks what can be checked at once, fixes the version and enqueues the job.
///
/// # Errors
/// Where the model has no files here, does not do the task, or the data was not uploaded.
pub async fn start_evaluation(app: &App, mut request: EvaluateRequest) -> Result<JobView, Fault> {
    let opened = app.open_model(&parse_model(&request.model)?).await?;
    // A model may do something else first; what is measured is classification.
    let measured = Task::TextClassification;
    let measured = opened.facts.tasks.contains(&measured).then_some(measured.tag());
    let asked = request.task.as_deref().or(measured);
    let task = choose_task(asked, &opened.facts.tasks, &request.model)?;
    app.file(&request.data.digest).await?;
    request.model = opened.model.to_string();
    request.task = Some(task.to_string());
    let job = NewJob {
        kind: "evaluate".to_owned(),
        title: format!("evaluate {} on {}", request.model, request.data.name),
        payload: json!(request),
        retries_max: 1,
    };
    enqueue(app, job, None).await
}
