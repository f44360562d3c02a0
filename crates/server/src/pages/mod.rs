//! Pages. A handler reads the request, calls the function that the API's route calls, and renders
//! its answer: a page shows nothing that the API does not tell.

mod answer;
mod catalog;
mod collections;
mod compare;
mod endpoints;
mod files;
mod form;
mod jobs;
mod live;
mod marks;
mod model;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::{Fault, Kind};

use crate::app::App;
use crate::error::ApiError;
use crate::worker::refuse;
use answer::PageError;

/// Returns the routes of the pages, and what answers where there is no route.
///
/// Forms bound their own bodies: text in memory, files on disk.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(catalog::catalog))
        .route("/filters/{facet}", get(catalog::filter))
        .route("/collections", get(collections::collections).post(collections::define))
        .route("/collections/{name}", get(collections::collection))
        .route("/collections/{name}/sync", post(collections::sync))
        .route("/collections/{name}/delete", post(collections::remove))
        .route("/saved", get(marks::saved))
        .route("/saved/favorites", post(marks::favorite))
        .route("/saved/searches", post(marks::save))
        .route("/saved/searches/delete", post(marks::forget))
        .route("/compare", get(compare::compare))
        .route("/leaderboard", get(compare::leaderboard))
        .route("/import", get(catalog::import_form).post(catalog::import))
        .route("/models/{*path}", get(model::card).post(model::act))
        .route("/jobs", get(jobs::jobs))
        .route("/jobs/live", get(jobs::jobs_live))
        .route("/jobs/{id}", get(jobs::job))
        .route("/jobs/{id}/live", get(jobs::job_live))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/jobs/{id}/resume", post(jobs::resume))
        .route("/endpoints", get(endpoints::endpoints))
        .route("/endpoints/live", get(endpoints::endpoints_live))
        .route("/endpoints/{name}/ask", post(endpoints::ask))
        .route("/endpoints/{name}/traffic", post(endpoints::traffic))
        .route("/endpoints/{name}/delete", post(endpoints::delete))
        .route(
            "/endpoints/{name}/deployments/{deployment}/delete",
            post(endpoints::delete_deployment),
        )
        .route("/endpoints/{name}/deployments/{deployment}/log", get(endpoints::log))
        .route("/endpoints/{name}/deployments/{deployment}/log/live", get(endpoints::log_live))
        .layer(DefaultBodyLimit::disable())
        .route("/static/{*path}", get(files::asset))
        .fallback(nothing)
}

/// Answers programs in their shape and people with a page.
async fn nothing(uri: Uri) -> Response {
    let path = uri.path();
    let fault = Fault::new(Kind::NotFound, format!("there is nothing at `{path}`"));
    if path.starts_with("/v2/") {
        return refuse(path, fault);
    }
    if path.starts_with("/api/") || path.starts_with("/v1/") {
        return ApiError(fault.hint("`GET /api/v1/openapi.json` lists what there is"))
            .into_response();
    }
    PageError(fault.hint("the navigation above leads to every page")).into_response()
}
