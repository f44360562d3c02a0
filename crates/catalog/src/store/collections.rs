//! Collections that an organization defines.

use db::Row;
use domain::{CollectionName, NameError};

use super::{Catalog, listed, stored, within};
use crate::{CollectionRecord, Result};

/// A list that a person can still read.
const COLLECTIONS_MAX: i64 = 200;

/// What became of the models of a deleted collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeletedCollection {
    /// Whether it was defined.
    pub was_defined: bool,
    /// Models that were only listed, and are gone.
    pub models: u64,
    /// Models that stay, because their files are here.
    pub kept: u64,
}

impl Catalog {
    /// Defines a collection or changes what it says; when it was defined stays as it was.
    ///
    /// # Errors
    /// Where there are too many, or the database fails; likewise below.
    pub async fn put_collection(&self, record: &CollectionRecord) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let values = [
            record.name.as_str().into(),
            record.title.as_str().into(),
            record.description.as_str().into(),
            record.kind.as_str().into(),
            record.source.as_str().into(),
            self.clock.now_ms().into(),
            record.synced_ms.into(),
        ];
        tx.execute(
            "INSERT INTO collection \
             (name, title, description, kind, source, created_ms, synced_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET \
             title = excluded.title, description = excluded.description, kind = excluded.kind, \
             source = excluded.source, synced_ms = excluded.synced_ms",
            &values,
        )
        .await?;
        within(&mut tx, "collection", "collections", COLLECTIONS_MAX).await?;
        Ok(tx.commit().await?)
    }

    /// Returns a collection that was defined.
    pub async fn get_collection(&self, name: &CollectionName) -> Result<Option<CollectionRecord>> {
        let sql = "SELECT * FROM collection WHERE name = $1";
        self.db.row(sql, &[name.as_str().into()]).await?.as_ref().map(read).transpose()
    }

    /// Returns the collections that were defined, in the order in which they were.
    pub async fn collections(&self) -> Result<Vec<CollectionRecord>> {
        let sql = "SELECT * FROM collection ORDER BY created_ms, name";
        self.db.rows(sql, &[]).await?.iter().map(read).collect()
    }

    /// Deletes a collection with the models that it only lists, and forgets how far its sources
    /// were read, all of it or nothing. Models whose files are here stay.
    pub async fn delete_collection(&self, name: &CollectionName) -> Result<DeletedCollection> {
        let named = [name.as_str().into()];
        let mut tx = self.db.begin().await?;
        let models = listed::delete_all(&mut tx, name, None).await?;
        let sources = "(SELECT source FROM sync WHERE collection = $1)";
        tx.execute(&format!("DELETE FROM listed WHERE source IN {sources}"), &named).await?;
        tx.execute("DELETE FROM sync WHERE collection = $1", &named).await?;
        let defined = tx.execute("DELETE FROM collection WHERE name = $1", &named).await?;
        let sql = "SELECT COUNT(*) AS kept FROM model WHERE collection = $1";
        let kept = tx.row(sql, &named).await?.map(|row| row.int("kept")).transpose()?;
        let kept = u64::try_from(kept.unwrap_or(0)).unwrap_or(0);
        tx.commit().await?;
        Ok(DeletedCollection { was_defined: defined > 0, models, kept })
    }
}

fn read(row: &Row) -> Result<CollectionRecord> {
    let name = row.text("name")?;
    let wrong = |error: NameError| stored(&name, &error);
    Ok(CollectionRecord {
        title: row.text("title")?,
        description: row.text("description")?,
        kind: row.text("kind")?.parse()?,
        source: row.text("source")?,
        created_ms: row.int("created_ms")?,
        synced_ms: row.opt_int("synced_ms")?,
        name: name.parse().map_err(wrong)?,
    })
}
