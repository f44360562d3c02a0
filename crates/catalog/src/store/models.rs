//! Models.

use db::Tx;
use domain::{CollectionName, ModelName};

use super::{Catalog, count, from_json, to_json};
use crate::{ModelRecord, Result, curated};

impl Catalog {
    /// Adds models or brings them up to date, all of them or none.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn put_models(&self, records: &[ModelRecord]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for record in records {
            put(&mut tx, record, self.clock.now_ms()).await?;
        }
        count(&mut tx, "catalog").await?;
        Ok(tx.commit().await?)
    }

    /// Returns one model, those of the curated collection included.
    pub async fn get_model(
        &self,
        collection: &CollectionName,
        name: &ModelName,
    ) -> Result<Option<ModelRecord>> {
        let sql = "SELECT record FROM model WHERE collection = $1 AND name = $2";
        let row = self.db.row(sql, &[collection.as_str().into(), name.as_str().into()]).await?;
        match row {
            Some(row) => Ok(Some(from_json(name.as_str(), &row.text("record")?)?)),
            None if *collection == CollectionName::curated() => Ok(curated::find(name).cloned()),
            None => Ok(None),
        }
    }

    /// Returns every model that was added, sorted by collection and name; the curated ones are
    /// not among them.
    pub async fn all_models(&self) -> Result<Vec<ModelRecord>> {
        let sql = "SELECT name, record FROM model ORDER BY collection, name";
        let rows = self.db.rows(sql, &[]).await?;
        rows.iter().map(|row| from_json(&row.text("name")?, &row.text("record")?)).collect()
    }

    /// Deletes a model with its versions and evaluations; tells whether it was there.
    pub async fn delete_model(
        &self,
        collection: &CollectionName,
        name: &ModelName,
    ) -> Result<bool> {
        let values = [collection.as_str().into(), name.as_str().into()];
        let mut tx = self.db.begin().await?;
        for table in ["evaluation", "version"] {
            let sql = format!("DELETE FROM {table} WHERE collection = $1 AND name = $2");
            tx.execute(&sql, &values).await?;
        }
        let sql = "DELETE FROM model WHERE collection = $1 AND name = $2";
        let deleted = tx.execute(sql, &values).await?;
        count(&mut tx, "catalog").await?;
        tx.commit().await?;
        Ok(deleted > 0)
    }
}

/// Writes one model; when it first came stays as it was.
pub(super) async fn put(tx: &mut Tx, record: &ModelRecord, now: i64) -> Result<()> {
    let name = record.name.as_str();
    let sql = "SELECT record FROM model WHERE collection = $1 AND name = $2";
    let known = tx.row(sql, &[record.collection.as_str().into(), name.into()]).await?;
    let created_ms = match known {
        Some(row) => from_json::<ModelRecord>(name, &row.text("record")?)?.created_ms,
        None => now,
    };
    let record = ModelRecord { created_ms, updated_ms: now, ..record.clone() };
    tx.execute(
        "INSERT INTO model (collection, name, record, updated_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (collection, name) DO UPDATE SET \
         record = excluded.record, updated_ms = excluded.updated_ms",
        &[
            record.collection.as_str().into(),
            name.into(),
            to_json(name, &record)?.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}
