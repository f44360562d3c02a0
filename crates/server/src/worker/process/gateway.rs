//! Passes requests on to a command, and its answers back, piece by piece. Where the client leaves,
//! the connection to the command is closed, too.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use domain::{Fault, Kind, Task};
use serde_json::Value;

use super::refusal::refuse;
use super::score;
use super::upstream::{REFUSAL_MAX, Upstream, read, refusal};
use crate::fleet::{Ask, pass_on};
use crate::worker::serve::{BODY_MAX, check_token};

/// What a handler knows.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The command.
    pub upstream: Arc<Upstream>,
    /// The task.
    pub task: Task,
}

/// Returns the routes of a worker that passes requests on to a command.
pub fn router(upstream: Upstream, task: Task, token: String) -> Router {
    Router::new()
        .route("/score", post(score::score))
        .fallback(forward)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(Arc::<str>::from(token), check_token))
        .with_state(Gateway { upstream: Arc::new(upstream), task })
}

async fn forward(
    State(gateway): State<Gateway>,
    request: (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let path = request.1.path().to_owned();
    let passed = passed_on(&gateway.upstream, &path, Ask::of(request, body)).await;
    passed.unwrap_or_else(|fault| refuse(&path, fault))
}

async fn passed_on(upstream: &Upstream, path: &str, ask: Ask) -> Result<Response, Fault> {
    let protocol = upstream.protocol;
    if !protocol.has(path) {
        let message = format!("the command of this deployment speaks `{protocol}`, not `{path}`");
        return Err(Fault::new(Kind::Unsupported, message));
    }
    let answer = upstream.send(upstream.mapped(ask)).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(pass_on(answer, ()));
    }
    let headers = answer.headers().clone();
    let body = read(answer, REFUSAL_MAX).await?;
    // A refusal in the protocol's own words is passed on; anything else is said in them.
    let said: Option<Value> = serde_json::from_slice(&body).ok();
    if said.is_none_or(|said| said.get("error").is_none()) {
        return Err(refusal(status, &body));
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for name in ["content-type", "retry-after"] {
        if let Some(value) = headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    Ok(response)
}
