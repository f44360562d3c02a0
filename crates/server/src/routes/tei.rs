//! `/endpoints/{name}/embed`, `/rerank` and the other routes of Text Embeddings Inference: its
//! clients are given `/endpoints/{name}` as the server, since their requests name no model.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;

use super::scoring::ask_endpoint;
use crate::app::App;
use crate::fleet::Ask;
use crate::worker::refuse;

/// What is asked with a body.
const POSTED: [&str; 8] =
    ["embed", "embed_all", "embed_sparse", "rerank", "predict", "similarity", "tokenize", "decode"];

/// Returns the routes below an endpoint.
pub fn router() -> Router<App> {
    let place = |verb: &str| format!("/endpoints/{{name}}/{verb}");
    let route = |router: Router<App>, verb: &&'static str| router.route(&place(verb), asked(verb));
    let router = POSTED.iter().fold(Router::new(), route);
    router.route(
        &place("info"),
        get(|app, path, request, body| forward("info", app, path, request, body)),
    )
}

fn asked(verb: &'static str) -> MethodRouter<App> {
    post(move |app, path, request, body| forward(verb, app, path, request, body))
}

async fn forward(
    verb: &'static str,
    State(app): State<App>,
    Path(name): Path<String>,
    (method, headers): (Method, HeaderMap),
    body: Bytes,
) -> Response {
    let path = format!("/{verb}");
    let ask = Ask { method, path, headers, body, adapter: None };
    let answer = ask_endpoint(&app, &name, None, ask).await;
    answer.unwrap_or_else(|fault| refuse("/embed", fault))
}
