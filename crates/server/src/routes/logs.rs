//! What the workers of a deployment printed.

use api::LogsView;
use axum::Json;
use axum::extract::{Path, Query, State};
use domain::{Fault, Kind};

use super::jobs::After;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::fleet;

/// Returns the lines that the workers of a deployment printed, after one that was seen.
#[utoipa::path(get, path = "/api/v1/endpoints/{name}/deployments/{deployment}/logs",
    params(("after" = Option<i64>, Query, description = "the last `seq` that was seen")),
    responses((status = 200, body = LogsView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn deployment_logs(
    State(app): State<App>,
    Path((name, deployment)): Path<(String, String)>,
    Query(After { after }): Query<After>,
) -> ApiResult<Json<LogsView>> {
    deployment_logs_view(&app, &name, &deployment, after).await.map(Json).map_err(ApiError)
}

/// Returns the lines of a deployment's log after `after`.
///
/// # Errors
/// Where there is no such deployment.
pub async fn deployment_logs_view(
    app: &App,
    endpoint: &str,
    deployment: &str,
    after: i64,
) -> Result<LogsView, Fault> {
    if app.endpoints.get(endpoint)?.deployment(deployment).is_none() {
        let (endpoint, deployment) = (endpoint.to_owned(), deployment.to_owned());
        return Err(deploy::Error::NoDeployment { endpoint, deployment }.into());
    }
    let path = app.config.log_path(endpoint, deployment);
    let read = tokio::task::spawn_blocking(move || fleet::read_log(&path, after)).await;
    let lines = read.map_err(|error| Fault::wrap(Kind::Internal, error))?;
    Ok(LogsView { lines })
}
