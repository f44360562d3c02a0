//! What the OpenAI routes share: typed errors and identifiers.

use api::openai::{ErrorBody, ErrorEnvelope};
use axum::Json;
use axum::extract::FromRequest;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};
use std::sync::atomic::{AtomicU64, Ordering};

/// A fault on its way to an OpenAI client.
#[derive(Debug)]
pub struct OpenAiError {
    fault: Fault,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

impl OpenAiError {
    /// Makes an error about one parameter.
    pub fn param(param: &'static str, message: impl Into<String>) -> Self {
        let fault = Fault::new(Kind::Invalid, message);
        Self { fault, param: Some(param), code: None }
    }

    /// Returns the parameter at fault.
    #[cfg(test)]
    pub fn named(&self) -> Option<&'static str> {
        self.param
    }

    /// Names the parameter at fault.
    #[must_use]
    pub fn about(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }

    /// Adds the code that clients test.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

impl<E: Into<Fault>> From<E> for OpenAiError {
    fn from(error: E) -> Self {
        Self { fault: error.into(), param: None, code: None }
    }
}

impl IntoResponse for OpenAiError {
    fn into_response(self) -> Response {
        let kind = self.fault.kind();
        // Unsupported is the caller's: OpenAI's clients retry nothing below 500 but 429.
        let status = match kind {
            Kind::Unsupported => axum::http::StatusCode::BAD_REQUEST,
            kind => crate::error::status(kind),
        };
        let body = crate::error::body(&self.fault);
        let message = match body.hint {
            Some(hint) => format!("{} ({hint})", body.message),
            None => body.message,
        };
        let error = ErrorBody {
            message,
            r#type: error_type(kind).to_owned(),
            param: self.param.map(str::to_owned),
            code: self.code.or(default_code(kind)).map(str::to_owned),
        };
        let mut response = (status, Json(ErrorEnvelope { error })).into_response();
        if kind == Kind::Busy {
            let second = axum::http::HeaderValue::from_static("1");
            response.headers_mut().insert("retry-after", second);
        }
        response
    }
}

fn error_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Unauthenticated => "authentication_error",
        Kind::Denied => "permission_error",
        Kind::NotFound => "not_found_error",
        Kind::Busy => "rate_limit_error",
        Kind::Unavailable | Kind::Internal => "server_error",
        Kind::Invalid | Kind::Exists | Kind::Conflict | Kind::Unsupported => {
            "invalid_request_error"
        }
    }
}

fn default_code(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Unauthenticated => Some("invalid_api_key"),
        Kind::NotFound => Some("model_not_found"),
        Kind::Busy => Some("rate_limit_exceeded"),
        Kind::Unsupported => Some("unsupported"),
        _ => None,
    }
}

/// A JSON body whose defects are answered in the OpenAI shape.
pub struct OpenAiJson<T>(pub T);

impl<S, T> FromRequest<S> for OpenAiJson<T>
where
    S: Send + Sync,
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = OpenAiError;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, OpenAiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Fault::new(
                Kind::Invalid,
                format!("cannot read the request: {}", rejection.body_text()),
            )
            .into()),
        }
    }
}

/// Tells of a failure within a stream, whose status is sent already.
pub fn failed(fault: &Fault) -> axum::response::sse::Event {
    let error = ErrorBody {
        message: fault.chain(),
        r#type: error_type(fault.kind()).to_owned(),
        param: None,
        code: default_code(fault.kind()).map(str::to_owned),
    };
    let body = serde_json::to_string(&ErrorEnvelope { error }).unwrap_or_default();
    axum::response::sse::Event::default().data(body)
}

/// Returns an identifier that is new in this process.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}-{:x}-{:x}", std::process::id(), next_number())
}

/// Returns a number that is new in this process.
pub fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns the seconds since the epoch.
pub fn created() -> i64 {
    use domain::Clock;
    crate::clock::SystemClock.now_ms() / 1_000
}

/// Returns the word for why a generation ended.
pub fn finish_reason(finish: native::Finish) -> &'static str {
    match finish {
        native::Finish::Length | native::Finish::Deadline => "length",
        native::Finish::Stop | native::Finish::Cancelled => "stop",
    }
}
