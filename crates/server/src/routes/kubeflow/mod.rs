//! `/api/model_catalog/v1alpha1`: Kubeflow's catalog of models, to read from. Collections are its
//! sources.

mod artifacts;
mod describe;
mod fault;
mod filter;
mod models;
mod options;
mod paging;
mod sources;

use axum::Router;
use axum::routing::get;

use crate::app::App;

const ROOT: &str = "/api/model_catalog/v1alpha1";

/// Returns the routes.
pub fn router() -> Router<App> {
    let routes = Router::new()
        .route("/labels", get(sources::labels))
        .route("/sources", get(sources::sources))
        .route("/sources/{id}", get(sources::source))
        .route("/sources/{id}/models/{*path}", get(models::of_source))
        .route("/models", get(models::models))
        .route("/models/filter_options", get(options::options));
    Router::new().nest(ROOT, routes)
}
