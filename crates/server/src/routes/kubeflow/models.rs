//! Finding models, and one model of a source.

use api::kubeflow::{Model, Page};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use catalog::Known;
use discover::{FacetName, Index, Listed, Query, Sort};
use domain::{Fault, Kind, ModelRef};

use super::fault::RefusedResult;
use super::filter::{Filter, Operator, Value, meets, parse};
use super::paging::{Direction, Paging, skipping, wrong};
use super::{artifacts, describe, sources};
use crate::app::App;
use crate::live_index;
use crate::routes::sift::{sift, sift_from_end, words};

/// Finds models.
pub async fn models(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> RefusedResult<Json<Page<Model>>> {
    let paging = Paging::read(raw.as_deref().unwrap_or_default())?;
    let filter = parse(paging.text("filterQuery").unwrap_or_default())?;
    let Some(query) = query(&app, &paging, &filter).await? else {
        return Ok(Json(paging.page(Vec::new(), None)));
    };
    let (index, asked) = (app.index.current(), paging.clone());
    let find = move || find(&index, query, &asked, &filter);
    let found = tokio::task::spawn_blocking(find).await;
    Ok(Json(found.map_err(|error| Fault::wrap(Kind::Internal, error))??))
}

/// Shows a model of a source, or what there is of it: the rest of the path says which.
pub async fn of_source(
    State(app): State<App>,
    Path((source, path)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> RefusedResult<Response> {
    let source = sources::find(&app, &source).await?;
    let raw = raw.unwrap_or_default();
    let of = |name: &str| reference(&source.id, name);
    if let Some(name) = path.strip_suffix("/artifacts/performance") {
        app.record(&of(name)?).await?;
        // Nothing here measures how fast a model is on which machine.
        return Ok(Json(Paging::read(&raw)?.page::<()>(Vec::new(), None)).into_response());
    }
    if let Some(name) = path.strip_suffix("/artifacts") {
        let base = crate::routes::hub_api::base_url(&uri, &headers);
        return Ok(Json(artifacts::list(&app, &of(name)?, &raw, &base).await?).into_response());
    }
    let record = app.record(&of(&path)?).await?;
    let version = app.catalog.get_version(&record.model()).await?;
    let readme = Some(record.description.clone()).filter(|text| !text.is_empty());
    // What a list says of it: its newest version knows more than its record.
    let listed = live_index::listed(&Known { record, version });
    let model = describe::model(&listed.record, listed.version.as_deref());
    Ok(Json(Model { readme, ..model }).into_response())
}

fn reference(source: &str, name: &str) -> Result<ModelRef, Fault> {
    let nothing = |error: domain::NameError| {
        Fault::new(Kind::NotFound, format!("`{source}` has no model `{name}`")).because(error)
    };
    let collection = source.parse().map_err(nothing)?;
    Ok(ModelRef::latest(collection, name.parse().map_err(nothing)?))
}

fn find(
    index: &Index,
    query: Query,
    paging: &Paging,
    filter: &Filter,
) -> Result<Page<Model>, Fault> {
    let (sort, natural) = order(paging.text("orderBy").unwrap_or("NAME"))?;
    let query = Query { sort, limit: paging.size, ..query };
    let keep = |listed: &Listed| meets(filter, &|field| describe::values(listed, field));
    let show = |one: &Listed| describe::model(&one.record, one.version.as_deref());
    if paging.direction == natural {
        let query = Query { cursor: paging.cursor().map(str::to_owned), ..query };
        let page = sift(index, &query, &keep)?;
        return Ok(paging.page(page.models.iter().map(show).collect(), page.next));
    }
    let page = sift_from_end(index, &query, paging.skip()?, &keep)?;
    Ok(paging.page(page.models.iter().map(show).collect(), page.next.map(skipping)))
}

/// Returns an order of the index, and the direction that it has.
fn order(text: &str) -> Result<(Sort, Direction), Fault> {
    Ok(match text {
        // Numbers that stay with models have no order of their own, and no artifact has the
        // average that `ACCURACY` goes by.
        "NAME" | "ID" | "ACCURACY" => (Sort::Name, Direction::Upwards),
        "CREATE_TIME" => (Sort::Created, Direction::Downwards),
        "LAST_UPDATE_TIME" => (Sort::Updated, Direction::Downwards),
        "downloads.int_value" => (Sort::Downloads, Direction::Downwards),
        "likes.int_value" => (Sort::Likes, Direction::Downwards),
        "parameters.int_value" => (Sort::Size, Direction::Upwards),
        other => {
            let orders = "`NAME`, `ID`, `CREATE_TIME`, `LAST_UPDATE_TIME`, `downloads.int_value`, \
                          `likes.int_value`, `parameters.int_value`";
            return Err(wrong("orderBy", other, &format!("one of {orders}")));
        }
    })
}

/// Makes a query of what the index can answer; nothing where no source is left.
async fn query(app: &App, paging: &Paging, filter: &Filter) -> Result<Option<Query>, Fault> {
    let text = words(paging.text("q").unwrap_or_default());
    let mut query = Query { text, ..Query::default() };
    let (named, labels) = (paging.values("source"), paging.values("sourceLabel"));
    if !named.is_empty() || !labels.is_empty() {
        let wanted = |source: &api::kubeflow::Source| {
            let label = |label: &&str| source.labels.iter().any(|one| one == label);
            let unlabelled = source.labels.is_empty() && labels.contains(&"null");
            (named.is_empty() || named.contains(&source.id.as_str()))
                && (labels.is_empty() || labels.iter().any(label) || unlabelled)
        };
        let sources: Vec<_> = sources::all(app).await?.into_iter().filter(wanted).collect();
        if sources.is_empty() {
            return Ok(None);
        }
        let ids = sources.into_iter().map(|source| source.id).collect();
        query.filters.insert(FacetName::Collection, ids);
    }
    narrow(&mut query, filter);
    Ok(Some(query))
}

/// Lets the index look for what a model must equal; the filter is looked at again for each.
fn narrow(query: &mut Query, filter: &Filter) {
    match filter {
        Filter::All(parts) => parts.iter().for_each(|part| narrow(query, part)),
        Filter::Any(_) => {}
        Filter::Test(test) => {
            let facet = match test.field.as_str() {
                "license" => FacetName::License,
                "tasks" => FacetName::Task,
                "provider" => FacetName::Publisher,
                "libraryName" => FacetName::Library,
                "language" => FacetName::Language,
                "source_id" => FacetName::Collection,
                _ => return,
            };
            if !matches!(test.operator, Operator::Equal | Operator::In) {
                return;
            }
            let read = |value: &Value| match value {
                Value::Text(text) => facet.read(text).ok(),
                _ => None,
            };
            let values: Option<Vec<_>> = test.values.iter().map(read).collect();
            if let Some(values) = values {
                query.filters.entry(facet).or_insert(values);
            }
        }
    }
}
