//! What axum refuses by itself — a broken body, a wrong method — in the one envelope.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};

use crate::error::body;

/// Sentences of axum are shorter.
const SENTENCE_MAX: usize = 8 << 10;

/// Gives a refusal without an envelope one.
pub async fn envelope(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !status.is_client_error() || kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return response;
    }
    let (parts, text) = response.into_parts();
    let text = to_bytes(text, SENTENCE_MAX).await.unwrap_or_default();
    let fault = fault(status, String::from_utf8_lossy(&text).trim());
    let status = match status {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        other => other,
    };
    let error = body(&fault);
    let mut response = (status, Json(api::ErrorEnvelope { error })).into_response();
    if let Some(allowed) = parts.headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    response
}

fn fault(status: StatusCode, text: &str) -> Fault {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Fault::new(Kind::Invalid, "the path has no such method")
            .hint("the `allow` header names those that it has"),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Fault::new(Kind::Invalid, "the request is larger than 32 MiB")
                .hint("send data with `PUT /api/v1/files/{name}` and run a batch")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Fault::new(Kind::Invalid, "the request is not said to be JSON")
                .hint("send `content-type: application/json`")
        }
        _ => Fault::new(Kind::Invalid, format!("cannot read the request: {text}")),
    }
}
