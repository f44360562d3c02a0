//! `/v1`: the OpenAI API. An endpoint's name is the model.

use api::openai::{List, Model};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, http::Uri};
use bytes::Bytes;
use domain::{Fault, Kind, ModelRef};
use serde::Deserialize;
use serde_json::Value;

use super::adapters;
use super::scoring::ask_endpoint;
use crate::app::App;
use crate::fleet::Ask;
use crate::worker::OpenAiError;

/// Returns the routes of the OpenAI API, Azure's spelling of them, and vLLM's additions.
pub fn router() -> Router<App> {
    let deployed = |verb: &str| format!("/openai/deployments/{{deployment}}/{verb}");
    let mut router = Router::new()
        .route("/v1/load_lora_adapter", post(adapters::load))
        .route("/v1/unload_lora_adapter", post(adapters::unload))
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
    let endpoints = app.endpoints.list();
    let data = endpoints.iter().flat_map(|one| describe(one)).collect();
    Ok(Json(List { object: "list".to_owned(), data, has_more: false }))
}

async fn model(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Model>, OpenAiError> {
    let (endpoint, adapter) = deploy::split_name(&id);
    let not_found = |error: deploy::Error| unknown(&id, error.into());
    let found = app.endpoints.get(endpoint).map_err(not_found)?;
    adapter.map_or(Ok(()), |adapter| found.check_adapter(adapter)).map_err(not_found)?;
    let none = || deploy::Error::NoEndpoint { name: id.clone() };
    let described = describe(&found).into_iter().find(|model| model.id == id);
    described.map(Json).ok_or_else(|| not_found(none()))
}

/// Describes an endpoint and its adapters.
fn describe(endpoint: &deploy::Endpoint) -> Vec<Model> {
    let named = |id: String, model: Option<&ModelRef>, parent: Option<&str>| Model {
        id,
        object: "model".to_owned(),
        created: endpoint.created_ms / 1_000,
        owned_by: model.map(|model| model.collection.to_string()).unwrap_or_default(),
        root: model.map(ToString::to_string),
        parent: parent.map(str::to_owned),
    };
    let name = endpoint.name.as_str();
    let base = endpoint.deployments.first().map(|one| &one.plan.model);
    let mut models = vec![named(name.to_owned(), base, None)];
    let adapters = endpoint.adapters();
    let adapted = adapters
        .iter()
        .map(|(adapter, model)| named(format!("{name}:{adapter}"), Some(model), Some(name)));
    models.extend(adapted);
    models
}

/// Sends the request to a worker as it came: the worker speaks the same API.
async fn forward(State(app): State<App>, uri: Uri, body: Bytes) -> Result<Response, OpenAiError> {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    let named: Named = serde_json::from_slice(&body).map_err(unreadable)?;
    let path = uri.path().strip_prefix("/openai").unwrap_or(uri.path());
    match ask_endpoint(&app, &named.model, None, Ask::json(path, body)).await {
        Err(fault) if fault.kind() == Kind::NotFound => Err(unknown(&named.model, fault)),
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
    let ask = Ask::json(format!("/v1/{verb}"), body);
    match ask_endpoint(&app, &deployment, None, ask).await {
        Err(fault) if fault.kind() == Kind::NotFound => {
            Err(unknown(&deployment, fault).code("DeploymentNotFound"))
        }
        answer => Ok(answer?),
    }
}

fn unreadable(error: serde_json::Error) -> Fault {
    Fault::new(Kind::Invalid, "cannot read the request").because(error)
}

fn unknown(model: &str, why: Fault) -> OpenAiError {
    let fault = match deploy::split_name(model) {
        (_, Some(_)) => why,
        (endpoint, None) => Fault::new(
            Kind::NotFound,
            format!("there is no endpoint `{endpoint}`; `GET /v1/models` lists what there is"),
        ),
    };
    OpenAiError::from(fault).about("model").code("model_not_found")
}
