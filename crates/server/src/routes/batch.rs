//! Starting batch runs.

use api::{BatchRequest, JobView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Fault, Kind, ModelRef};
use jobs::NewJob;
use serde_json::json;

use super::discover::parse_model;
use super::jobs::enqueue;
use super::try_it::choose_task;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Starts running a model over a file.
#[utoipa::path(post, path = "/api/v1/batches", request_body = BatchRequest,
    responses((status = 202, body = JobView), (status = 422, body = api::ErrorEnvelope)))]
pub async fn batch(
    State(app): State<App>,
    Json(request): Json<BatchRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_batch(&app, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Checks what can be checked at once, fixes the version and enqueues the job.
///
/// # Errors
/// Where the target has no files here, does not do the task, or the data was not uploaded.
pub async fn start_batch(app: &App, mut request: BatchRequest) -> Result<JobView, Fault> {
    let (model, task) = target(app, &request.target).await?;
    let opened = app.open_model(&model).await?;
    let wanted = request.task.take().or(task);
    let task = choose_task(wanted.as_deref(), &opened.facts.tasks, &request.target)?;
    app.file(&request.data.digest).await?;
    if let Some(parameters) = &request.parameters {
        serde_json::from_value::<deploy::Parameters>(parameters.clone()).map_err(|error| {
            Fault::new(Kind::Invalid, "cannot read `parameters`").because(error)
        })?;
    }
    let title = format!("batch {} over {}", request.target, request.data.name);
    request.target = opened.model.to_string();
    request.task = Some(task.to_string());
    let job = NewJob { kind: "batch".to_owned(), title, payload: json!(request), retries_max: 3 };
    enqueue(app, job, None).await
}

/// Finds the model behind an endpoint's name, or reads a model reference.
async fn target(app: &App, text: &str) -> Result<(ModelRef, Option<String>), Fault> {
    if text.contains('/') {
        return Ok((parse_model(text)?, None));
    }
    let endpoint = app.endpoints.get(text)?;
    let traffic = endpoint.traffic();
    let largest = endpoint.deployments.iter().max_by_key(|one| traffic.share(one.name.as_str()));
    match largest {
        Some(deployment) if deployment.plan.process.is_some() => {
            let message = format!("`{text}` is served by a command, and batches run no commands");
            let model = &deployment.plan.model;
            Err(Fault::new(Kind::Unsupported, message)
                .hint(format!("name the model, if this build runs it: modeldex batch {model}")))
        }
        Some(deployment) => {
            let task = deployment.plan.task.to_string();
            Ok((deployment.plan.model.clone(), Some(task)))
        }
        None => Err(deploy::Error::NoEndpoint { name: text.to_owned() }.into()),
    }
}
