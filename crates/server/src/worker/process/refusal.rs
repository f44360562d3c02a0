//! Failures in the words of the protocol that was spoken.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};
use serde_json::json;

use crate::error::{ApiError, body, status};
use crate::worker::OpenAiError;

/// Answers a request to `path` with a failure, in the shape that its client reads.
pub fn refuse(path: &str, fault: Fault) -> Response {
    if path.starts_with("/v1/") || matches!(path, "/tokenize" | "/detokenize") {
        return OpenAiError::from(fault).into_response();
    }
    if path == "/score" || path == "/try" {
        return ApiError(fault).into_response();
    }
    let code = status(fault.kind());
    let body = body(&fault);
    let message = match body.hint {
        Some(hint) => format!("{} ({hint})", body.message),
        None => body.message,
    };
    if path.starts_with("/v2") {
        // A text: clients of Open Inference fail on an object.
        return (code, Json(json!({ "error": message }))).into_response();
    }
    let kind = match fault.kind() {
        Kind::Busy => "Overloaded",
        Kind::Unavailable => "Unhealthy",
        Kind::Internal => "Backend",
        _ => "Validation",
    };
    (code, Json(json!({ "error": message, "error_type": kind }))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn each_client_reads_its_own_shape() {
        let check = async |path: &str, expected: Value| {
            let response = refuse(path, Fault::new(Kind::Busy, "full").hint("wait"));
            assert_eq!(response.status(), 429, "{path}");
            let bytes = to_bytes(response.into_body(), 10_000).await.unwrap();
            let body: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(body["error"], expected, "{path}");
        };
        let openai = json!({ "message": "full (wait)", "type": "rate_limit_error", "param": null,
            "code": "rate_limit_exceeded" });
        check("/v1/completions", openai.clone()).await;
        check("/tokenize", openai).await;
        check("/v2/models/a/infer", json!("full (wait)")).await;
        check("/embed", json!("full (wait)")).await;
        check("/score", json!({ "code": "busy", "message": "full", "hint": "wait" })).await;
    }
}
