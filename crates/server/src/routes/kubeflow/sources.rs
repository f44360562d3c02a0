//! Collections as sources, and their kinds as labels.

use std::collections::BTreeMap;

use api::kubeflow::{Label, Page, Source};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use catalog::{CollectionKind, CollectionRecord};
use domain::{Fault, Kind};

use super::fault::RefusedResult;
use super::paging::{Paging, wrong};
use crate::app::App;
use crate::views::collection_records;

/// Lists collections.
pub async fn sources(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> RefusedResult<Json<Page<Source>>> {
    let paging = Paging::read(raw.as_deref().unwrap_or_default())?;
    let name = paging.text("name").unwrap_or_default().to_lowercase();
    let named = |source: &Source| {
        [&source.id, &source.name].iter().any(|text| text.to_lowercase().contains(&name))
    };
    let mut sources: Vec<_> = all(&app).await?.into_iter().filter(named).collect();
    if !wants_models(&paging)? {
        sources.clear();
    }
    match paging.text("orderBy").unwrap_or("NAME") {
        "NAME" => sources.sort_by(|a, b| a.name.cmp(&b.name)),
        // Collections have no times of their own here.
        "ID" | "CREATE_TIME" | "LAST_UPDATE_TIME" => sources.sort_by(|a, b| a.id.cmp(&b.id)),
        other => return Err(wrong("orderBy", other, "`NAME` or `ID`").into()),
    }
    Ok(Json(paging.cut(sources)?))
}

/// Shows one collection.
pub async fn source(State(app): State<App>, Path(id): Path<String>) -> RefusedResult<Json<Source>> {
    Ok(Json(find(&app, &id).await?))
}

/// Lists the kinds of collections.
pub async fn labels(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> RefusedResult<Json<Page<Label>>> {
    let paging = Paging::read(raw.as_deref().unwrap_or_default())?;
    let kinds = all(&app).await?.into_iter().flat_map(|source| source.labels);
    let kinds: BTreeMap<_, _> = kinds.map(|kind| (kind.clone(), kind)).collect();
    let label = |kind: String| Label { display_name: title(&kind), name: Some(kind) };
    let mut labels: Vec<_> = kinds.into_values().map(label).collect();
    if !wants_models(&paging)? {
        labels.clear();
    }
    if paging.text("orderBy") == Some("displayName") {
        labels.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    }
    Ok(Json(paging.cut(labels)?))
}

/// Returns every source; a saved query lists models of the others.
///
/// # Errors
/// Where the catalog cannot be read.
pub async fn all(app: &App) -> Result<Vec<Source>, Fault> {
    let source = |record: CollectionRecord| Source {
        id: record.name.to_string(),
        name: record.title,
        labels: vec![record.kind.as_str().to_owned()],
        enabled: true,
        status: "available".to_owned(),
        asset_type: "models".to_owned(),
    };
    let records = collection_records(app).await?.into_iter();
    let lists = |record: &CollectionRecord| record.kind != CollectionKind::Query;
    Ok(records.filter(lists).map(source).collect())
}

/// Finds a source.
///
/// # Errors
/// Where there is none of that id.
pub async fn find(app: &App, id: &str) -> Result<Source, Fault> {
    let found = all(app).await?.into_iter().find(|source| source.id == id);
    found.ok_or_else(|| {
        Fault::new(Kind::NotFound, format!("there is no source `{id}`"))
            .hint("`GET /api/model_catalog/v1alpha1/sources` lists them")
    })
}

fn title(kind: &str) -> String {
    match kind {
        "curated" => "Curated by Modeldex".to_owned(),
        "workspace" => "Your workspace".to_owned(),
        "assets" => "Your organization".to_owned(),
        "hub" => "Hugging Face hub".to_owned(),
        "provider" => "Hosted by providers".to_owned(),
        other => other.to_owned(),
    }
}

/// Other assets than models do not exist here.
fn wants_models(paging: &Paging) -> Result<bool, Fault> {
    match paging.text("assetType") {
        None | Some("models") => Ok(true),
        Some("mcp_servers") => Ok(false),
        Some(other) => Err(wrong("assetType", other, "`models` or `mcp_servers`")),
    }
}
