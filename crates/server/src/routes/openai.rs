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
use serde_json::Value;

use super::scoring::ask_endpoint;
use crate::app::App;
use crate::worker::OpenAiError;

/// Returns the routes of the OpenAI API, Azure's spelling of them, and vLLM's additions.
pub fn router() -> Router<App> {
    let deployed = |verb: &str| format!("/openai/deployments/{{deployment}}/{verb}");
    let mut router = Router::new()
        .route("/v1/rerank", post(forward))
        .route("/tokenize", post(forward))
        .route("/detokenize", post(forward))
        .route("/openai/models", get(models))
        .route("/openai/models/{id}", get(model));
    for base in ["/v1", "/openai/v1"] {
        router = router
            .route(&format!("{base}/models"), get(models))
            .route(&format!("{base}/models/{{id}}"), get(model));
        for verb in VERBS {
            router = router.route(&format!("{base}/{verb}"), post(forward));
        }
    }
    for verb in VERBS {
        router = router.route(
            &deployed(verb),
            post(move |app, path, body| forward_deployed(verb, app, path, body)),
        );
    }
    router
}

/// What a worker answers under `/v1`.
const VERBS: [&str; 3] = ["embeddings", "chat/completions", "completions"];

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
    let named: Named = serde_json::from_slice(&body).map_err(unreadable)?;
    let path = uri.path().strip_prefix("/openai").unwrap_or(uri.path());
    match ask_endpoint(&app, &named.model, None, path, body).await {
        Err(fault) if fault.kind() == Kind::NotFound => Err(unknown(&named.model)),
        answer => Ok(answer?),
    }
}

/// Sends a request of Azure's clients to a worker: the path names the endpoint, whatever model the
/// body names.
async fn forward_deployed(
    verb: &'static str,
    State(app): State<App>,
    Path(deployment): Path<String>,
    body: Bytes,
) -> Result<Response, OpenAiError> {
    let mut fields: serde_json::Map<String, Value> =
        serde_json::from_slice(&body).map_err(unreadable)?;
    fields.insert("model".to_owned(), Value::String(deployment.clone()));
    let body = Bytes::from(Value::Object(fields).to_string());
    match ask_endpoint(&app, &deployment, None, &format!("/v1/{verb}"), body).await {
        Err(fault) if fault.kind() == Kind::NotFound => {
            Err(unknown(&deployment).code("DeploymentNotFound"))
        }
        answer => Ok(answer?),
    }
}

fn unreadable(error: serde_json::Error) -> Fault {
    Fault::new(Kind::Invalid, "cannot read the request").because(error)
}

fn unknown(model: &str) -> OpenAiError {
    let message = format!("there is no endpoint `{model}`; `GET /v1/models` lists what there is");
    OpenAiError::from(Fault::new(Kind::NotFound, message)).about("model").code("model_not_found")
}
