//! Trying a model on one input.

use std::str::FromStr;

use api::{TryRequest, TryResponse};
use axum::Json;
use axum::body::to_bytes;
use axum::extract::State;
use deploy::EngineOptions;
use domain::{Fault, Kind, Task};
use serde_json::{Value, json};

use super::discover::parse_model;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::fleet::{Ask, GroupSpec, Runtime};

/// An answer above this is not for looking at.
const ANSWER_MAX: usize = 64 << 20;

/// Runs a model on one input; the model stays loaded for a few minutes.
#[utoipa::path(post, path = "/api/v1/try", request_body = TryRequest,
    responses((status = 200, body = TryResponse), (status = 422, body = api::ErrorEnvelope)))]
pub async fn try_it(
    State(app): State<App>,
    Json(request): Json<TryRequest>,
) -> ApiResult<Json<TryResponse>> {
    try_model(&app, request).await.map(Json).map_err(ApiError)
}

/// Loads a model where needed and runs it.
///
/// # Errors
/// Where the model cannot be run here, or does not take the input.
pub async fn try_model(app: &App, request: TryRequest) -> Result<TryResponse, Fault> {
    let opened = app.open_model(&parse_model(&request.model)?).await?;
    let task = choose_task(request.task.as_deref(), &opened.facts.tasks, &request.model)?;
    let manifest = opened.version.manifest.as_ref().map(ToString::to_string).unwrap_or_default();
    let runtime = Runtime::Native { quantize: None, engine: EngineOptions::default() };
    let spec = GroupSpec { model_dir: opened.dir, task, replicas: 1, queue_max: 16, runtime };
    let group = app.fleet.start_trial(&format!("try://{manifest}/{task}"), spec);
    let input = match request.input {
        Value::String(text) => json!([text]),
        other => other,
    };
    let input = match task {
        Task::ChatCompletion => json!({ "input_string": input }),
        _ => input,
    };
    let parameters = request.parameters.unwrap_or_else(|| json!({ "top_k": 5 }));
    let body = json!({ "input_data": input, "params": parameters });
    let began = app.clock.now_ms();
    let answer = app.fleet.ask(&group, Ask::json("/try", body.to_string())).await?;
    let answer = read_answer(answer).await?;
    let milliseconds = (app.clock.now_ms() - began).unsigned_abs();
    let output = answer.get("output").cloned().unwrap_or_default();
    Ok(TryResponse { task: task.to_string(), output, milliseconds })
}

/// Picks the task that was asked for, or the first.
///
/// # Errors
/// Where the model does not do it.
pub fn choose_task(wanted: Option<&str>, tasks: &[Task], model: &str) -> Result<Task, Fault> {
    let does = || tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>().join(", ");
    let task = match wanted {
        Some(text) => Task::from_str(text).map_err(|error| Fault::wrap(Kind::Invalid, error))?,
        None => *tasks.first().ok_or_else(|| {
            Fault::new(Kind::Unsupported, format!("`{model}` does nothing that this build can run"))
        })?,
    };
    if tasks.contains(&task) {
        return Ok(task);
    }
    let message = format!("`{model}` cannot do `{task}`: it does {}", does());
    Err(Fault::new(Kind::Unsupported, message).hint("leave the task out, or choose another model"))
}

/// Reads a worker's answer, or its error.
///
/// # Errors
/// What the worker said went wrong.
pub async fn read_answer(answer: axum::response::Response) -> Result<Value, Fault> {
    let good = answer.status().is_success();
    let bytes = to_bytes(answer.into_body(), ANSWER_MAX).await.map_err(|error| {
        Fault::new(Kind::Unavailable, "the worker stopped while it was answering").because(error)
    })?;
    if good {
        return serde_json::from_slice(&bytes).map_err(|error| Fault::wrap(Kind::Internal, error));
    }
    match serde_json::from_slice::<api::ErrorEnvelope>(&bytes) {
        Ok(api::ErrorEnvelope { error }) => {
            let fault = Fault::new(Kind::from_code(&error.code), error.message);
            Err(fault.hint_if(error.hint))
        }
        Err(_) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Err(Fault::new(Kind::Invalid, format!("the worker refused the request: {text}")))
        }
    }
}
