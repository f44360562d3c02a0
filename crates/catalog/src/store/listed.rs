//! What a source lists, noted while it is read, and what it does not list any more.

use db::{Tx, Value};
use domain::CollectionName;

use super::{Catalog, SyncState, count, models, sync, uncount};
use crate::{ModelRecord, Result};

/// Names noted by one statement; each is two values.
const ROWS: usize = 100;

impl Catalog {
    /// Tells whether a collection has a model.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn has_models(&self, collection: &CollectionName) -> Result<bool> {
        let sql = "SELECT name FROM model WHERE collection = $1 LIMIT 1";
        Ok(self.db.row(sql, &[collection.as_str().into()]).await?.is_some())
    }

    /// Adds a page as [`Catalog::put_listings`] does, and notes that the source lists its models.
    pub async fn note_listings(&self, records: &[ModelRecord], state: &SyncState) -> Result<u64> {
        let now = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        let changed = models::put_all(&mut tx, records, now).await?;
        note(&mut tx, &state.source, records).await?;
        sync::put_state(&mut tx, state, now).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Deletes the models of a collection that its source was not noted to list, forgets the
    /// notes, and notes how far the source was read, all of it or nothing; returns how many are
    /// gone. Models whose files are here stay.
    pub async fn delete_unlisted(&self, state: &SyncState) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let gone = delete_all(&mut tx, &state.collection, Some(&state.source)).await?;
        tx.execute(FORGET, &[state.source.as_str().into()]).await?;
        sync::put_state(&mut tx, state, self.clock.now_ms()).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Forgets what a source was noted to list.
    pub async fn forget_listed(&self, source: &str) -> Result<()> {
        self.db.execute(FORGET, &[source.into()]).await?;
        Ok(())
    }
}

const FORGET: &str = "DELETE FROM listed WHERE source = $1";

async fn note(tx: &mut Tx, source: &str, records: &[ModelRecord]) -> Result<()> {
    for chunk in records.chunks(ROWS) {
        let row = |at: usize| format!("(${}, ${})", at * 2 + 1, at * 2 + 2);
        let rows: Vec<_> = (0..chunk.len()).map(row).collect();
        let sql = format!(
            "INSERT INTO listed (source, name) VALUES {} ON CONFLICT DO NOTHING",
            rows.join(", ")
        );
        let of_row = |one: &ModelRecord| [Value::from(source), one.name.as_str().into()];
        tx.execute(&sql, &chunk.iter().flat_map(of_row).collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Deletes the models of a collection that are only listed, and not by `source` where one is
/// named; returns how many.
pub(super) async fn delete_all(
    tx: &mut Tx,
    collection: &CollectionName,
    source: Option<&str>,
) -> Result<u64> {
    let (mut deleted, mut after) = (0, String::new());
    loop {
        let of_chunk = delete_chunk(tx, collection, source, &mut after).await?;
        if of_chunk == 0 {
            return Ok(deleted);
        }
        deleted += of_chunk;
    }
}

/// Deletes the next of them behind the name `after`, under a revision of their own.
async fn delete_chunk(
    tx: &mut Tx,
    collection: &CollectionName,
    source: Option<&str>,
    after: &mut String,
) -> Result<u64> {
    let revision = count(tx, "catalog").await?;
    let of_revision: [Value; 2] = [collection.as_str().into(), revision.into()];
    let sql = format!(
        "INSERT INTO model_gone (collection, name, revision) \
         SELECT m.collection, m.name, CAST($2 AS BIGINT) FROM model m \
         WHERE m.collection = $1 AND m.name > $3 AND NOT EXISTS (SELECT 1 FROM version v \
         WHERE v.collection = m.collection AND v.name = m.name) AND NOT EXISTS \
         (SELECT 1 FROM listed l WHERE l.source = $4 AND l.name = m.name) ORDER BY m.name LIMIT {}",
        models::CHUNK
    );
    // No source has an empty name.
    let source = source.unwrap_or_default();
    let mut values = of_revision.to_vec();
    values.extend([after.as_str().into(), source.into()]);
    let deleted = tx.execute(&sql, &values).await?;
    if deleted == 0 {
        uncount(tx, "catalog").await?;
        return Ok(0);
    }
    let names = "FROM model_gone WHERE collection = $1 AND revision = $2";
    for table in ["evaluation", "favorite", "seen", "model"] {
        let sql =
            format!("DELETE FROM {table} WHERE collection = $1 AND name IN (SELECT name {names})");
        tx.execute(&sql, &of_revision).await?;
    }
    let last = tx.row(&format!("SELECT MAX(name) AS last {names}"), &of_revision).await?;
    *after = last.map(|row| row.text("last")).transpose()?.unwrap_or_default();
    Ok(deleted)
}
