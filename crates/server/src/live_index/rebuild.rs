//! Makes the index of the whole catalog, page by page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use catalog::{Catalog, Known};
use discover::{Document, Index, IndexBuilder, Machine, Stamp};
use domain::{CollectionName, Fault, Kind, ModelName};
use tokio::sync::mpsc;

use super::entry::{curated, document};
use super::{Current, SNAPSHOT_MIN};

/// Models of a page: a few megabytes.
const PAGE: usize = 2_000;

/// Pages that wait to be taken: the database and the index work side by side.
const PAGES_WAITING: usize = 4;

/// Opens the snapshot, where there is one that this program wrote for this machine.
pub(super) fn open(dir: &Path, machine: Machine) -> Option<Current> {
    match Index::open(dir, machine, &version(machine)) {
        Ok(opened) => opened.map(|(index, revision)| Current { revision, index: Arc::new(index) }),
        Err(error) => {
            let error = Fault::from(error);
            tracing::warn!(error = %error.chain(), "the search index is made anew");
            None
        }
    }
}

/// Makes the index of the catalog; leaves a snapshot where it is large.
///
/// # Errors
/// Where the catalog cannot be read or the folder cannot be written.
pub(super) async fn make(
    catalog: &Catalog,
    dir: &Path,
    machine: Machine,
) -> Result<Current, Fault> {
    // What changes while it is read is among the changes since this revision.
    let revision = catalog.revision().await?;
    let (sender, pages) = mpsc::channel(PAGES_WAITING);
    let dir = dir.to_owned();
    let builder = tokio::task::spawn_blocking(move || build(pages, &dir, machine, revision));
    let mut after: Option<(CollectionName, ModelName)> = None;
    loop {
        let page = catalog.scan(after.take(), PAGE).await?;
        let last = page.last().map(|known| (&known.record.collection, &known.record.name));
        after = last.map(|(collection, name)| (collection.clone(), name.clone()));
        if page.is_empty() || sender.send(page).await.is_err() {
            break;
        }
    }
    drop(sender);
    let index = builder.await.map_err(|error| Fault::wrap(Kind::Internal, error))??;
    Ok(Current { revision, index: Arc::new(index) })
}

/// Builds an index of the pages: in memory as long as they are few.
fn build(
    mut pages: mpsc::Receiver<Vec<Known>>,
    dir: &Path,
    machine: Machine,
    revision: i64,
) -> discover::Result<Index> {
    let mut first: Vec<Document> = Vec::new();
    let mut known = HashSet::new();
    let mut builder: Option<IndexBuilder> = None;
    while let Some(page) = pages.blocking_recv() {
        let is_curated = |one: &&Known| one.record.collection == CollectionName::curated();
        known.extend(page.iter().filter(is_curated).map(|one| one.record.name.clone()));
        match &mut builder {
            Some(builder) => {
                page.iter().try_for_each(|one| builder.add(&document(one)))?;
            }
            None => first.extend(page.iter().map(document)),
        }
        if builder.is_none() && first.len() >= SNAPSHOT_MIN {
            builder = Some(started(Some(dir), machine, &mut first)?);
        }
    }
    let mut builder = match builder {
        Some(builder) => builder,
        None => started(None, machine, &mut first)?,
    };
    let rest = catalog::curated::records().iter().filter(|one| !known.contains(&one.name));
    rest.into_iter().try_for_each(|record| builder.add(&curated(record)))?;
    builder.finish(&Stamp { version: version(machine), revision })
}

fn started(
    dir: Option<&Path>,
    machine: Machine,
    first: &mut Vec<Document>,
) -> discover::Result<IndexBuilder> {
    let mut builder = IndexBuilder::create(dir, machine)?;
    first.drain(..).try_for_each(|document| builder.add(&document))?;
    Ok(builder)
}

/// Names what an index depends on beside the catalog: this program, its own collection, and the
/// machine.
fn version(machine: Machine) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{:?}", catalog::curated::records()).hash(&mut hasher);
    format!("{} {machine:?} {:x}", env!("CARGO_PKG_VERSION"), hasher.finish())
}
