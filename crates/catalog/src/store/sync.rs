//! Listings of a source, with how far it was read.

use db::{Row, Tx};

use super::{Catalog, models, stored};
use crate::{ModelRecord, Result};

use domain::{CollectionName, Millis, NameError};

/// How far a source of listings was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// The source with its filter, such as `hub https://hub.example library=transformers`.
    pub source: String,
    /// Where its models are listed.
    pub collection: CollectionName,
    /// Where the next page begins; absent when the last pass came to its end.
    pub cursor: Option<String>,
    /// When the newest of its models changed, as of the last whole pass.
    pub high_water_ms: Option<Millis>,
    /// How many models it listed.
    pub listed: u64,
    /// When it was last read; the store sets it.
    pub updated_ms: Millis,
}

impl Catalog {
    /// Adds a page of listings and notes how far its source was read, both or nothing; returns
    /// how many models changed.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn put_listings(&self, records: &[ModelRecord], state: &SyncState) -> Result<u64> {
        let now = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        let changed = models::put_all(&mut tx, records, now).await?;
        put_state(&mut tx, state, now).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Returns how far a source was read.
    pub async fn sync_state(&self, source: &str) -> Result<Option<SyncState>> {
        let sql = "SELECT * FROM sync WHERE source = $1";
        self.db.row(sql, &[source.into()]).await?.as_ref().map(read).transpose()
    }

    /// Returns how far every source was read, sorted by source.
    pub async fn sync_states(&self) -> Result<Vec<SyncState>> {
        self.db.rows("SELECT * FROM sync ORDER BY source", &[]).await?.iter().map(read).collect()
    }

    /// Returns how many models came into a collection since a moment, and how many others changed.
    pub async fn changed_since(
        &self,
        collection: &CollectionName,
        since_ms: Millis,
    ) -> Result<(u64, u64)> {
        let sql = "SELECT COUNT(*) AS written, \
                   COALESCE(SUM(CASE WHEN created_ms >= $2 THEN 1 ELSE 0 END), 0) AS added \
                   FROM model WHERE collection = $1 AND updated_ms >= $2";
        let row = self.db.row(sql, &[collection.as_str().into(), since_ms.into()]).await?;
        let Some(row) = row else { return Ok((0, 0)) };
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let (written, added) = (count(row.int("written")?), count(row.int("added")?));
        Ok((added, written - added))
    }
}

pub(super) async fn put_state(tx: &mut Tx, state: &SyncState, now: Millis) -> Result<()> {
    let values = [
        state.source.as_str().into(),
        state.collection.as_str().into(),
        state.cursor.clone().into(),
        state.high_water_ms.into(),
        i64::try_from(state.listed).unwrap_or(i64::MAX).into(),
        now.into(),
    ];
    let sql = "INSERT INTO sync (source, collection, cursor, high_water_ms, listed, updated_ms) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source) DO UPDATE SET \
               collection = excluded.collection, cursor = excluded.cursor, \
               high_water_ms = excluded.high_water_ms, listed = excluded.listed, \
               updated_ms = excluded.updated_ms";
    tx.execute(sql, &values).await?;
    Ok(())
}

fn read(row: &Row) -> Result<SyncState> {
    let source = row.text("source")?;
    let wrong = |error: NameError| stored(&source, &error);
    Ok(SyncState {
        collection: row.text("collection")?.parse().map_err(wrong)?,
        cursor: row.opt_text("cursor")?,
        high_water_ms: row.opt_int("high_water_ms")?,
        listed: u64::try_from(row.int("listed")?).unwrap_or(0),
        updated_ms: row.int("updated_ms")?,
        source,
    })
}
