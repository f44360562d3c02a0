//! Completing what a person types.

use api::SuggestedModel;
use axum::Json;
use axum::extract::{Query, State};
use discover::{Index, Listed};
use domain::{Fault, Kind};
use serde::Deserialize;

use super::sift::words;
use crate::app::App;
use crate::error::ApiResult;

/// As many as a list below a field shows without scrolling.
const LIMIT_DEFAULT: usize = 8;

/// More are a search.
const LIMIT_MAX: usize = 50;

/// What was typed.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

/// Completes what was typed, the most downloaded models first.
#[utoipa::path(get, path = "/api/v1/suggest",
    params(
        ("q" = String, Query, description = "the beginning of a name"),
        ("limit" = Option<usize>, Query, description = "8 by default, 50 at most"),
    ),
    responses((status = 200, body = Vec<SuggestedModel>),
        (status = 400, body = api::ErrorEnvelope)))]
pub async fn suggest(
    State(app): State<App>,
    Query(typed): Query<Typed>,
) -> ApiResult<Json<Vec<SuggestedModel>>> {
    let limit = typed.limit.unwrap_or(LIMIT_DEFAULT);
    if limit > LIMIT_MAX {
        let message = format!("`limit` is {limit}, but must be at most {LIMIT_MAX}");
        let fault = Fault::new(Kind::Invalid, message);
        return Err(fault.hint("`GET /api/v1/models?q=…` finds all").into());
    }
    let found = complete(&app.index.current(), &typed.q, limit)?;
    Ok(Json(found.iter().map(suggested).collect()))
}

fn complete(index: &Index, typed: &str, limit: usize) -> Result<Vec<Listed>, Fault> {
    let text = words(typed);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let completed = index.suggest(&text, limit)?;
    if !completed.is_empty() {
        return Ok(completed);
    }
    // No word begins so: it may be a part of one, or misspelled.
    let query = discover::Query { text, limit, ..discover::Query::default() };
    Ok(index.search(&query)?.models.into_iter().map(|hit| hit.listed).collect())
}

fn suggested(listed: &Listed) -> SuggestedModel {
    let record = &listed.record;
    SuggestedModel {
        model: record.model().to_string(),
        display_name: record.display_name.clone(),
        tasks: record.tasks.iter().map(ToString::to_string).collect(),
        downloads: record.downloads,
    }
}
