//! A data directory whose catalog has every listing, filled as a sync fills it.

use std::path::Path;
use std::sync::Arc;

use catalog::{Catalog, ModelRecord};
use db::Db;
use domain::ManualClock;
use testkit::catalog::Listings;

/// Models in a transaction.
const BATCH: usize = 10_000;
/// When they came: any time will do.
const NOW_MS: i64 = 1_795_000_000_000;

/// Fills the directory.
///
/// # Errors
/// Where the database cannot be written.
pub fn fill(listings: &Listings, data_dir: &Path) -> Result<(), String> {
    // What an earlier run left may be of other records.
    let _ = std::fs::remove_dir_all(data_dir);
    std::fs::create_dir_all(data_dir).map_err(|error| format!("cannot make a folder: {error}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
    let url = format!("sqlite://{}", data_dir.join("modeldex.db").display());
    runtime.block_on(async {
        let db = Db::open(&url).await.map_err(|error| error.to_string())?;
        let catalog = Catalog::new(db, Arc::new(ManualClock::new(NOW_MS)));
        for start in (0..listings.len()).step_by(BATCH) {
            let numbers = start..listings.len().min(start + BATCH);
            let batch: Vec<ModelRecord> = numbers.map(|number| listings.get(number)).collect();
            catalog.put_models(&batch).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}
