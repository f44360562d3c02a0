//! Collections, asset folders and the server itself.

use std::path::Path as FilePath;

use api::{
    CatalogAddRequest, CatalogAdded, CollectionRemoved, CollectionRequest, CollectionView, Defect,
    ServerInfo,
};
use axum::Json;
use axum::extract::{Path, State};
use catalog::azure::Loaded;
use catalog::{CollectionKind, CollectionRecord};
use domain::{CollectionName, Fault, Kind};

use super::query::parse_search;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::views::{self, query_string};

/// A title stands on one line, a description on a few.
const TITLE_CHARS_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 2_000;

/// Lists collections, with what can be done with their models.
#[utoipa::path(get, path = "/api/v1/collections",
    responses((status = 200, body = Vec<CollectionView>)))]
pub async fn collections(State(app): State<App>) -> ApiResult<Json<Vec<CollectionView>>> {
    views::collections_view(&app).await.map(Json).map_err(ApiError)
}

/// Shows one collection.
#[utoipa::path(get, path = "/api/v1/collections/{name}",
    params(("name" = String, Path, description = "the collection")),
    responses((status = 200, body = CollectionView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn collection(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<Json<CollectionView>> {
    views::collection_view(&app, &name).await.map(Json).map_err(ApiError)
}

/// Defines a collection, or changes what it says; a folder of assets is read at once.
#[utoipa::path(put, path = "/api/v1/collections/{name}", request_body = CollectionRequest,
    params(("name" = String, Path, description = "the collection")),
    responses((status = 200, body = CollectionView), (status = 400, body = api::ErrorEnvelope)))]
pub async fn put_collection(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(request): Json<CollectionRequest>,
) -> ApiResult<Json<CollectionView>> {
    define_collection(&app, &name, request).await.map(Json).map_err(ApiError)
}

/// Deletes a collection with the models that it only lists; those whose files are here stay.
#[utoipa::path(delete, path = "/api/v1/collections/{name}",
    params(("name" = String, Path, description = "the collection")),
    responses((status = 200, body = CollectionRemoved),
        (status = 404, body = api::ErrorEnvelope)))]
pub async fn delete_collection(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<Json<CollectionRemoved>> {
    remove_collection(&app, &name).await.map(Json).map_err(ApiError)
}

/// Defines a collection.
///
/// # Errors
/// Where its name is taken, or its source is not what its kind wants.
pub async fn define_collection(
    app: &App,
    name: &str,
    request: CollectionRequest,
) -> Result<CollectionView, Fault> {
    let name = own_name(name)?;
    let kind: CollectionKind = request.kind.parse()?;
    check_words(&name, &request)?;
    check_kind(app, &name, kind).await?;
    let mut record = CollectionRecord {
        title: request.title.filter(|title| !title.trim().is_empty()).unwrap_or(name.to_string()),
        description: request.description.trim().to_owned(),
        kind,
        source: request.source.trim().to_owned(),
        created_ms: 0,
        synced_ms: None,
        name: name.clone(),
    };
    match kind {
        CollectionKind::Assets => {
            let loaded = load(&record.source, &name).await?;
            put_loaded(app, &loaded).await?;
            record.synced_ms = Some(app.clock.now_ms());
        }
        CollectionKind::Query => {
            let asked = parse_search(record.source.trim_start_matches('?'))?;
            views::expanded_of(app, &name, &asked).await?;
            let whole = api::SearchQuery { offset: 0, cursor: None, limit: None, ..asked };
            record.source = query_string(&whole);
        }
        CollectionKind::Hub | CollectionKind::Modeldex | CollectionKind::Provider => {
            record.source = address(&record.source)?;
        }
        CollectionKind::Curated | CollectionKind::Workspace => {
            let message = format!("a collection of the kind `{}` is built in", kind.as_str());
            return Err(Fault::new(Kind::Invalid, message).hint(KINDS));
        }
    }
    app.catalog.put_collection(&record).await?;
    views::collection_view(app, name.as_str()).await
}

/// Deletes a collection.
///
/// # Errors
/// Where there is none of this name, or it is built in and holds more than listings.
pub async fn remove_collection(app: &App, name: &str) -> Result<CollectionRemoved, Fault> {
    let name = parse_name(name)?;
    if [CollectionName::curated(), CollectionName::workspace()].contains(&name) {
        let message = format!("`{name}` is built in and cannot be removed");
        return Err(Fault::new(Kind::Invalid, message));
    }
    let built_in = CollectionRecord::is_built_in(&name);
    let deleted = app.catalog.delete_collection(&name).await?;
    if !deleted.was_defined && deleted.models == 0 && deleted.kept == 0 && !built_in {
        let fault = Fault::new(Kind::NotFound, format!("there is no collection `{name}`"));
        return Err(fault.hint("`modeldex collections list` shows what there is"));
    }
    app.index.refresh().await;
    Ok(CollectionRemoved {
        name: name.to_string(),
        models: deleted.models,
        kept: deleted.kept,
        listed: built_in || deleted.kept > 0,
    })
}

/// What a person can choose.
const KINDS: &str = "choose `assets`, `hub`, `modeldex`, `provider` or `query`";

fn parse_name(name: &str) -> Result<CollectionName, Fault> {
    name.parse().map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))
}

