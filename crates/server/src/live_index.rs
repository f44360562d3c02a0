//! The search index, rebuilt when the catalog changes.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use catalog::Catalog;
use discover::{Index, Listed};
use domain::Fault;
use tokio_util::sync::CancellationToken;

/// A changed model is visible within a second: looked for five times in it.
const PERIOD: Duration = Duration::from_millis(200);

/// The index of this moment, shared by all searches.
#[derive(Clone)]
pub struct LiveIndex {
    catalog: Catalog,
    current: Arc<RwLock<Current>>,
}

struct Current {
    revision: i64,
    index: Arc<Index>,
}

impl LiveIndex {
    /// Builds the index of the catalog.
    ///
    /// # Errors
    /// Where the catalog cannot be read.
    pub async fn open(catalog: Catalog) -> Result<Self, Fault> {
        let current = Arc::new(RwLock::new(build(&catalog).await?));
        Ok(Self { catalog, current })
    }

    /// Returns the index of this moment.
    pub fn current(&self) -> Arc<Index> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).index)
    }

    /// Rebuilds the index if the catalog changed; a failure keeps the old one and is logged.
    pub async fn refresh(&self) {
        if let Err(fault) = self.try_refresh().await {
            tracing::error!(error = %fault.chain(), "cannot refresh the search index");
        }
    }

    async fn try_refresh(&self) -> Result<(), Fault> {
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).revision;
        if self.catalog.revision().await? != known {
            let fresh = build(&self.catalog).await?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(())
    }

    /// Looks for changes until the server stops.
    pub fn keep_fresh(&self, stopping: CancellationToken) {
        let index = self.clone();
        tokio::spawn(async move {
            while stopping.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_some() {
                index.refresh().await;
            }
        });
    }

    /// Returns up to three models whose reference is spelled like `text`.
    pub fn near_misses(&self, text: &str) -> Vec<String> {
        self.current().near_misses(text, 3)
    }
}

/// Reads the revision first, so that a change while reading is noticed next time.
async fn build(catalog: &Catalog) -> Result<Current, Fault> {
    let revision = catalog.revision().await?;
    let mut records = catalog::curated::records().to_vec();
    records.extend(catalog.all_models().await?);
    let versions = catalog.latest_versions().await?;
    let mut versions: std::collections::BTreeMap<_, _> = versions.into_iter().collect();
    let listed = records.into_iter().map(|record| Listed {
        version: versions.remove(&record.model().to_string()),
        options: Vec::new(),
        record,
    });
    let listed: Vec<_> = listed.collect();
    let index = tokio::task::spawn_blocking(move || Index::build(listed, 0))
        .await
        .map_err(|error| Fault::wrap(domain::Kind::Internal, error))?;
    Ok(Current { revision, index: Arc::new(index) })
}
