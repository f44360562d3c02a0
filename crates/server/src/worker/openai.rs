//! What the OpenAI routes share: typed errors, sampling, identifiers.

use api::openai::{ErrorBody, ErrorEnvelope, Sampling};
use axum::Json;
use axum::extract::FromRequest;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};
use native::{GenerateRequest, Prompt};
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

/// Tokens generated where a client says nothing.
const TOKENS_DEFAULT: u32 = 256;
/// More alternatives than OpenAI allows are a mistake.
pub const TOP_LOGPROBS_MAX: u32 = 20;

/// Builds a generation from what a client sent.
///
/// # Errors
/// Where a parameter is out of its range.
pub fn generate_request(
    prompt: Prompt,
    sampling: &Sampling,
) -> Result<GenerateRequest, OpenAiError> {
    let temperature = sampling.temperature.unwrap_or(1.0);
    if !(0.0..=2.0).contains(&temperature) {
        let message = format!("`temperature` is {temperature}, but must be between 0 and 2");
        return Err(OpenAiError::param("temperature", message));
    }
    let top_p = sampling.top_p.unwrap_or(1.0);
    if !(top_p > 0.0 && top_p <= 1.0) {
        let message = format!("`top_p` is {top_p}, but must be above 0 and at most 1");
        return Err(OpenAiError::param("top_p", message));
    }
    if sampling.n.is_some_and(|count| count != 1) {
        return Err(OpenAiError::param("n", "this server gives one answer: leave `n` at 1"));
    }
    let tokens_max = sampling.max_completion_tokens.or(sampling.max_tokens);
    if tokens_max == Some(0) {
        return Err(OpenAiError::param("max_tokens", "`max_tokens` must be at least 1"));
    }
    Ok(GenerateRequest {
        tokens_max: tokens_max.unwrap_or(TOKENS_DEFAULT),
        temperature,
        top_p,
        top_k: sampling.top_k.unwrap_or(0),
        min_p: sampling.min_p.unwrap_or(0.0),
        repetition_penalty: sampling.repetition_penalty.unwrap_or(1.0),
        stop: sampling.stop.clone().map(api::openai::OneOrMany::into_vec).unwrap_or_default(),
        seed: sampling.seed.unwrap_or_else(next_number),
        ..GenerateRequest::new(prompt)
    })
}

/// Returns an identifier that is new in this process.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}-{:x}-{:x}", std::process::id(), next_number())
}

fn next_number() -> u64 {
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
