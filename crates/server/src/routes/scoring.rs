//! `POST /endpoints/{name}/score`, where Azure's clients ask.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use domain::{Fault, Kind};

use crate::app::App;
use crate::error::ApiResult;
use crate::fleet::Ask;
use crate::restore;

/// Returns the routes of scoring.
pub fn router() -> Router<App> {
    Router::new()
        .route("/endpoints/{name}/score", post(score))
        .route("/api/v1/endpoints/{name}/score", post(score))
}

async fn score(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let deployment = headers.get("azureml-model-deployment").and_then(|name| name.to_str().ok());
    Ok(ask_endpoint(&app, &name, deployment, Ask::json("/score", body)).await?)
}

/// Picks a deployment and a replica of an endpoint, with an adapter where the name is
/// `endpoint:adapter`, and streams its answer.
///
/// # Errors
/// Where there is no such endpoint or deployment, the queue is full or no worker answers.
pub async fn ask_endpoint(
    app: &App,
    name: &str,
    deployment: Option<&str>,
    ask: Ask,
) -> Result<Response, Fault> {
    static TICKETS: AtomicU64 = AtomicU64::new(0);
    let (name, adapter) = deploy::split_name(name);
    let endpoint = app.endpoints.get(name)?;
    let traffic = match adapter {
        Some(adapter) => endpoint.traffic_with(adapter)?,
        None => endpoint.traffic(),
    };
    let picked = deployment.or_else(|| traffic.pick(TICKETS.fetch_add(1, Ordering::Relaxed)));
    let Some(picked) = picked else {
        return Err(Fault::new(Kind::Unavailable, format!("no traffic goes to `{name}`'s models"))
            .hint(format!("modeldex endpoints traffic {name} DEPLOYMENT=100")));
    };
    let Some(found) = endpoint.deployment(picked) else {
        let (endpoint, deployment) = (name.to_owned(), picked.to_owned());
        return Err(deploy::Error::NoDeployment { endpoint, deployment }.into());
    };
    if let Some(adapter) = adapter {
        found.check_adapter(adapter)?;
    }
    let key = restore::key(name, picked);
    let group = app.fleet.group(&key).ok_or_else(|| {
        Fault::new(Kind::Unavailable, format!("the workers of `{key}` could not be started"))
            .hint("deploy the model again")
    })?;
    app.fleet.ask(&group, Ask { adapter: adapter.map(str::to_owned), ..ask }).await
}
