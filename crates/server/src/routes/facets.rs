//! The values of one filter: more of them than a search tells, or those that have a word in them.

use api::{Facet, SearchQuery};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use discover::FacetName;
use domain::{Fault, Kind};

use super::query::parse_search;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::views;

/// More values than this are narrowed down by typing.
const VALUES_MAX: usize = 200;

/// Lists the values of a filter, with how many models each would show.
///
/// Takes the parameters of the search too: the values are those that it would count.
#[utoipa::path(get, path = "/api/v1/facets/{facet}",
    params(
        ("facet" = String, Path, description = "such as `publisher`"),
        ("prefix" = Option<String>, Query, description = "what is in the names of the values"),
    ),
    responses((status = 200, body = Facet), (status = 404, body = api::ErrorEnvelope)))]
pub async fn facet(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> ApiResult<Json<Facet>> {
    let raw = raw.unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(raw.as_bytes());
    let prefix = pairs.find(|(name, _)| name == "prefix").map(|(_, value)| value);
    let query = parse_search(&raw)?;
    let found = facet_values(&app, &name, &prefix.unwrap_or_default(), &query).await;
    found.map(Json).map_err(ApiError)
}

/// Returns the values of a filter that have `prefix` in their name, the most frequent first.
///
/// # Errors
/// Where there is no such filter, or the query names something unknown.
pub async fn facet_values(
    app: &App,
    name: &str,
    prefix: &str,
    query: &SearchQuery,
) -> Result<Facet, Fault> {
    let unknown = || {
        let names: Vec<_> = FacetName::ALL.iter().map(|facet| facet.as_str()).collect();
        Fault::new(Kind::NotFound, format!("there is no filter `{name}`"))
            .hint(format!("there are {}", names.join(", ")))
    };
    let wanted = FacetName::from_name(name).ok_or_else(unknown)?;
    let query = views::expanded(app, query).await?;
    let index = app.index.current();
    let values = index.values(&views::read_query(&query)?, wanted, prefix, VALUES_MAX)?;
    let facet = discover::Facet { name: wanted, values };
    let facet = views::facet(facet);
    Ok(facet)
}
