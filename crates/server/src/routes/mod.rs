//! Routes, one file per verb and noun. A handler parses, calls one function, renders.

mod adapters;
mod batch;
mod catalog;
mod compare;
mod deploy;
mod discover;
mod evaluate;
mod facets;
mod files;
mod finetune;
mod hub_api;
mod import;
mod jobs;
mod kubeflow;
mod logs;
mod marks;
mod model;
mod open_inference;
mod openai;
mod parity;
mod query;
mod results;
mod scoring;
mod sift;
mod suggest;
mod sync;
mod tei;
mod try_it;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub use batch::start_batch;
pub use catalog::{define_collection, remove_collection};
pub use compare::{compared, first, leaderboard_query, leaderboard_view, side_by_side};
pub use deploy::{
    deploy_model, endpoints_view, quantize, remove_deployment, remove_endpoint, set_traffic,
};
pub use discover::{model_card, parse_model, search};
pub use evaluate::start_evaluation;
pub use facets::facet_values;
pub use files::store_stream;
pub use finetune::start_finetune;
pub use import::start_import;
pub use jobs::{cancel_job, job_events, job_view, jobs_view, logs_view, metrics_of, resume_job};
pub use logs::deployment_logs_view;
pub use marks::{add_favorite, forget_search, marks_view, note_seen, remove_favorite, save_search};
pub use query::parse_search;
pub use scoring::ask_endpoint;
pub use sync::start_sync;
pub use try_it::{read_answer, try_model};

/// A request of 4,096 long texts stays below this; files are streamed and have their own bound.
const BODY_MAX: usize = 32 << 20;

#[derive(OpenApi)]
#[openapi(info(
    title = "Modeldex",
    description = "An open catalog of foundation models: discover, evaluate, fine-tune, deploy, \
                   import.",
    license(name = "Apache-2.0")
))]
struct Document;

/// Returns every route but the pages.
pub fn router() -> Router<App> {
    let (api, document) = api_router().split_for_parts();
    let document = std::sync::Arc::new(document);
    let described = axum::routing::get(move || async move { axum::Json((*document).clone()) });
    api.merge(openai::router())
        .merge(open_inference::router())
        .merge(scoring::router())
        .merge(tei::router())
        .merge(hub_api::router())
        .merge(kubeflow::router())
        .route("/api/v1/openapi.json", described)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .merge(files::router())
        .layer(axum::middleware::map_response(crate::refusal::envelope))
}

/// Returns the OpenAPI document.
pub fn open_api() -> utoipa::openapi::OpenApi {
    api_router().split_for_parts().1
}

fn api_router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(discover::models))
        .routes(routes!(facets::facet))
        .routes(routes!(discover::model))
        .routes(routes!(model::fit))
        .routes(routes!(model::lineage))
        .routes(routes!(model::diff))
        .routes(routes!(suggest::suggest))
        .routes(routes!(compare::compare))
        .routes(routes!(compare::leaderboard))
        .routes(routes!(results::add_results))
        .routes(routes!(catalog::collections))
        .routes(routes!(catalog::collection, catalog::put_collection, catalog::delete_collection))
        .routes(routes!(marks::marks))
        .routes(routes!(marks::put_favorite, marks::delete_favorite))
        .routes(routes!(marks::put_search, marks::delete_search))
        .routes(routes!(catalog::add_assets))
        .routes(routes!(sync::sync))
        .routes(routes!(catalog::info))
        .routes(routes!(try_it::try_it))
        .routes(routes!(import::import))
        .routes(routes!(evaluate::evaluate))
        .routes(routes!(parity::parity))
        .routes(routes!(finetune::finetune))
        .routes(routes!(batch::batch))
        .routes(routes!(deploy::deploy))
        .routes(routes!(deploy::endpoints))
        .routes(routes!(deploy::endpoint, deploy::delete_endpoint))
        .routes(routes!(deploy::traffic))
        .routes(routes!(deploy::delete_deployment))
        .routes(routes!(logs::deployment_logs))
        .routes(routes!(jobs::jobs))
        .routes(routes!(jobs::job))
        .routes(routes!(jobs::logs))
        .routes(routes!(jobs::metrics))
        .routes(routes!(jobs::events))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::resume))
}
