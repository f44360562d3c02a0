//! Records as rows. Every change raises the catalog's revision in the same transaction.

mod changes;
mod collections;
mod evaluations;
mod lineage;
mod listed;
mod marks;
mod models;
mod sync;
mod versions;

use std::sync::Arc;

use db::{Db, Tx};
use domain::Clock;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

pub use changes::{Changes, Known};
pub use collections::DeletedCollection;
pub use marks::{SavedSearch, SearchName};
pub use sync::SyncState;
pub use versions::NewVersion;

/// The records; clones share their database.
#[derive(Clone)]
pub struct Catalog {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Catalog {
    /// Keeps the records in `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Returns a number that rises with every change.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revision(&self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = 'catalog'";
        let row = self.db.row(sql, &[]).await?;
        Ok(row.map(|row| row.int("value")).transpose()?.unwrap_or(0))
    }
}

/// Raises a counter and returns its value.
async fn count(tx: &mut Tx, name: &str) -> Result<i64> {
    let row = tx
        .row(
            "INSERT INTO counter (name, value) VALUES ($1, 1) \
             ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
            &[name.into()],
        )
        .await?;
    Ok(row.map_or(Ok(1), |row| row.int("value"))?)
}

/// Takes back the last [`count`] of this transaction, of which nobody knows: whoever counts next
/// waits for its end.
async fn uncount(tx: &mut Tx, name: &str) -> Result<()> {
    let sql = "UPDATE counter SET value = value - 1 WHERE name = $1";
    tx.execute(sql, &[name.into()]).await?;
    Ok(())
}

/// Refuses what made a table too long; the transaction is not committed then.
async fn within(tx: &mut Tx, table: &str, what: &'static str, most: i64) -> Result<()> {
    let row = tx.row(&format!("SELECT COUNT(*) AS rows_now FROM {table}"), &[]).await?;
    let rows = row.map_or(Ok(0), |row| row.int("rows_now"))?;
    if rows > most { Err(Error::Full { what, most }) } else { Ok(()) }
}

fn to_json(what: &str, record: &impl Serialize) -> Result<String> {
    serde_json::to_string(record).map_err(|error| stored(what, &error))
}

fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| stored(what, &error))
}

fn stored(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Stored { what: what.to_owned(), why: error.to_string() }
}
