//! `/v1`: the OpenAI API. An endpoint's name is the model.

use api::openai::{List, Model};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, http::Uri};
use bytes::Bytes;
use domain::{Fault, Kind};
use serde::Deserialize;

use super::scoring::ask_endpoint;
use crate::app::App;
use crate::worker::OpenAiError;

/// Returns the routes of the OpenAI API.
pub fn router() -> Router<App> {
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/models/{id}", get(model))
        .route("/v1/embeddings", post(forward))
        .route("/v1/chat/completions", post(forward))
        .route("/v1/completions", post(forward))
}

async fn models(State(app): State<App>) -> Result<Json<List<Model>>, OpenAiError> {
    let endpoints = app.endpoints.list().await?;
    let data = endpoints.iter().map(describe).collect();
    Ok(Json(List { object: "list".to_owned(), data, has_more: false }))
}

async fn model(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Model>, OpenAiError> {
    match app.endpoints.get(&id).await {
        Ok(endpoint) => Ok(Json(describe(&endpoint))),
        Err(_) => Err(unknown(&id)),
    }
}

fn describe(endpoint: &deploy::Endpoint) -> Model {
    let owner = endpoint.deployments.first().map(|one| one.plan.model.collection.to_string());
    Model {
        id: endpoint.name.to_string(),
        object: "model".to_owned(),
        created: endpoint.created_ms / 1_000,
        owned_by: owner.unwrap_or_default(),
    }
}

/// Sends the request to a worker as it came: the worker speaks the same API.
async fn forward(State(app): State<App>, uri: Uri, body: Bytes) -> Result<Response, OpenAiError> {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    let named: Named = serde_json::from_slice(&body)
        .map_err(|error| Fault::new(Kind::Invalid, "cannot read the request").because(error))?;
    match ask_endpoint(&app, &named.model, None, uri.path(), body).await {
        Err(fault) if fault.kind() == Kind::NotFound => Err(unknown(&named.model)),
        answer => Ok(answer?),
    }
}

fn unknown(model: &str) -> OpenAiError {
    let message = format!("there is no endpoint `{model}`; `GET /v1/models` lists what there is");
    OpenAiError::from(Fault::new(Kind::NotFound, message)).about("model").code("model_not_found")
}
