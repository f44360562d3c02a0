//! Models side by side, and ranked by what was measured.

use api::{CompareView, LeaderboardQuery, LeaderboardView, RunCost};
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::{Fault, Kind, ModelRef};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::results::Results;
use crate::views;

use super::discover::{model_card, parse_model};

/// Most models side by side: more do not fit a screen.
const COMPARED_MAX: usize = 6;

/// Puts two to six models side by side.
#[utoipa::path(get, path = "/api/v1/compare",
    params(("model" = Vec<String>, Query, description = "`collection/name[@version]`, repeated"),
        ("against" = Option<String>, Query,
            description = "what quality is drawn against: `parameters`, `size` or `speed`")),
    responses((status = 200, body = CompareView), (status = 400, body = api::ErrorEnvelope)))]
pub async fn compare(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<CompareView>> {
    compare_view(&app, raw.as_deref().unwrap_or_default()).await.map(Json).map_err(ApiError)
}

/// Gathers the models that a query string names.
///
/// # Errors
/// Where there are fewer than two or more than six, or one does not exist.
async fn compare_view(app: &App, raw: &str) -> Result<CompareView, Fault> {
    let models = compared(raw)?;
    if models.len() < 2 {
        let message = format!("{} models were named: compare two to six", models.len());
        return Err(Fault::new(Kind::Invalid, message));
    }
    side_by_side(app, &models, first(raw, "against").as_deref()).await
}

/// Reads the models that a query string names.
///
/// # Errors
/// Where there are more than six, or one is no reference.
pub fn compared(raw: &str) -> Result<Vec<ModelRef>, Fault> {
    let pairs = url::form_urlencoded::parse(raw.as_bytes());
    let names = pairs.filter(|(name, value)| name == "model" && !value.is_empty());
    let mut models: Vec<ModelRef> = Vec::new();
    for (_, name) in names {
        let model = parse_model(&name)?;
        if !models.contains(&model) {
            models.push(model);
        }
    }
    if models.len() > COMPARED_MAX {
        let message = format!("{} models were named: compare two to six", models.len());
        return Err(Fault::new(Kind::Invalid, message));
    }
    Ok(models)
}

/// Returns the first value of a parameter that is not empty.
pub fn first(raw: &str, wanted: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(raw.as_bytes());
    let found = pairs.find(|(name, value)| name == wanted && !value.is_empty());
    found.map(|(_, value)| value.into_owned())
}

/// Gathers everything about several models.
///
/// # Errors
/// Where one does not exist, or a store cannot be read.
pub async fn side_by_side(
    app: &App,
    models: &[ModelRef],
    against: Option<&str>,
) -> Result<CompareView, Fault> {
    let results = app.results.current(&app.catalog, &app.jobs).await?;
    let (mut cards, mut costs) = (Vec::new(), Vec::new());
    for model in models {
        cards.push(model_card(app, model).await?);
        costs.push(run_cost(app, &results, model).await?);
    }
    let shared = discover::compare::shared(&results.measurements, models);
    let measured: Vec<_> = shared
        .first()
        .map(|one| one.values.iter().flatten().copied().collect())
        .unwrap_or_default();
    Ok(CompareView {
        models: cards,
        results: shared.iter().map(views::shared).collect(),
        costs,
        trade_off: views::trade_off(&results, &measured, against)?,
    })
}

/// Tells what it takes to run a model here: with the weights as they are published, or in 16 bits.
async fn run_cost(app: &App, results: &Results, model: &ModelRef) -> Result<RunCost, Fault> {
    let fit = views::fit_view(app, model, &views::FitQuery::default()).await?;
    let record = app.record(model).await?;
    let size_bytes = app.catalog.get_version(model).await?.map(|version| version.size_bytes);
    let published = fit.running.iter().find(|row| row.published);
    let row = published.or_else(|| fit.running.iter().find(|row| row.name == "bf16"));
    let of_model = |one: &&discover::compare::Measurement| {
        one.model.unversioned() == model.unversioned()
            && (model.version.is_none() || one.model.version == model.version)
    };
    let own = results.measurements.iter().filter(of_model).filter(|one| one.job.is_some());
    let latest = own.max_by_key(|one| one.created_ms).and_then(|one| one.job.as_ref());
    Ok(RunCost {
        size_bytes: size_bytes.or(record.size_bytes),
        memory_bytes: row.and_then(|row| row.total_bytes),
        verdict: row.map(|row| row.verdict.clone()).unwrap_or_default(),
        because: row.map(|row| row.reason.clone()).unwrap_or_default(),
        rows_per_second: latest.and_then(|job| results.rates.get(job).copied()),
    })
}

/// Ranks models by what was measured here and what others published.
#[utoipa::path(get, path = "/api/v1/leaderboard",
    params(("task" = Option<String>, Query, description = "the task with the most models"),
        ("data" = Option<String>, Query, description = "the data set with the most models"),
        ("metric" = Option<String>, Query, description = "the metric that people ask for first"),
        ("sort" = Option<String>, Query, description = "`rank`, `model`, `parameters`, `size`, \
            `license` or `memory`; with `-` before it, backwards"),
        ("against" = Option<String>, Query,
            description = "what quality is drawn against: `parameters`, `size` or `speed`"),
        ("limit" = Option<usize>, Query, description = "100 by default, 1,000 at most")),
    responses((status = 200, body = LeaderboardView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn leaderboard(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<LeaderboardView>> {
    let query = leaderboard_query(raw.as_deref().unwrap_or_default())?;
    leaderboard_view(&app, &query).await.map(Json).map_err(ApiError)
}

/// Reads which leaderboard a query string asks for; unknown parameters say nothing.
///
/// # Errors
/// Where the limit is no number.
pub fn leaderboard_query(raw: &str) -> Result<LeaderboardQuery, Fault> {
    let limit = first(raw, "limit").map(|text| {
        text.parse::<usize>().map_err(|error| {
            Fault::new(Kind::Invalid, format!("`limit={text}` is not a number")).because(error)
        })
    });
    Ok(LeaderboardQuery {
        task: first(raw, "task"),
        data: first(raw, "data"),
        metric: first(raw, "metric"),
        sort: first(raw, "sort"),
        against: first(raw, "against"),
        limit: limit.transpose()?,
    })
}

/// Ranks the models.
///
/// # Errors
/// Where nothing was measured for what is asked for, or a store cannot be read.
pub async fn leaderboard_view(
    app: &App,
    query: &LeaderboardQuery,
) -> Result<LeaderboardView, Fault> {
    let results = app.results.current(&app.catalog, &app.jobs).await?;
    views::leaderboard(&results, app.machine, query)
}
