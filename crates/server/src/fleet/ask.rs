//! What a worker is asked, and its answer on the way to the client.

use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::response::Response;
use bytes::Bytes;

use crate::idle;

/// Headers of a request that a worker reads; the others are between client and server.
const ASKED: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::ACCEPT, BINARY];
/// Headers of an answer that a client reads.
const ANSWERED: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::RETRY_AFTER, BINARY];
/// In Open Inference: how much of the body is JSON; the tensors follow.
const BINARY: HeaderName = HeaderName::from_static("inference-header-content-length");

/// One request to a worker.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Of these, those that a worker reads are sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The adapter that the model has to go with, by name.
    pub adapter: Option<String>,
}

impl Ask {
    /// Posts JSON.
    pub fn json(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let json = header::HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        let (method, path, body) = (Method::POST, path.into(), body.into());
        Self { method, path, headers, body, adapter: None }
    }

    /// Passes on what a client asked.
    pub fn of((method, uri, headers): (Method, Uri, HeaderMap), body: Bytes) -> Self {
        let path = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
        Self { path: path.to_owned(), method, headers, body, adapter: None }
    }

    /// Writes the request to a server at `base`.
    pub fn request(self, client: &reqwest::Client, base: &str) -> reqwest::RequestBuilder {
        let url = format!("{base}{}", self.path);
        client.request(self.method, url).headers(chosen(&self.headers, &ASKED)).body(self.body)
    }
}

/// Streams an answer on; `held` is given back at its end, or when the client leaves or stops
/// reading.
pub fn pass_on(answer: reqwest::Response, held: impl Send + 'static) -> Response {
    let status = answer.status();
    let headers = chosen(answer.headers(), &ANSWERED);
    let body = idle::bounded_answer(Box::pin(answer.bytes_stream()), held);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

fn chosen(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let found = names.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    found.collect()
}
