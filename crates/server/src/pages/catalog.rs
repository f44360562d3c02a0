//! The catalog, and importing what is in no collection.

use std::collections::BTreeMap;

use api::{ImportRequest, Marks, SavedSearch, SearchQuery};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Fault, Kind};
use ui::{CatalogFacts, FilterFacts};

use super::answer::{PageResult, page, see_other, shell};
use super::form::Form;
use crate::app::App;
use crate::error::{body, status};
use crate::{routes, views};

/// Answers `GET /`, with the query parameters of the API's search.
///
/// A query that makes no sense is shown with what is wrong with it, above everything there is.
pub async fn catalog(State(app): State<App>, RawQuery(raw): RawQuery) -> PageResult {
    let query = routes::parse_search(raw.as_deref().unwrap_or_default())?;
    // What was typed as a filter is shown as one, and a collection that is a query as its filters.
    let query = views::expanded(&app, &query).await.unwrap_or(query);
    let (found, refused) = match routes::search(&app, query.clone()).await {
        Ok(found) => (found, None),
        Err(fault) if fault.kind() == Kind::Invalid => {
            (routes::search(&app, SearchQuery::default()).await?, Some(fault))
        }
        Err(fault) => return Err(fault.into()),
    };
    let (marks, favorites) = kept(&app, &query).await?;
    let error = refused.as_ref().map(body);
    let facts = CatalogFacts {
        query: &query,
        page: &found,
        marks: &marks,
        favorites: &favorites,
        saved: saved_as(&query, &marks),
        refused: error.as_ref(),
    };
    let status = refused.map_or(StatusCode::OK, |fault| status(fault.kind()));
    Ok(page(status, ui::catalog(&shell(&app), facts).into_string()))
}

/// Reads what is kept at hand: all of it on the first page, names only where models are listed.
async fn kept(app: &App, query: &SearchQuery) -> Result<(Marks, Vec<String>), Fault> {
    if *query == SearchQuery::default() {
        let marks = routes::marks_view(app).await?;
        let favorites = marks.favorites.iter().map(|one| one.model.clone()).collect();
        return Ok((marks, favorites));
    }
    let favorites = app.catalog.favorites().await?;
    let search =
        |one: catalog::SavedSearch| SavedSearch { name: one.name.to_string(), query: one.query };
    let searches = app.catalog.searches().await?.into_iter().map(search).collect();
    let marks = Marks { searches, ..Marks::default() };
    Ok((marks, favorites.iter().map(ToString::to_string).collect()))
}

/// Returns the name under which a search is saved, whatever its page.
fn saved_as<'a>(query: &SearchQuery, marks: &'a Marks) -> Option<&'a str> {
    let first = SearchQuery { offset: 0, cursor: None, limit: None, ..query.clone() };
    let asked = views::query_string(&first);
    let saved = marks.searches.iter().find(|search| search.query == asked)?;
    Some(&saved.name)
}

/// Answers `GET /filters/{facet}`: every value of a filter, for the search that the query says.
pub async fn filter(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let raw = raw.unwrap_or_default();
    let query = routes::parse_search(&raw)?;
    let mut pairs = url::form_urlencoded::parse(raw.as_bytes());
    let prefix = pairs.find(|(name, _)| name == "prefix").map(|(_, value)| value);
    let prefix = prefix.unwrap_or_default();
    let query = views::expanded(&app, &query).await?;
    let facet = routes::facet_values(&app, &name, &prefix, &query).await?;
    let facts = FilterFacts { query: &query, facet: &facet, prefix: &prefix };
    Ok(page(StatusCode::OK, ui::filter_page(&shell(&app), facts).into_string()))
}

/// Answers `GET /import`; parameters fill the form.
pub async fn import_form(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    let pairs = url::form_urlencoded::parse(raw.as_deref().unwrap_or_default().as_bytes());
    let values = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    render_import(&app, &values, None)
}

/// Answers `POST /import`.
pub async fn import(State(app): State<App>, request: Request) -> PageResult {
    let form = Form::read(&app, request).await?;
    let wanted = import_request(&form, form.text("source").unwrap_or_default());
    Ok(match routes::start_import(&app, wanted).await {
        Ok(job) => see_other(&format!("/jobs/{}", job.id)),
        Err(fault) => {
            let mut values = form.fields;
            values.remove("token");
            render_import(&app, &values, Some(&fault))
        }
    })
}

/// Reads a request to import from a form.
pub fn import_request(form: &Form, source: String) -> ImportRequest {
    ImportRequest {
        source,
        revision: form.text("revision"),
        name: form.text("name"),
        hub_url: form.text("hub_url"),
        quantize: form.text("quantize"),
        token: form.text("token"),
    }
}

fn render_import(app: &App, values: &BTreeMap<String, String>, fault: Option<&Fault>) -> Response {
    let error = fault.map(body);
    let status = fault.map_or(StatusCode::OK, |fault| status(fault.kind()));
    page(status, ui::import(&shell(app), values, error.as_ref()).into_string())
}
