//! What is worked out about one model: whether it fits, where it came from, what changed.

use api::{DiffView, FitView, LineageView};
use axum::Json;
use axum::extract::{Path, RawQuery, State};

use super::discover::parse_model;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::views::{self, DiffQuery, FitQuery};

/// Tells what a model takes, for each type of its weights, against this machine or another.
#[utoipa::path(get, path = "/api/v1/fit/{*model}",
    params(
        ("model" = String, Path, description = "`collection/name[@version]`"),
        ("memory_gib" = Option<f64>, Query, description = "of each GPU where there are some"),
        ("cpus" = Option<u32>, Query, description = "processor cores"),
        ("gpus" = Option<u32>, Query, description = "graphics processors"),
        ("context" = Option<u64>, Query, description = "tokens of each sequence"),
        ("streams" = Option<u64>, Query, description = "sequences at once"),
    ),
    responses((status = 200, body = FitView), (status = 400, body = api::ErrorEnvelope),
        (status = 404, body = api::ErrorEnvelope)))]
pub async fn fit(
    State(app): State<App>,
    Path(model): Path<String>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<FitView>> {
    let query = FitQuery::parse(raw.as_deref().unwrap_or_default())?;
    Ok(Json(views::fit_view(&app, &parse_model(&model)?, &query).await?))
}

/// Tells where a model came from and what was made from it.
#[utoipa::path(get, path = "/api/v1/lineage/{*model}",
    params(("model" = String, Path, description = "`collection/name[@version]`")),
    responses((status = 200, body = LineageView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn lineage(
    State(app): State<App>,
    Path(model): Path<String>,
) -> ApiResult<Json<LineageView>> {
    Ok(Json(views::lineage_view(&app, &parse_model(&model)?).await?))
}

/// Tells what differs between two versions of a model.
#[utoipa::path(get, path = "/api/v1/diff/{*model}",
    params(
        ("model" = String, Path, description = "`collection/name`"),
        ("from" = String, Query, description = "a version"),
        ("to" = String, Query, description = "another"),
    ),
    responses((status = 200, body = DiffView), (status = 400, body = api::ErrorEnvelope),
        (status = 404, body = api::ErrorEnvelope)))]
pub async fn diff(
    State(app): State<App>,
    Path(model): Path<String>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<DiffView>> {
    let query = DiffQuery::parse(raw.as_deref().unwrap_or_default())?;
    let query = query.ok_or_else(|| ApiError(views::one_missing()))?;
    Ok(Json(views::diff_view(&app, &parse_model(&model)?, &query).await?))
}
