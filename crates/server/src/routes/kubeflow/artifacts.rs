//! What there is of a model: files and measurements.

use api::kubeflow::{Artifact, Page, Property};
use domain::{Fault, ModelRef};

use super::describe::{files, files_of_hub, measured, value};
use super::filter::{Value, meets, parse};
use super::paging::{Paging, wrong};
use crate::app::App;

/// Lists the artifacts of a model.
///
/// # Errors
/// Where there is no such model or a parameter cannot be read.
pub async fn list(
    app: &App,
    model: &ModelRef,
    raw: &str,
    base: &str,
) -> Result<Page<Artifact>, Fault> {
    let paging = Paging::read(raw)?;
    let filter = parse(paging.text("filterQuery").unwrap_or_default())?;
    let kinds = kinds(&paging)?;
    let record = app.record(model).await?;
    let versions = app.catalog.versions(model).await?;
    let mut all: Vec<_> = versions.iter().filter_map(|one| files(&record, one, base)).collect();
    all.extend(files_of_hub(&record));
    all.extend(app.catalog.evaluations(model).await?.iter().map(measured));
    all.retain(|one| kinds.is_empty() || kinds.contains(&kind(one)));
    all.retain(|one| meets(&filter, &|field| values(one, field)));
    sort(&mut all, paging.text("orderBy").unwrap_or("ID"))?;
    paging.cut(all)
}

fn kinds(paging: &Paging) -> Result<Vec<&str>, Fault> {
    // The second spelling is what older clients send.
    let mut kinds = paging.values("artifactType");
    kinds.extend(paging.values("artifact_type"));
    match kinds.iter().find(|kind| !["model-artifact", "metrics-artifact"].contains(kind)) {
        Some(other) => Err(wrong("artifactType", other, "`model-artifact` or `metrics-artifact`")),
        None => Ok(kinds),
    }
}

fn kind(artifact: &Artifact) -> &'static str {
    match artifact {
        Artifact::Files { .. } => "model-artifact",
        Artifact::Metrics { .. } => "metrics-artifact",
    }
}

/// Returns what an artifact has in a property that a filter or an order names.
fn values(artifact: &Artifact, field: &str) -> Vec<Value> {
    let text = |text: &str| vec![Value::Text(text.to_owned())];
    let (Artifact::Files { id, name, custom_properties, .. }
    | Artifact::Metrics { id, name, custom_properties, .. }) = artifact;
    match (field, artifact) {
        ("id", _) => text(id),
        ("name", _) => text(name),
        ("artifactType", one) => text(kind(one)),
        ("uri", Artifact::Files { uri, .. }) => text(uri),
        ("metricsType", Artifact::Metrics { metrics_type, .. }) => text(metrics_type),
        ("createTimeSinceEpoch" | "lastUpdateTimeSinceEpoch", one) => text(made(one)),
        _ => property(custom_properties.get(field)).into_iter().collect(),
    }
}

fn property(property: Option<&Property>) -> Option<Value> {
    property.cloned().map(value)
}

fn made(artifact: &Artifact) -> &str {
    let (Artifact::Files { create_time_since_epoch: made, .. }
    | Artifact::Metrics { create_time_since_epoch: made, .. }) = artifact;
    made
}

/// Sorts upwards; what has no such property comes last, by its id.
fn sort(all: &mut [Artifact], order: &str) -> Result<(), Fault> {
    let typed = ["string_value", "double_value", "int_value", "bool_value"];
    let field = match order {
        "ID" => "id",
        "NAME" => "name",
        "CREATE_TIME" | "LAST_UPDATE_TIME" => "createTimeSinceEpoch",
        other => match other.rsplit_once('.') {
            Some((name, kind)) if !name.is_empty() && typed.contains(&kind) => name,
            Some(_) => {
                return Err(wrong("orderBy", other, "`NAME`, `ID` or `property.double_value`"));
            }
            None => "id",
        },
    };
    all.sort_by(|a, b| {
        let (first, second) = (key(a, field), key(b, field));
        first
            .0
            .cmp(&second.0)
            .then_with(|| first.1.total_cmp(&second.1))
            .then(first.2.cmp(&second.2))
    });
    Ok(())
}

/// Absent ones last, numbers by their size, texts by their letters.
fn key(artifact: &Artifact, field: &str) -> (bool, f64, String) {
    let id = || match artifact {
        Artifact::Files { id, .. } | Artifact::Metrics { id, .. } => id.clone(),
    };
    match values(artifact, field).into_iter().next() {
        None => (true, 0.0, id()),
        Some(Value::Number(number)) => (false, number, id()),
        Some(Value::Flag(flag)) => (false, f64::from(u8::from(flag)), id()),
        Some(Value::Text(text)) => (false, 0.0, text),
    }
}
