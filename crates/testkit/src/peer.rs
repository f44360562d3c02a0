//! A foreign server of models: it speaks OpenAI, Open Inference and TEI by repeating what it is
//! asked, and fails as it is told to.

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};

/// Runs the server with the arguments of a command line: `--port`, `--name`, and faults.
///
/// `--never-ready` answers nothing, `--deaf` outlives a polite signal, `--open` listens on every
/// address, `--child` starts another process. Whoever says `crash` ends it, `refuse` is refused,
/// and the answer to `forever` does not end. What it does is printed, on both outputs.
pub async fn peer(arguments: Vec<String>) {
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let value = |option: &str| {
        let at = arguments.iter().position(|argument| argument == option);
        at.and_then(|at| arguments.get(at + 1)).cloned().unwrap_or_default()
    };
    say(&format!("arguments: {}", arguments.join(" ")));
    let names: Vec<_> = std::env::vars().map(|(name, _)| name).collect();
    eprintln!("environment: {}", names.join(" "));
    if has("--child") {
        let child = std::process::Command::new("sleep").arg("1000").spawn();
        say(&format!("child: {}", child.expect("`sleep` runs").id()));
    }
    let deaf = has("--deaf").then(|| {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).expect("signals are heard")
    });
    if has("--never-ready") {
        say("still loading");
        std::future::pending::<()>().await;
    }
    let port = value("--port").parse().expect("--port has a number");
    let address = if has("--open") { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let listener = tokio::net::TcpListener::bind((address, port)).await.expect("the port is free");
    say("ready");
    axum::serve(listener, router(value("--name"))).await.expect("it serves");
    drop(deaf);
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn router(name: String) -> Router {
    Router::new()
        .route("/health", get(async || "ok"))
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/completions", post(complete))
        .route("/v1/embeddings", post(embeddings))
        .route("/v2/health/ready", get(async || ()))
        .route("/v2/repository/index", post(index))
        .route("/v2/models/{name}", get(async |Path(name): Path<String>| Json(named(&name))))
        .route("/v2/models/{name}/infer", post(infer))
        .route("/embed", post(embed))
        .route("/rerank", post(async || Json(json!([{ "index": 0, "score": 0.5 }]))))
        .with_state(name.into())
}

fn named(name: &str) -> Value {
    json!({ "name": name, "platform": "peer" })
}

async fn models(State(name): State<Arc<str>>) -> Json<Value> {
    Json(json!({ "object": "list", "data": [{ "id": &*name, "object": "model" }] }))
}

async fn index(State(name): State<Arc<str>>) -> Json<Value> {
    Json(json!([named(&name)]))
}

async fn chat(State(name): State<Arc<str>>, Json(body): Json<Value>) -> Response {
    if body["model"] != *name {
        let error = json!({ "message": format!("no model {}", body["model"]), "code": "none" });
        return (StatusCode::NOT_FOUND, Json(json!({ "error": error }))).into_response();
    }
    let text = body["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
    match text.as_str() {
        "crash" => {
            say("out of memory");
            std::process::exit(3);
        }
        "refuse" => {
            let body = Json(json!({ "detail": "not today" }));
            return (StatusCode::UNPROCESSABLE_ENTITY, body).into_response();
        }
        _ => {}
    }
    if body["stream"] == true {
        return Sse::new(pieces(text).map(Ok::<_, std::convert::Infallible>)).into_response();
    }
    let message = json!({ "role": "assistant", "content": format!("{text}, {text}") });
    Json(json!({
        "id": "1", "object": "chat.completion", "model": &*name,
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 }
    }))
    .into_response()
}

/// Says that a client has left where it is dropped before its end.
struct Reading(bool);

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.0 {
            say("the client left");
        }
    }
}

fn pieces(text: String) -> impl Stream<Item = Event> {
    let count = if text == "forever" { usize::MAX } else { 2 };
    let reading = Reading(false);
    stream::unfold((0, reading, text), move |(number, mut reading, text)| async move {
        if number > count {
            return None;
        }
        if number == count {
            reading.0 = true;
            return Some((Event::default().data("[DONE]"), (number + 1, reading, text)));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        let delta = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
        Some((Event::default().data(delta.to_string()), (number + 1, reading, text)))
    })
}

async fn complete(Json(body): Json<Value>) -> Json<Value> {
    Json(json!({ "object": "text_completion", "choices": [{ "text": body["prompt"] }] }))
}

async fn embeddings(Json(body): Json<Value>) -> Json<Value> {
    let count = body["input"].as_array().map_or(1, Vec::len);
    let row = |index| json!({ "object": "embedding", "index": index, "embedding": [0.5, 1.0] });
    Json(json!({ "object": "list", "data": (0..count).map(row).collect::<Vec<_>>() }))
}

/// Repeats the body, and says which model was asked.
async fn infer(Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    say(&format!("inferred by {name}"));
    let mut response = body.into_response();
    if let Some(length) = headers.get("inference-header-content-length") {
        response.headers_mut().insert("inference-header-content-length", length.clone());
    }
    response
}

async fn embed(Json(body): Json<Value>) -> Json<Value> {
    let count = body["inputs"].as_array().map_or(1, Vec::len);
    Json(json!(vec![[0.5, 1.0]; count]))
}
