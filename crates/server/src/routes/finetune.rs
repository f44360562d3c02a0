//! Starting fine-tuning.

use std::str::FromStr;

use api::{FinetuneRequest, JobView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Fault, Kind, ModelName, Task};
use jobs::NewJob;
use serde_json::json;

use super::discover::parse_model;
use super::jobs::enqueue;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Starts teaching a model.
#[utoipa::path(post, path = "/api/v1/finetunes", request_body = FinetuneRequest,
    responses((status = 202, body = JobView), (status = 422, body = api::ErrorEnvelope)))]
pub async fn finetune(
    State(app): State<App>,
    Json(request): Json<FinetuneRequest>,
) -> ApiResult<(StatusCode, Json<JobView>)> {
    let job = start_finetune(&app, request).await.map_err(ApiError)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Checks what can be checked at once, fixes the version and enqueues the job.
///
/// # Errors
/// Where the model has no files here, cannot be taught the task, or the data was not uploaded.
pub async fn start_finetune(app: &App, mut request: FinetuneRequest) -> Result<JobView, Fault> {
    let invalid = |error: domain::NameError| Fault::wrap(Kind::Invalid, error);
    request.name.parse::<ModelName>().map_err(invalid)?;
    let opened = app.open_model(&parse_model(&request.model)?).await?;
    let text = request.task.as_deref().unwrap_or("text-classification");
    let task = Task::from_str(text).map_err(|error| Fault::wrap(Kind::Invalid, error))?;
    let teachable = &opened.facts.finetuning_tasks;
    if !teachable.contains(&task) {
        let names: Vec<_> = teachable.iter().map(|task| format!("`{task}`")).collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        let message =
            format!("`{}` cannot be fine-tuned for `{task}`: only for {names}", opened.model);
        let hint = format!("modeldex search --finetuning-task {task} finds models that can");
        return Err(Fault::new(Kind::Unsupported, message).hint(hint));
    }
    for data in std::iter::once(&request.data).chain(&request.validation) {
        app.file(&data.digest).await?;
    }
    request.model = opened.model.to_string();
    request.task = Some(task.to_string());
    let job = NewJob {
        kind: "finetune".to_owned(),
        title: format!("finetune {} as {}", request.model, request.name),
        payload: json!(request),
        retries_max: 3,
    };
    enqueue(app, job, None).await
}
