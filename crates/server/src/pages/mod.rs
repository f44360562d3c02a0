//! Pages. A handler reads the request, calls the function that the API's route calls, and renders
//! its answer: a page shows nothing that the API does not tell.

mod answer;
mod files;

use axum::Router;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Fault, Kind};

use crate::app::App;
use crate::error::ApiError;
use answer::PageError;

/// Returns the routes of the pages, and what answers where there is no route.
pub fn router() -> Router<App> {
    Router::new().route("/static/{*path}", get(files::asset)).fallback(nothing)
}

/// Answers programs in their shape and people with a page.
async fn nothing(uri: Uri) -> Response {
    let path = uri.path();
    let fault = Fault::new(Kind::NotFound, format!("there is nothing at `{path}`"));
    if path.starts_with("/api/") || path.starts_with("/v1/") {
        return ApiError(fault.hint("`GET /api/v1/openapi.json` lists what there is"))
            .into_response();
    }
    PageError(fault.hint("the navigation above leads to every page")).into_response()
}
