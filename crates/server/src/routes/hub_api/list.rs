//! `GET /api/models`: finding models.

use api::hub_api::HubModel;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use discover::{Index, Listed};
use domain::{Fault, Kind, ModelRef};

use super::describe::{base_model, expanded, listed_id, model, of_files};
use super::fault::HubResult;
use super::query::{Shown, Wanted, read};
use super::repo::Repo;
use crate::app::App;
use crate::routes::sift::sift;

/// A page of models and the cursor of the next.
struct Found {
    models: Vec<Listed>,
    next: Option<String>,
    wanted: Wanted,
}

/// Lists models; a next page is named in `Link`.
pub async fn models(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> HubResult<Response> {
    let raw = raw.unwrap_or_default();
    let (index, asked) = (app.index.current(), raw.clone());
    let found = tokio::task::spawn_blocking(move || find(&index, &asked)).await;
    let found = found.map_err(|error| Fault::wrap(Kind::Internal, error))??;
    let mut shown = Vec::with_capacity(found.models.len());
    for listed in &found.models {
        if is_made_from(&app, listed, &found.wanted.bases).await? {
            let model = show(&app, listed, &found.wanted.shown).await?;
            shown.push(expanded(&model, &found.wanted.shown.expand)?);
        }
    }
    let mut response = Json(shown).into_response();
    if let Some(next) = found.next {
        let link = next_link(&uri, &headers, "/api/models", &raw, &next)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn find(index: &Index, raw: &str) -> Result<Found, Fault> {
    let wanted = read(index, raw)?;
    if wanted.conditions.is_empty() {
        let page = index.search(&wanted.query)?;
        let models = page.models.into_iter().map(|hit| hit.listed).collect();
        let next = page.next.filter(|_| wanted.query.limit > 0);
        return Ok(Found { models, next, wanted });
    }
    let page = sift(index, &wanted.query, &|listed| wanted.conditions.meets(listed))?;
    Ok(Found { models: page.models, next: page.next, wanted })
}

/// Tells whether a model was made from all of these; a page may lose models to it.
async fn is_made_from(app: &App, listed: &Listed, bases: &[String]) -> Result<bool, Fault> {
    if bases.is_empty() {
        return Ok(true);
    }
    let version = app.catalog.get_version(&listed.record.model()).await?;
    let Some(parent) = version.as_ref().and_then(|version| version.parent.clone()) else {
        return Ok(false);
    };
    let named = version.as_ref().and_then(base_model);
    let parent = ModelRef { version: None, ..parent };
    let record = app.catalog.get_model(&parent.collection, &parent.name).await?;
    let names = [named, record.and_then(|record| record.hub_id)];
    let is_base =
        |base: &String| names.iter().flatten().any(|name| name.eq_ignore_ascii_case(base));
    Ok(bases.iter().all(is_base))
}

async fn show(app: &App, listed: &Listed, shown: &Shown) -> HubResult<HubModel> {
    let id = listed_id(&listed.record);
    let of_its_files = ["sha", "siblings", "config", "safetensors", "tags", "cardData"];
    let wants_files = shown.full || shown.config || of_its_files.iter().any(|k| shown.wants(k));
    let mut model = match (&listed.version, wants_files) {
        (Some(_), true) => {
            let key = listed.record.model().to_string();
            let repo = Repo { id, ..Repo::find(app, &key, None).await? };
            of_files(&repo, &repo.manifest(app).await?, false)
        }
        _ => model(id, &listed.record, listed.version.is_some()),
    };
    if !shown.card && !shown.full && !shown.wants("cardData") {
        model.card_data = None;
    }
    if !shown.full && !shown.wants("siblings") {
        model.siblings = None;
    }
    Ok(model)
}

/// Writes where the next page is: whole, as clients follow it as it stands.
///
/// # Errors
/// Where the request does not say where it was sent to.
pub fn next_link(
    uri: &Uri,
    headers: &HeaderMap,
    path: &str,
    raw: &str,
    cursor: &str,
) -> Result<HeaderValue, Fault> {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let asked = url::form_urlencoded::parse(raw.as_bytes());
    pairs.extend_pairs(asked.filter(|(name, _)| name != "cursor"));
    pairs.append_pair("cursor", cursor);
    let link = format!("<{}{path}?{}>; rel=\"next\"", base_url(uri, headers), pairs.finish());
    HeaderValue::from_str(&link).map_err(|error| Fault::wrap(Kind::Internal, error))
}

/// Returns where the client sees this server.
pub fn base_url(uri: &Uri, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    let host = uri.authority().map(ToString::to_string).or(text("host").map(str::to_owned));
    let host = host.and_then(|host| host.parse::<axum::http::uri::Authority>().ok());
    host.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
}
