//! What people keep at hand: favorites, saved searches, models that they looked at.

use std::time::Duration;

use api::{Marks, ModelSummary, SaveSearchRequest, SearchQuery};
use axum::Json;
use axum::extract::{Path, State};
use catalog::{SavedSearch, SearchName};
use domain::{Fault, Kind, ModelRef};

use super::discover::parse_model;
use super::query::parse_search;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::views::{known_summary, query_string, read_query};

/// Models that were seen and are shown: two rows of six.
const SEEN_SHOWN: usize = 12;

/// So many are read that deleted ones leave no gap.
const SEEN_READ: u32 = 50;

/// A page does not wait longer for what it only notes, such as while a hub is listed.
const NOTE_WAIT: Duration = Duration::from_millis(250);

/// Returns what is kept at hand.
#[utoipa::path(get, path = "/api/v1/marks", responses((status = 200, body = Marks)))]
pub async fn marks(State(app): State<App>) -> ApiResult<Json<Marks>> {
    marks_view(&app).await.map(Json).map_err(ApiError)
}

/// Makes a model a favorite; the first of them.
#[utoipa::path(put, path = "/api/v1/favorites/{*model}",
    params(("model" = String, Path, description = "`collection/name`")),
    responses((status = 200, body = Marks), (status = 404, body = api::ErrorEnvelope)))]
pub async fn put_favorite(
    State(app): State<App>,
    Path(model): Path<String>,
) -> ApiResult<Json<Marks>> {
    add_favorite(&app, &parse_model(&model)?).await?;
    marks_view(&app).await.map(Json).map_err(ApiError)
}

/// Makes a model no favorite.
#[utoipa::path(delete, path = "/api/v1/favorites/{*model}",
    params(("model" = String, Path, description = "`collection/name`")),
    responses((status = 200, body = Marks), (status = 404, body = api::ErrorEnvelope)))]
pub async fn delete_favorite(
    State(app): State<App>,
    Path(model): Path<String>,
) -> ApiResult<Json<Marks>> {
    remove_favorite(&app, &parse_model(&model)?).await?;
    marks_view(&app).await.map(Json).map_err(ApiError)
}

/// Gives a search a name; the same name again means the new query.
#[utoipa::path(put, path = "/api/v1/searches/{name}", request_body = SaveSearchRequest,
    params(("name" = String, Path, description = "up to 60 characters on one line")),
    responses((status = 200, body = Marks), (status = 400, body = api::ErrorEnvelope)))]
pub async fn put_search(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(request): Json<SaveSearchRequest>,
) -> ApiResult<Json<Marks>> {
    save_search(&app, &name, &request.query).await?;
    marks_view(&app).await.map(Json).map_err(ApiError)
}

/// Forgets a saved search.
#[utoipa::path(delete, path = "/api/v1/searches/{name}",
    params(("name" = String, Path, description = "the name")),
    responses((status = 200, body = Marks), (status = 404, body = api::ErrorEnvelope)))]
pub async fn delete_search(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<Json<Marks>> {
    forget_search(&app, &name).await?;
    marks_view(&app).await.map(Json).map_err(ApiError)
}

/// Gathers what is kept at hand; models that are gone meanwhile are left out.
///
/// # Errors
/// Where the catalog cannot be read.
pub async fn marks_view(app: &App) -> Result<Marks, Fault> {
    let favorites = summaries(app, &app.catalog.favorites().await?).await?;
    let mut seen = summaries(app, &app.catalog.seen(SEEN_READ).await?).await?;
    seen.truncate(SEEN_SHOWN);
    let search =
        |one: SavedSearch| api::SavedSearch { name: one.name.to_string(), query: one.query };
    let searches = app.catalog.searches().await?.into_iter().map(search).collect();
    Ok(Marks { favorites, seen, searches })
}

async fn summaries(app: &App, models: &[ModelRef]) -> Result<Vec<ModelSummary>, Fault> {
    let machine = app.index.current().machine();
    let known = app.catalog.known_models(models).await?;
    Ok(known.iter().map(|known| known_summary(known, machine)).collect())
}

/// Makes a model a favorite.
///
/// # Errors
/// Where there is no such model, or there are too many favorites.
pub async fn add_favorite(app: &App, model: &ModelRef) -> Result<(), Fault> {
    app.record(model).await?;
    Ok(app.catalog.add_favorite(model).await?)
}

/// Makes a model no favorite.
///
/// # Errors
/// Where it is none.
pub async fn remove_favorite(app: &App, model: &ModelRef) -> Result<(), Fault> {
    if app.catalog.remove_favorite(model).await? {
        return Ok(());
    }
    let message = format!("`{}` is not a favorite", model.unversioned());
    Err(Fault::new(Kind::NotFound, message).hint("`modeldex favorites list` shows them"))
}

/// Gives a search a name.
///
/// # Errors
/// Where the name or the query cannot be one, or there are too many searches.
pub async fn save_search(app: &App, name: &str, query: &str) -> Result<(), Fault> {
    let name: SearchName = name.parse()?;
    let asked = parse_search(query.trim_start_matches('?'))?;
    read_query(&asked)?;
    // A search begins at its first page, of whatever size is usual then.
    let query = query_string(&SearchQuery { offset: 0, cursor: None, limit: None, ..asked });
    if query.is_empty() {
        return Err(Fault::new(Kind::Invalid, format!("the search `{name}` looks for nothing"))
            .hint("give words or a filter, such as `q=bert&task=fill-mask`"));
    }
    Ok(app.catalog.save_search(&SavedSearch { name, query }).await?)
}

/// Forgets a saved search.
///
/// # Errors
/// Where there is none of this name.
pub async fn forget_search(app: &App, name: &str) -> Result<(), Fault> {
    if app.catalog.delete_search(&name.parse()?).await? {
        return Ok(());
    }
    let fault = Fault::new(Kind::NotFound, format!("there is no saved search `{name}`"));
    Err(fault.hint("`modeldex searches list` shows them"))
}

/// Notes that somebody looks at a model. A page is shown in any case: a failure is only logged,
/// and where the database is busy, it is noted a little later.
pub async fn note_seen(app: &App, model: &ModelRef) {
    let (catalog, seen) = (app.catalog.clone(), model.clone());
    // It goes on when the page no longer waits for it.
    let noted = tokio::spawn(async move {
        if let Err(error) = catalog.note_seen(&seen).await {
            let error = Fault::from(error);
            tracing::warn!(error = %error.chain(), %seen, "cannot note that a model was seen");
        }
    });
    let _ = tokio::time::timeout(NOTE_WAIT, noted).await;
}
