//! The worker's routes over the samples' models, in this process.

mod adapters;
mod chat;
mod completions;
mod embeddings;
mod encoders;
mod fuzz;
mod rerank;
mod tokens;

use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use deploy::{EngineOptions, Servable};
use domain::Task;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::engine::Engine;
use super::serve::router;

/// A worker with one model, asked to go with an adapter where a folder is given.
struct Worker(Router, Option<PathBuf>);

impl Worker {
    /// Loads one of the samples that the tour deploys.
    fn sample(name: &str, task: Task) -> Self {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/samples");
        Self::of(&samples.join(name), task)
    }

    fn of(folder: &Path, task: Task) -> Self {
        let engine =
            Engine::start(Servable::load(folder, task).unwrap(), &EngineOptions::default())
                .unwrap();
        Self(router(engine, "secret".to_owned()), None)
    }

    fn with_adapter(&self, folder: &Path) -> Self {
        Self(self.0.clone(), Some(folder.to_owned()))
    }

    fn chat() -> Self {
        Self::sample("chat", Task::TextGeneration)
    }

    async fn text(&self, path: &str, body: &Value) -> (u16, String) {
        self.raw(path, body.to_string().into_bytes()).await
    }

    async fn raw(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let mut request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-worker-token", "secret");
        if let Some(folder) = &self.1 {
            request = request.header("x-worker-adapter", folder.to_str().unwrap());
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 64 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Returns the answer to a request that is accepted.
    async fn ask(&self, path: &str, body: Value) -> Value {
        let (status, text) = self.text(path, &body).await;
        assert_eq!(status, 200, "{body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Returns the chunks of a stream, which has to end as streams end.
    async fn chunks(&self, path: &str, mut body: Value) -> Vec<Value> {
        body["stream"] = json!(true);
        let (status, text) = self.text(path, &body).await;
        assert_eq!(status, 200, "{body}: {text}");
        let mut events: Vec<&str> =
            text.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
        assert_eq!(events.pop(), Some("[DONE]"), "{text}");
        events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
    }

    /// Checks that a request is refused as the caller's fault, with a parameter and words.
    async fn refuses(&self, path: &str, body: Value, param: &str, words: &str) {
        let (status, text) = self.text(path, &body).await;
        assert_eq!(status, 400, "{body}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let error = &answer["error"];
        assert_eq!(error["param"], param, "{body}: {error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{body}: {error}");
    }
}

/// Adds fields to an object.
fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}
