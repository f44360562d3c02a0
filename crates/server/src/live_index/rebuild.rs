//! Makes the index of the whole catalog, page by page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use catalog::{Catalog, Known};
use discover::{Index, IndexBuilder, Machine, Stamp};
use domain::{CollectionName, Fault, Kind, ModelName};
use tokio::sync::mpsc;

use super::entry::{curated, document};
use super::{Current, Place};

/// Models of a page: a few megabytes.
const PAGE: usize = 2_000;

/// Pages that wait to be taken: the database and the index work side by side.
const PAGES_WAITING: usize = 4;

/// Opens the snapshot, where there is one that this program wrote for this machine.
pub(super) fn open(place: &Place) -> Option<Current> {
    match Index::open(&place.dir, place.machine, &version(place.machine)) {
        Ok(opened) => opened.map(|(index, revision)| Current { revision, index: Arc::new(index) }),
        Err(error) => {
            let error = Fault::from(error);
            tracing::warn!(error = %error.chain(), "the search index is made anew");
            None
        }
    }
}

/// Makes the index of the catalog and leaves its snapshot.
///
/// # Errors
/// Where the catalog cannot be read or the folder cannot be written.
pub(super) async fn make(catalog: &Catalog, place: &Place) -> Result<Current, Fault> {
    // What changes while it is read is among the changes since this revision.
    let revision = catalog.revision().await?;
    let (sender, pages) = mpsc::channel(PAGES_WAITING);
    let place = place.clone();
    let builder = tokio::task::spawn_blocking(move || build(pages, &place, revision));
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

/// Builds an index of the pages and leaves its snapshot.
fn build(
    mut pages: mpsc::Receiver<Vec<Known>>,
    place: &Place,
    revision: i64,
) -> discover::Result<Index> {
    let mut builder = IndexBuilder::create(Some(&place.dir), place.machine)?;
    let mut known = HashSet::new();
    while let Some(page) = pages.blocking_recv() {
        let is_curated = |one: &&Known| one.record.collection == CollectionName::curated();
        known.extend(page.iter().filter(is_curated).map(|one| one.record.name.clone()));
        page.iter().try_for_each(|one| builder.add(document(one)))?;
    }
    let rest = catalog::curated::records().iter().filter(|one| !known.contains(&one.name));
    rest.into_iter().try_for_each(|record| builder.add(curated(record)))?;
    builder.finish(&Stamp { version: version(place.machine), revision })
}

/// Names what an index depends on beside the catalog: this program, its own collection, and the
/// machine.
fn version(machine: Machine) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{:?}", catalog::curated::records()).hash(&mut hasher);
    format!("{} {machine:?} {:x}", env!("CARGO_PKG_VERSION"), hasher.finish())
}
