//! The search index of this moment: what the catalog had when it was made, and every change since.

mod entry;
mod rebuild;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use catalog::Catalog;
use discover::{Index, Machine};
use domain::{Fault, Kind};
use tokio_util::sync::CancellationToken;

use entry::{document, gone};

pub use entry::listed;

/// A changed model is visible within a second: looked for five times in it.
const PERIOD: Duration = Duration::from_millis(200);

/// Changes that are read at once: an index of them is made in 100 ms.
const CHANGES_MAX: usize = 2_000;

/// The index is made anew when a tenth of it changed, or at least so many models: fewer are taken
/// again at the next start in a tenth of a second.
const CHANGED_MIN: usize = 2_000;

/// Where an index is kept, and for which machine.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder of the snapshot.
    pub dir: PathBuf,
    /// What models are to run on.
    pub machine: Machine,
}

/// The index of this moment, shared by all searches.
#[derive(Clone)]
pub struct LiveIndex {
    catalog: Catalog,
    place: Place,
    current: Arc<RwLock<Current>>,
    /// Held while changes are taken, so that none is taken twice.
    refreshing: Arc<tokio::sync::Mutex<()>>,
    /// Set while the index is made anew.
    rebuilding: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Current {
    revision: i64,
    index: Arc<Index>,
}

impl LiveIndex {
    /// Opens the snapshot, or makes an index of the catalog where there is none that fits.
    ///
    /// # Errors
    /// Where the catalog cannot be read.
    pub async fn open(catalog: Catalog, place: Place) -> Result<Self, Fault> {
        let current = match rebuild::open(&place) {
            Some(current) if current.revision <= catalog.revision().await? => current,
            _ => rebuild::make(&catalog, &place).await?,
        };
        let live = Self {
            catalog,
            place,
            current: Arc::new(RwLock::new(current)),
            refreshing: Arc::default(),
            rebuilding: Arc::default(),
        };
        live.try_refresh().await?;
        Ok(live)
    }

    /// Returns the index of this moment.
    pub fn current(&self) -> Arc<Index> {
        self.snapshot().index
    }

    /// Takes what changed in the catalog; a failure keeps the old index and is logged.
    pub async fn refresh(&self) {
        if let Err(fault) = self.try_refresh().await {
            tracing::error!(error = %fault.chain(), "cannot refresh the search index");
        }
    }

    async fn try_refresh(&self) -> Result<(), Fault> {
        let _one = self.refreshing.lock().await;
        loop {
            let Current { revision, index } = self.snapshot();
            let changes = self.catalog.changes_since(revision, CHANGES_MAX).await?;
            if changes.revision == revision {
                return Ok(());
            }
            self.set(taken(index, changes).await?);
        }
    }

    /// Looks for changes until the server stops, and makes the index anew when there were many.
    pub fn keep_fresh(&self, stopping: CancellationToken) {
        let live = self.clone();
        tokio::spawn(async move {
            while stopping.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_some() {
                live.refresh().await;
                let index = live.current();
                if index.changed() > CHANGED_MIN.max(index.len() / 10) {
                    live.rebuild_aside();
                }
            }
        });
    }

    /// Makes the index anew beside the one in use, if that is not being done.
    fn rebuild_aside(&self) {
        if self.rebuilding.swap(true, Ordering::AcqRel) {
            return;
        }
        let live = self.clone();
        tokio::spawn(async move {
            if let Err(fault) = live.rebuild().await {
                tracing::error!(error = %fault.chain(), "cannot make the search index anew");
            }
            live.rebuilding.store(false, Ordering::Release);
        });
    }

    /// Makes the index anew and takes what changed meanwhile.
    async fn rebuild(&self) -> Result<(), Fault> {
        let fresh = rebuild::make(&self.catalog, &self.place).await?;
        let one = self.refreshing.lock().await;
        self.set(fresh);
        drop(one);
        self.try_refresh().await
    }

    fn snapshot(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// Returns up to three models whose reference is spelled like `text`.
    pub fn near_misses(&self, text: &str) -> Vec<String> {
        self.current().near_misses(text, 3)
    }
}

/// Puts changes on top of an index.
async fn taken(index: Arc<Index>, changes: catalog::Changes) -> Result<Current, Fault> {
    let revision = changes.revision;
    let index = tokio::task::spawn_blocking(move || {
        let (gone, curated) = gone(&changes.gone);
        let changed = changes.models.iter().map(document).chain(curated).collect();
        index.with_changes(changed, &gone)
    });
    let index = index.await.map_err(|error| Fault::wrap(Kind::Internal, error))??;
    Ok(Current { revision, index: Arc::new(index) })
}
