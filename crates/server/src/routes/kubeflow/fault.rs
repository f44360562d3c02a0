//! Refusals in Kubeflow's shape.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::Fault;

use crate::error::{body, status};

/// A fault on its way to a client of Kubeflow's catalog.
#[derive(Debug)]
pub struct Refused(Fault);

/// What a handler of Kubeflow's catalog returns.
pub type RefusedResult<T> = Result<T, Refused>;

impl<E: Into<Fault>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let told = body(&self.0);
        let message = match told.hint {
            Some(hint) => format!("{}; {hint}", told.message),
            None => told.message,
        };
        let body = api::kubeflow::Refusal { code: told.code, message };
        (status(self.0.kind()), Json(body)).into_response()
    }
}
