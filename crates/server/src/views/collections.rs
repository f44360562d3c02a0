//! Collections as clients see them: what they say of themselves, and what their models allow.

use api::{CollectionAttribute, CollectionCapability, CollectionView};
use catalog::{CollectionKind, CollectionRecord, SyncState};
use discover::collections::{self, SAMPLE, Sampled};
use discover::sync::named_source;
use discover::{FacetName, Query};
use domain::{CollectionName, Fault, Kind, ModelRef};

use super::card::usable;
use super::scope::expanded_of;
use super::search::read_query;
use crate::app::{App, read_facts};
use crate::routes::parse_search;

/// Shows every collection: those that are built in, those that are defined, and those that only
/// have models.
///
/// # Errors
/// Where the catalog cannot be read.
pub async fn collections_view(app: &App) -> Result<Vec<CollectionView>, Fault> {
    let states = app.catalog.sync_states().await?;
    let mut views = Vec::new();
    for record in collection_records(app).await? {
        views.push(view(app, record, &states).await?);
    }
    Ok(views)
}

/// Shows one collection.
///
/// # Errors
/// Where there is none of this name, or the catalog cannot be read.
pub async fn collection_view(app: &App, name: &str) -> Result<CollectionView, Fault> {
    let all = collection_records(app).await?;
    let names: Vec<_> = all.iter().map(|record| format!("`{}`", record.name)).collect();
    let found = all.into_iter().find(|record| record.name.as_str() == name);
    let record = found.ok_or_else(|| {
        Fault::new(Kind::NotFound, format!("there is no collection `{name}`"))
            .hint(format!("there are {}", names.join(", ")))
    })?;
    view(app, record, &app.catalog.sync_states().await?).await
}

/// Returns every collection as it is defined.
///
/// # Errors
/// Where the catalog cannot be read.
pub async fn collection_records(app: &App) -> Result<Vec<CollectionRecord>, Fault> {
    let mut records = CollectionRecord::built_in();
    records.extend(app.catalog.collections().await?);
    for (name, _) in app.index.current().collections() {
        if !records.iter().any(|record| record.name.as_str() == name) {
            records.extend(name.parse().ok().map(only_models));
        }
    }
    Ok(records)
}

/// Describes a collection that is nowhere defined.
fn only_models(name: CollectionName) -> CollectionRecord {
    CollectionRecord {
        title: name.to_string(),
        name,
        description: String::new(),
        kind: CollectionKind::Assets,
        source: String::new(),
        created_ms: 0,
        synced_ms: None,
    }
}

async fn view(
    app: &App,
    record: CollectionRecord,
    states: &[SyncState],
) -> Result<CollectionView, Fault> {
    let of_collection = states.iter().filter(|state| state.collection == record.name);
    let last = of_collection.max_by_key(|state| state.updated_ms);
    let listed = last.and_then(|state| named_source(&state.source));
    let own = Some(record.source.clone()).filter(|source| !source.is_empty());
    let (models, capabilities) = models(app, &record).await?;
    let attribute = |one: collections::Attribute| CollectionAttribute {
        name: one.name.to_owned(),
        value: one.value.to_owned(),
    };
    Ok(CollectionView {
        name: record.name.to_string(),
        title: record.title,
        description: record.description,
        kind: record.kind.as_str().to_owned(),
        models,
        source: own.or(listed.map(|(_, address)| address)),
        synced_ms: record.synced_ms.max(last.map(|state| state.updated_ms)),
        capabilities,
        attributes: collections::attributes(record.kind).into_iter().map(attribute).collect(),
    })
}

/// Counts the models of a collection and what can be done with them. A saved query that this
/// version cannot read any more finds nothing.
async fn models(
    app: &App,
    record: &CollectionRecord,
) -> Result<(usize, Vec<CollectionCapability>), Fault> {
    let Ok(scope) = scope(app, record).await else { return Ok((0, Vec::new())) };
    let index = app.index.current();
    let first = Query { limit: SAMPLE, ..scope.clone() };
    let page = index.search(&first)?;
    let wanted: Vec<ModelRef> = page.models.iter().map(|hit| hit.listed.record.model()).collect();
    let known = app.catalog.known_models(&wanted).await?.into_iter();
    let sampled = known.map(|known| {
        let facts = known.version.as_ref().and_then(read_facts);
        let files = usable(known.version.as_ref(), facts.as_ref());
        Sampled { record: known.record, files }
    });
    let sample: Vec<_> = sampled.collect();
    let uses = collections::uses(&index, &scope, &sample)?;
    let capability = |one: collections::CollectionUse| CollectionCapability {
        capability: one.capability.as_str().to_owned(),
        models: one.models,
        reason: one.reason,
    };
    Ok((page.total, uses.into_iter().map(capability).collect()))
}

/// Returns the query that finds the models of a collection.
async fn scope(app: &App, record: &CollectionRecord) -> Result<Query, Fault> {
    if record.kind == CollectionKind::Query {
        let asked =
            read_query(&expanded_of(app, &record.name, &parse_search(&record.source)?).await?)?;
        return Ok(Query { offset: 0, cursor: None, ..asked });
    }
    let filters = [(FacetName::Collection, vec![record.name.to_string()])].into();
    Ok(Query { filters, ..Query::default() })
}
