//! The single conversion from a fault to an answer.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};

/// A fault on its way to a client of `/api/v1`.
#[derive(Debug)]
pub struct ApiError(pub Fault);

/// What a handler of `/api/v1` returns.
pub type ApiResult<T> = Result<T, ApiError>;

impl<E: Into<Fault>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Returns the HTTP status of a kind.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Exists | Kind::Conflict => StatusCode::CONFLICT,
        Kind::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Busy => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes the envelope; what is internal is logged and not sent.
pub fn body(fault: &Fault) -> api::ErrorBody {
    let internal = fault.kind() == Kind::Internal;
    if internal {
        tracing::error!(error = %fault.chain(), "internal error");
    }
    let message = if internal {
        "an internal error; the server's log has the details".to_owned()
    } else {
        fault.chain()
    };
    let hint = fault.hint_text().map(str::to_owned);
    api::ErrorBody { code: fault.kind().code().to_owned(), message, hint, request_id: None }
}

/// Seconds after which a busy server may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let envelope = api::ErrorEnvelope { error: body(&self.0) };
        let mut response = (status(self.0.kind()), Json(envelope)).into_response();
        if self.0.kind() == Kind::Busy {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
