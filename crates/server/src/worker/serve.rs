//! Serves one model on a loopback port until the server that started it goes away.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use deploy::{EngineOptions, Servable};
use domain::{Fault, Kind, Task};
use native::Quantize;
use tokio::net::TcpListener;

use super::engine::Engine;
use super::process::refuse;
use super::{adapter, chat, completions, embeddings, rerank, score, tokens};
use crate::fleet::Hello;
use crate::refusal;

/// A request of 4,096 long texts stays below this.
pub(super) const BODY_MAX: usize = 32 << 20;

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The model's files.
    pub model_dir: PathBuf,
    /// The task.
    pub task: Task,
    /// How many bits the weights have, where fewer than in the files.
    pub quantize: Option<Quantize>,
    /// What is said of the engine.
    pub engine: EngineOptions,
    /// What requests must show.
    pub token: String,
}

/// Loads the model, says where it answers, and serves until standard input ends.
///
/// # Errors
/// Where the model cannot be loaded or no port can be taken.
pub async fn serve(options: ServeOptions, mut say: impl FnMut(&str)) -> Result<(), Fault> {
    let ServeOptions { model_dir, task, quantize, engine, token } = options;
    let load = move || Servable::load_quantized(&model_dir, task, quantize);
    let servable = tokio::task::spawn_blocking(load)
        .await
        .map_err(|error| Fault::wrap(Kind::Internal, error))??;
    let engine = Engine::start(servable, &engine)?;
    let port_error =
        |error| Fault::new(Kind::Unavailable, "cannot take a loopback port").because(error);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(port_error)?;
    let hello = Hello { listening: listener.local_addr().map_err(port_error)? };
    say(&serde_json::to_string(&hello).unwrap_or_default());
    tokio::select! {
        served = axum::serve(listener, router(engine, token)) => served
            .map_err(|error| Fault::new(Kind::Internal, "the worker stopped").because(error)),
        // Nobody is left to read what is still being answered.
        () = parent_gone() => Ok(()),
    }
}

/// Returns the routes of a worker.
pub(crate) fn router(engine: Engine, token: String) -> Router {
    Router::new()
        .route("/score", post(score::score))
        .route("/try", post(score::try_it))
        .route("/v1/embeddings", post(embeddings::embeddings))
        .route("/v1/chat/completions", post(chat::chat))
        .route("/v1/completions", post(completions::completions))
        .route("/v1/rerank", post(rerank::rerank))
        .route("/adapters/forget", post(adapter::forget))
        .route("/tokenize", post(tokens::tokenize))
        .route("/detokenize", post(tokens::detokenize))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::map_response(refusal::envelope))
        .layer(axum::middleware::from_fn_with_state(Arc::<str>::from(token), check_token))
        .with_state(engine)
}

/// Refuses what only a command answers.
async fn unknown(uri: Uri) -> Response {
    let path = uri.path();
    let message = format!("this deployment runs in Modeldex's own engine, which has no `{path}`");
    let fault = Fault::new(Kind::Unsupported, message);
    refuse(path, fault.hint("ask `/v1/…` or `/endpoints/{name}/score`"))
}

/// Lets nobody in but the server that started this worker.
pub(super) async fn check_token(
    State(token): State<Arc<str>>,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get("x-worker-token").and_then(|value| value.to_str().ok());
    if shown == Some(&*token) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

/// Waits for the end of standard input, which the server holds open while it lives.
pub(super) async fn parent_gone() {
    let (sender, ended) = tokio::sync::oneshot::channel();
    // A thread of its own: a read that never returns must not hold up the end of the program.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = sender.send(());
    });
    let _ = ended.await;
}
