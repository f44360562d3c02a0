//! The command as a server: where it is, what it calls the model, how it is asked.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use deploy::Protocol;
use deploy::process::Call;
use domain::{Fault, Kind};
use futures::StreamExt;
use serde_json::Value;
use url::Url;

use crate::fleet::Ask;

/// No byte for so long, and the command hangs.
const SILENCE_MAX: Duration = Duration::from_secs(600);
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A server that lists no models in this time is asked by the name that people use.
const LISTING_MAX: Duration = Duration::from_secs(10);
/// An answer to scoring above this is not read.
const ANSWER_MAX: usize = 64 << 20;
/// More of a refusal is not worth reading.
pub const REFUSAL_MAX: usize = 64 << 10;

/// A command that answers.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: reqwest::Client,
    base: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// What it calls the model.
    pub model: String,
    name: String,
}

impl Upstream {
    /// Finds what the command on `port` calls the model that is `name` here: `name` where it
    /// lists that, else the only model that it lists.
    pub async fn find(port: u16, protocol: Protocol, name: &str) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .read_timeout(SILENCE_MAX)
            .build()
            .unwrap_or_default();
        let (base, name) = (format!("http://127.0.0.1:{port}"), name.to_owned());
        let mut upstream = Self { client, base, protocol, model: name.clone(), name };
        let listed = tokio::time::timeout(LISTING_MAX, upstream.listed()).await;
        if let [only] = listed.unwrap_or_default().as_slice() {
            upstream.model.clone_from(only);
        }
        upstream
    }

    /// Returns what the command lists; nothing where it lists nothing.
    async fn listed(&self) -> Vec<String> {
        let (method, path, rows, field) = match self.protocol {
            Protocol::OpenAi => (Method::GET, "/v1/models", "/data", "id"),
            Protocol::OpenInference => (Method::POST, "/v2/repository/index", "", "name"),
            Protocol::Tei => return Vec::new(),
        };
        let ask = Ask { method, ..Ask::json(path, Bytes::new()) };
        let Ok(answer) = self.answer(ask).await else { return Vec::new() };
        let rows = answer.pointer(rows).and_then(Value::as_array).cloned().unwrap_or_default();
        let names = rows.iter().filter_map(|row| row[field].as_str().map(str::to_owned));
        let names: Vec<_> = names.collect();
        if names.contains(&self.name) { vec![self.name.clone()] } else { names }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Where the command does not answer.
    pub async fn send(&self, ask: Ask) -> Result<reqwest::Response, Fault> {
        ask.request(&self.client, &self.base).send().await.map_err(|error| {
            Fault::new(Kind::Unavailable, "the command of this deployment does not answer")
                .because(error)
                .hint("`modeldex endpoints logs` shows what it printed")
        })
    }

    /// Makes one call and reads its answer.
    ///
    /// # Errors
    /// Where the command does not answer, or refuses.
    pub async fn call(&self, call: Call) -> Result<Value, Fault> {
        self.answer(Ask::json(call.path, call.body.to_string())).await
    }

    async fn answer(&self, ask: Ask) -> Result<Value, Fault> {
        let answer = self.send(ask).await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(refusal(status, &read(answer, REFUSAL_MAX).await?));
        }
        serde_json::from_slice(&read(answer, ANSWER_MAX).await?).map_err(|error| {
            Fault::new(Kind::Unavailable, "the command answered with no JSON").because(error)
        })
    }

    /// Writes the command's own name of the model into a request that names it as people do.
    pub fn mapped(&self, ask: Ask) -> Ask {
        if self.model == self.name {
            return ask;
        }
        match self.protocol {
            Protocol::OpenAi => Ask { body: self.mapped_body(ask.body), ..ask },
            Protocol::OpenInference => Ask { path: self.mapped_path(ask.path), ..ask },
            Protocol::Tei => ask,
        }
    }

    fn mapped_body(&self, body: Bytes) -> Bytes {
        // What is no object is for the command to refuse.
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(&body) else { return body };
        fields.insert("model".to_owned(), Value::String(self.model.clone()));
        Value::Object(fields).to_string().into()
    }

    fn mapped_path(&self, path: String) -> String {
        let below = path.strip_prefix(&format!("/v2/models/{}", self.name));
        let below = below.filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        match (below, Url::parse("http://command/v2/models")) {
            (Some(below), Ok(mut url)) => {
                if let Ok(mut segments) = url.path_segments_mut() {
                    segments.push(&self.model);
                }
                format!("{}{below}", url.path())
            }
            _ => path,
        }
    }
}

/// Reads an answer up to a bound.
///
/// # Errors
/// Where the command stops, or says more.
pub async fn read(answer: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| {
            Fault::new(Kind::Unavailable, "the command stopped while it was answering")
                .because(error)
        })?);
        if bytes.len() > bytes_max {
            let message = format!("the command answered with more than {bytes_max} bytes");
            return Err(Fault::new(Kind::Unavailable, message));
        }
    }
    Ok(bytes)
}

/// Makes a fault of a command's refusal, whatever shape it has.
pub fn refusal(status: StatusCode, body: &[u8]) -> Fault {
    let kind = match status.as_u16() {
        401 | 403 => Kind::Denied,
        // A model that is not found is said in the protocol's words: this is a route.
        404 | 405 | 501 => Kind::Unsupported,
        429 => Kind::Busy,
        400..=499 => Kind::Invalid,
        _ => Kind::Unavailable,
    };
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = ["/error/message", "/error", "/message", "/detail"]
        .iter()
        .find_map(|place| said.pointer(place)?.as_str().map(str::to_owned))
        .or_else(|| said.get("detail").map(Value::to_string))
        .unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
    let message = format!("the command answered {}: {text}", status.as_u16());
    Fault::new(kind, message.trim_end_matches(": "))
}
