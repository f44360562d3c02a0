//! Models side by side, and leaderboards.

use api::ModelSummary;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use domain::Fault;
use ui::Adding;

use super::answer::{PageResult, page, see_other, shell};
use crate::app::App;
use crate::routes;

/// Models offered for what was typed: two rows of three.
const OFFERED: usize = 6;

/// Answers `GET /compare?model=…&model=…`; `add` looks for one more.
pub async fn compare(State(app): State<App>, RawQuery(raw): RawQuery) -> PageResult {
    let raw = raw.unwrap_or_default();
    let models = routes::compared(&raw)?;
    let typed = routes::first(&raw, "add").unwrap_or_default();
    let typed = typed.trim();
    // A whole reference needs no choice.
    if let Ok(model) = typed.parse::<domain::ModelRef>()
        && !models.contains(&model)
        && app.record(&model).await.is_ok()
    {
        let all = models.iter().chain([&model]).map(ToString::to_string);
        let pairs = all.map(|model| ("model", model));
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        return Ok(see_other(&format!("/compare?{query}")));
    }
    let against = routes::first(&raw, "against");
    let view = routes::side_by_side(&app, &models, against.as_deref()).await?;
    let found = found(&app, typed).await?;
    let adding = Adding { query: typed, found: &found };
    Ok(page(StatusCode::OK, ui::compare_adding(&shell(&app), &view, adding).into_string()))
}

async fn found(app: &App, typed: &str) -> Result<Vec<ModelSummary>, Fault> {
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let query =
        api::SearchQuery { q: typed.to_owned(), limit: Some(OFFERED), ..Default::default() };
    Ok(routes::search(app, query).await?.models)
}

/// Answers `GET /leaderboard`.
pub async fn leaderboard(State(app): State<App>, RawQuery(raw): RawQuery) -> PageResult {
    let query = routes::leaderboard_query(raw.as_deref().unwrap_or_default())?;
    let view = routes::leaderboard_view(&app, &query).await?;
    Ok(page(StatusCode::OK, ui::leaderboard(&shell(&app), &query, &view).into_string()))
}
