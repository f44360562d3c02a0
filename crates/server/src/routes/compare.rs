//! Models side by side.

use api::CompareView;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::{Fault, Kind};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

use super::discover::{model_card, parse_model};

/// Most models side by side: more do not fit a screen.
const COMPARED_MAX: usize = 6;

/// Puts two to six models side by side.
#[utoipa::path(get, path = "/api/v1/compare",
    params(("model" = Vec<String>, Query, description = "`collection/name[@version]`, repeated")),
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
pub async fn compare_view(app: &App, raw: &str) -> Result<CompareView, Fault> {
    let pairs = url::form_urlencoded::parse(raw.as_bytes());
    let names: Vec<_> = pairs.filter(|(name, _)| name == "model").map(|(_, value)| value).collect();
    if !(2..=COMPARED_MAX).contains(&names.len()) {
        let message = format!("{} models were named: compare two to six", names.len());
        return Err(Fault::new(Kind::Invalid, message));
    }
    let mut models = Vec::new();
    for name in names {
        models.push(model_card(app, &parse_model(&name)?).await?);
    }
    Ok(CompareView { models })
}
