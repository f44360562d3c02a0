//! Collections, asset folders and the server itself.

use std::path::Path;

use api::{CatalogAddRequest, CatalogAdded, CollectionView, Defect, ServerInfo};
use axum::Json;
use axum::extract::State;
use domain::{CollectionName, Fault, Kind};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Lists collections.
#[utoipa::path(get, path = "/api/v1/collections",
    responses((status = 200, body = Vec<CollectionView>)))]
pub async fn collections(State(app): State<App>) -> ApiResult<Json<Vec<CollectionView>>> {
    Ok(Json(collections_view(&app)))
}

/// Returns the collections with how many models each lists.
pub fn collections_view(app: &App) -> Vec<CollectionView> {
    let index = app.index.current();
    let view = |(name, models): (String, usize)| {
        let (title, kind) = match name.as_str() {
            "curated" => ("Curated by Modeldex".to_owned(), "curated"),
            "workspace" => ("Your workspace".to_owned(), "workspace"),
            _ => (name.clone(), "assets"),
        };
        CollectionView {
            name,
            title,
            description: String::new(),
            kind: kind.to_owned(),
            models,
            source: None,
            synced_ms: None,
            capabilities: Vec::new(),
            attributes: Vec::new(),
        }
    };
    index.collections().into_iter().map(view).collect()
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
    let collection: CollectionName = request
        .collection
        .unwrap_or_else(|| "assets".to_owned())
        .parse()
        .map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))?;
    if ["curated", "workspace", "hub", "provider"].contains(&collection.as_str()) {
        let message = format!("`{collection}` is built in and takes no asset folders");
        return Err(Fault::new(Kind::Invalid, message).hint("choose another `--collection`"));
    }
    let folder = request.folder.clone();
    let name = collection.clone();
    let loaded =
        tokio::task::spawn_blocking(move || catalog::azure::load_folder(Path::new(&folder), &name))
            .await
            .map_err(|error| Fault::wrap(Kind::Internal, error))??;
    let records: Vec<_> = loaded.models.iter().map(|model| model.record.clone()).collect();
    app.catalog.put_models(&records).await?;
    app.index.refresh().await;
    let defect = |one: &catalog::azure::Defect| Defect {
        file: one.file.clone(),
        field: one.field.clone(),
        message: one.message.clone(),
        severity: one.severity.as_str().to_owned(),
    };
    Ok(CatalogAdded {
        added: records.len(),
        skipped: loaded.skipped,
        collection: collection.to_string(),
        defects: loaded.defects.iter().map(defect).collect(),
    })
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
