//! The adapter that the server wants a request answered with.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::engine::Engine;
use crate::error::ApiResult;
use crate::fleet::ADAPTER_HEADER;

/// The folder of an adapter, where the request names one. Only the server speaks to a worker.
#[derive(Clone, Debug)]
pub struct Folder(pub Option<PathBuf>);

impl<S: Sync> FromRequestParts<S> for Folder {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let named = parts.headers.get(ADAPTER_HEADER);
        Ok(Self(named.map(|dir| OsStr::from_bytes(dir.as_bytes()).into())))
    }
}

/// Lets go of an adapter; requests that use it go on.
pub async fn forget(State(engine): State<Engine>, Folder(dir): Folder) -> ApiResult<Json<Value>> {
    if let Some(dir) = dir {
        engine.forget_adapter(&dir)?;
    }
    Ok(Json(json!({})))
}