/// Reads the name of a collection that is not built in.
fn own_name(name: &str) -> Result<CollectionName, Fault> {
    let name = parse_name(name)?;
    if CollectionRecord::is_built_in(&name) {
        let message = format!("`{name}` is built in and cannot be defined anew");
        return Err(Fault::new(Kind::Invalid, message).hint("choose another name"));
    }
    Ok(name)
}

fn check_words(name: &CollectionName, request: &CollectionRequest) -> Result<(), Fault> {
    let too_long = |what: &str, most: usize| {
        let message = format!("the {what} of `{name}` is longer than {most} characters");
        Err(Fault::new(Kind::Invalid, message))
    };
    if request.title.as_ref().is_some_and(|title| title.chars().count() > TITLE_CHARS_MAX) {
        return too_long("title", TITLE_CHARS_MAX);
    }
    if request.description.chars().count() > DESCRIPTION_CHARS_MAX {
        return too_long("description", DESCRIPTION_CHARS_MAX);
    }
    if request.source.trim().is_empty() {
        return Err(Fault::new(Kind::Invalid, format!("`{name}` has no source"))
            .hint("name a folder, an address or a query, as its kind wants"));
    }
    Ok(())
}

/// Refuses to make something else of a collection, or a query of a name that has models.
async fn check_kind(app: &App, name: &CollectionName, kind: CollectionKind) -> Result<(), Fault> {
    let remove = format!("remove it first: modeldex collections remove {name}");
    if let Some(known) = app.catalog.get_collection(name).await? {
        if known.kind == kind {
            return Ok(());
        }
        let message = format!("`{name}` is of the kind `{}` already", known.kind.as_str());
        return Err(Fault::new(Kind::Conflict, message).hint(remove));
    }
    let lists = app.index.current().collections().iter().any(|(one, _)| one == name.as_str());
    if lists && kind == CollectionKind::Query {
        let message = format!("`{name}` lists models of its own and cannot be a query");
        return Err(Fault::new(Kind::Conflict, message).hint(remove));
    }
    Ok(())
}

/// Reads an address without a password: everybody sees it.
fn address(text: &str) -> Result<String, Fault> {
    let wrong = |why: &str| {
        Fault::new(Kind::Invalid, format!("`{text}` is not the address of a source: {why}"))
    };
    let url = url::Url::parse(text)
        .map_err(|error| wrong("it is not a URL").because(error).hint("write https://…"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let fault = Fault::new(Kind::Invalid, "the address of a source must hold no password");
        return Err(fault.hint("give the token when you sync"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Adds the asset folders in a folder of the server's machine.
#[utoipa::path(post, path = "/api/v1/catalog/assets", request_body = CatalogAddRequest,
    responses((status = 200, body = CatalogAdded), (status = 400, body = api::ErrorEnvelope)))]
pub async fn add_assets(
    State(app): State<App>,
    Json(request): Json<CatalogAddRequest>,
) -> ApiResult<Json<CatalogAdded>> {
    add(&app, request).await.map(Json).map_err(ApiError)
}

async fn add(app: &App, request: CatalogAddRequest) -> Result<CatalogAdded, Fault> {
    let collection = parse_name(request.collection.as_deref().unwrap_or("assets"))?;
    if CollectionRecord::is_built_in(&collection) {
        let message = format!("`{collection}` is built in and takes no asset folders");
        return Err(Fault::new(Kind::Invalid, message).hint("choose another `--collection`"));
    }
    check_kind(app, &collection, CollectionKind::Assets).await?;
    let loaded = load(&request.folder, &collection).await?;
    put_loaded(app, &loaded).await?;
    let known = app.catalog.get_collection(&collection).await?;
    let record = known.unwrap_or_else(|| CollectionRecord {
        title: collection.to_string(),
        name: collection.clone(),
        description: String::new(),
        kind: CollectionKind::Assets,
        source: request.folder.clone(),
        created_ms: 0,
        synced_ms: None,
    });
    let synced_ms = Some(app.clock.now_ms());
    app.catalog.put_collection(&CollectionRecord { synced_ms, ..record }).await?;
    let defect = |one: &catalog::azure::Defect| Defect {
        file: one.file.clone(),
        field: one.field.clone(),
        message: one.message.clone(),
        severity: one.severity.as_str().to_owned(),
    };
    Ok(CatalogAdded {
        added: loaded.models.len(),
        skipped: loaded.skipped,
        collection: collection.to_string(),
        defects: loaded.defects.iter().map(defect).collect(),
    })
}

/// Reads a folder of assets on a thread that may wait for a disk.
async fn load(folder: &str, collection: &CollectionName) -> Result<Loaded, Fault> {
    let (folder, collection) = (folder.to_owned(), collection.clone());
    let load = move || catalog::azure::load_folder(FilePath::new(&folder), &collection);
    let loaded = tokio::task::spawn_blocking(load).await;
    Ok(loaded.map_err(|error| Fault::wrap(Kind::Internal, error))??)
}

async fn put_loaded(app: &App, loaded: &Loaded) -> Result<(), Fault> {
    let records: Vec<_> = loaded.models.iter().map(|model| model.record.clone()).collect();
    app.catalog.put_models(&records).await?;
    app.index.refresh().await;
    Ok(())
}

/// Says which server answers.
#[utoipa::path(get, path = "/api/v1/info", responses((status = 200, body = ServerInfo)))]
pub async fn info(State(app): State<App>) -> Json<ServerInfo> {
    Json(ServerInfo {
        name: "modeldex".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        offline: app.config.offline,
    })
}
