//! `/v2`: Open Inference. An endpoint's name is the model; a command that speaks it answers.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Json, Router};
use bytes::Bytes;
use domain::{Fault, Kind};
use serde_json::{Value, json};

use super::scoring::ask_endpoint;
use crate::app::App;
use crate::fleet::Ask;
use crate::worker::refuse;

/// Returns the routes of Open Inference.
pub fn router() -> Router<App> {
    Router::new()
        .route("/v2", get(server))
        .route("/v2/health/live", get(async || ()))
        .route("/v2/health/ready", get(async || ()))
        .route("/v2/models/{name}", get(model))
        .route("/v2/models/{name}/{*rest}", any(below_model))
}

async fn server() -> Json<Value> {
    let extensions = ["binary_tensor_data"];
    let version = env!("CARGO_PKG_VERSION");
    Json(json!({ "name": "modeldex", "version": version, "extensions": extensions }))
}

async fn model(
    State(app): State<App>,
    Path(name): Path<String>,
    request: (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    forward(&app, &name, request, body).await
}

async fn below_model(
    State(app): State<App>,
    Path((name, _)): Path<(String, String)>,
    request: (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    forward(&app, &name, request, body).await
}

async fn forward(
    app: &App,
    name: &str,
    request: (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let refused = |fault| refuse("/v2", fault);
    let method = &request.0;
    if method != Method::GET && method != Method::POST {
        return refused(Fault::new(Kind::Unsupported, format!("`{method}` asks nothing here")));
    }
    ask_endpoint(app, name, None, Ask::of(request, body)).await.unwrap_or_else(refused)
}
