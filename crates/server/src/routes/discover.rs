//! Searching and looking at models.

use api::{ModelCard, SearchPage, SearchQuery};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use domain::{Fault, Kind, ModelRef};

use crate::app::App;
use crate::error::ApiResult;
use crate::views;

use super::query::parse_search;

/// Finds models, with exact counts of every filter value.
///
/// Each filter is a parameter that may repeat; `not_` before its name leaves out what has it.
#[utoipa::path(get, path = "/api/v1/models",
    params(
        ("q" = Option<String>, Query, description = "words, and filters such as `task:fill-mask`"),
        ("sort" = Option<String>, Query, description = "the order"),
        ("offset" = Option<usize>, Query, description = "how many models to skip"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "24 by default, 1,000 at most"),
        ("task" = Option<Vec<String>>, Query, description = "tasks that the model performs"),
        ("license" = Option<Vec<String>>, Query, description = "SPDX, or the publisher's own"),
        ("license_family" = Option<Vec<String>>, Query,
            description = "`permissive`, `copyleft`, `non-commercial`, `custom`"),
        ("finetuning_task" = Option<Vec<String>>, Query,
            description = "tasks that it can be fine-tuned for"),
        ("deployment" = Option<Vec<String>>, Query,
            description = "`online`, `batch`, `finetune`, `evaluate`"),
        ("size" = Option<Vec<String>>, Query, description = "classes of parameters: `1b-3b`"),
        ("fits" = Option<Vec<String>>, Query, description = "`yes` or `no`: this machine"),
        ("collection" = Option<Vec<String>>, Query, description = "collections"),
        ("publisher" = Option<Vec<String>>, Query, description = "publishers"),
        ("library" = Option<Vec<String>>, Query, description = "such as `transformers`"),
        ("language" = Option<Vec<String>>, Query, description = "such as `en`"),
        ("status" = Option<Vec<String>>, Query,
            description = "`featured`, `here`, `preview`, `deprecated`, `gated`"),
    ),
    responses((status = 200, body = SearchPage), (status = 400, body = api::ErrorEnvelope)))]
pub async fn models(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<SearchPage>> {
    let query = parse_search(raw.as_deref().unwrap_or_default())?;
    Ok(Json(search(&app, query).await?))
}

/// Runs a search on the index of this moment, beside what waits: a rare one takes milliseconds.
///
/// # Errors
/// Where a filter names something unknown, or the collection cannot be searched so.
pub async fn search(app: &App, query: SearchQuery) -> Result<SearchPage, Fault> {
    let query = views::expanded(app, &query).await?;
    let index = app.index.current();
    let page = tokio::task::spawn_blocking(move || views::search_page(&index, &query));
    page.await.map_err(|error| Fault::wrap(Kind::Internal, error))?
}

/// Shows one model; `collection/name` or `collection/name@version`.
#[utoipa::path(get, path = "/api/v1/models/{*model}",
    params(("model" = String, Path, description = "`collection/name[@version]`")),
    responses((status = 200, body = ModelCard), (status = 404, body = api::ErrorEnvelope)))]
pub async fn model(
    State(app): State<App>,
    Path(model): Path<String>,
) -> ApiResult<Json<ModelCard>> {
    Ok(Json(model_card(&app, &parse_model(&model)?).await?))
}

/// Gathers everything about a model.
///
/// # Errors
/// Where there is no such model.
pub async fn model_card(app: &App, model: &ModelRef) -> Result<ModelCard, Fault> {
    views::model_card(app, model).await
}

/// Parses a reference as users type it.
///
/// # Errors
/// Where it is not one.
pub fn parse_model(text: &str) -> Result<ModelRef, Fault> {
    text.parse().map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))
}
