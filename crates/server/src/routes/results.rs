//! Adding evaluation results that others published.

use std::collections::BTreeSet;

use api::{Defect, ResultsAddRequest, ResultsAdded};
use axum::Json;
use axum::extract::State;
use catalog::EvaluationRecord;
use catalog::published::{self, Published};
use data::DataFile;
use domain::{CollectionName, Fault, Kind};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// A publisher's name is shown beside each figure.
const PUBLISHER_MAX: usize = 80;

/// Adds a file of results; the same file again changes nothing.
#[utoipa::path(post, path = "/api/v1/catalog/results", request_body = ResultsAddRequest,
    responses((status = 200, body = ResultsAdded), (status = 400, body = api::ErrorEnvelope)))]
pub async fn add_results(
    State(app): State<App>,
    Json(request): Json<ResultsAddRequest>,
) -> ApiResult<Json<ResultsAdded>> {
    add(&app, request).await.map(Json).map_err(ApiError)
}

async fn add(app: &App, request: ResultsAddRequest) -> Result<ResultsAdded, Fault> {
    let publisher = publisher(&request)?;
    let collection: Option<CollectionName> = request
        .collection
        .map(|name| name.parse())
        .transpose()
        .map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))?;
    let (_, path) = app.file(&request.data.digest).await?;
    let file = DataFile { path, name: request.data.name };
    let mut names = app.catalog.names(collection.as_ref()).await?;
    let by = publisher.clone();
    let shown = file.name.clone();
    let read = tokio::task::spawn_blocking(move || published::read(&file, &by, &mut names))
        .await
        .map_err(|error| Fault::wrap(Kind::Internal, error))??;
    let changed = app.catalog.put_evaluations(&read.records).await?;
    Ok(report(publisher, &shown, &read, changed))
}

fn publisher(request: &ResultsAddRequest) -> Result<String, Fault> {
    let stem = request.data.name.rsplit_once('.').map_or(&*request.data.name, |(stem, _)| stem);
    let publisher = request.publisher.as_deref().unwrap_or(stem).trim();
    if publisher.is_empty() || publisher.len() > PUBLISHER_MAX {
        let message = format!("the publisher's name has to have 1 to {PUBLISHER_MAX} letters");
        return Err(Fault::new(Kind::Invalid, message).hint("say who it is with `--publisher`"));
    }
    Ok(publisher.to_owned())
}

fn report(publisher: String, file: &str, read: &Published, changed: u64) -> ResultsAdded {
    let models = |listed: bool| -> Vec<String> {
        let is_wanted = |one: &&EvaluationRecord| {
            (one.model.collection.as_str() != published::COLLECTION) == listed
        };
        let name = |one: &EvaluationRecord| match listed {
            true => one.model.unversioned(),
            false => one.model.name.to_string(),
        };
        let models: BTreeSet<_> = read.records.iter().filter(is_wanted).map(name).collect();
        models.into_iter().collect()
    };
    let defect = |one: &published::RowDefect| Defect {
        file: format!("{file}:{}", one.line),
        field: one.column.clone(),
        message: one.message.clone(),
        severity: "error".to_owned(),
    };
    let data: BTreeSet<_> = read.records.iter().map(|one| &one.data_name).collect();
    ResultsAdded {
        publisher,
        results: read.records.len(),
        changed,
        skipped: read.skipped,
        data: data.len(),
        matched: models(true),
        unmatched: models(false),
        defects: read.defects.iter().map(defect).collect(),
    }
}
