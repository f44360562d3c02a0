//! Models.

use std::collections::BTreeMap;

use db::{Row, Tx, Value};
use domain::{CollectionName, ModelName, ModelRef};

use super::{Catalog, count, from_json, stored, to_json, uncount};
use crate::{ModelRecord, Result, curated};

/// Models written under one revision, so that what changed can be read in pages of a megabyte.
pub(super) const CHUNK: usize = 500;

/// Models written by one statement: with fewer, PostgreSQL waits for its answers; with more, SQLite
/// looks for the names of the values, of which a model has six.
const ROWS: usize = 50;

/// The columns that [`read`] wants.
pub(super) const COLUMNS: &str = "m.collection, m.name, m.record, m.created_ms, m.updated_ms";

/// When an insert replaces a model that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// Where the record says something else: only then is it one that changed.
    IfDifferent,
    /// In any case, because something beside the record changed.
    Always,
}

impl Catalog {
    /// Adds models or brings them up to date, all of them or none; returns how many changed.
    ///
    /// What says the same as before keeps its revision and its time. Of two records of one model,
    /// the later is taken.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn put_models(&self, records: &[ModelRecord]) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let changed = put_all(&mut tx, records, self.clock.now_ms()).await?;
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed)
    }

    /// Returns one model, those of the curated collection included.
    pub async fn get_model(
        &self,
        collection: &CollectionName,
        name: &ModelName,
    ) -> Result<Option<ModelRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM model m WHERE collection = $1 AND name = $2");
        let row = self.db.row(&sql, &[collection.as_str().into(), name.as_str().into()]).await?;
        match row {
            Some(row) => Ok(Some(read(&row)?)),
            None if *collection == CollectionName::curated() => Ok(curated::find(name).cloned()),
            None => Ok(None),
        }
    }

    /// Returns every model that was added, sorted by collection and name; the curated ones are
    /// not among them. For what may be millions, see [`Catalog::scan`].
    pub async fn all_models(&self) -> Result<Vec<ModelRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM model m ORDER BY collection, name");
        self.db.rows(&sql, &[]).await?.iter().map(read).collect()
    }

    /// Deletes a model with its versions and evaluations; tells whether it was there.
    pub async fn delete_model(
        &self,
        collection: &CollectionName,
        name: &ModelName,
    ) -> Result<bool> {
        let values = [collection.as_str().into(), name.as_str().into()];
        let mut tx = self.db.begin().await?;
        let revision = count(&mut tx, "catalog").await?;
        for table in ["evaluation", "version", "favorite", "seen"] {
            let sql = format!("DELETE FROM {table} WHERE collection = $1 AND name = $2");
            tx.execute(&sql, &values).await?;
        }
        let sql = "DELETE FROM model WHERE collection = $1 AND name = $2";
        let deleted = tx.execute(sql, &values).await?;
        if deleted > 0 {
            let [collection, name] = values;
            let sql = "INSERT INTO model_gone (collection, name, revision) VALUES ($1, $2, $3)";
            tx.execute(sql, &[collection, name, revision.into()]).await?;
            tx.commit().await?;
        }
        Ok(deleted > 0)
    }
}

/// Writes models, each chunk in which one changed under a revision of its own; returns how many
/// changed. Where none did, the counter stays as it was, and nobody looks for a change.
///
/// The counter comes first: whoever writes next waits for its row, so that a smaller revision is
/// never committed after a larger one.
pub(super) async fn put_all(tx: &mut Tx, records: &[ModelRecord], now: i64) -> Result<u64> {
    let mut changed = 0;
    for chunk in records.chunks(CHUNK) {
        let revision = count(tx, "catalog").await?;
        match put(tx, chunk, Replace::IfDifferent, (revision, now)).await? {
            0 => uncount(tx, "catalog").await?,
            of_chunk => changed += of_chunk,
        }
    }
    Ok(changed)
}

/// Writes at most a chunk of models at a revision and a time; when they first came stays as it
/// was. Returns how many changed.
pub(super) async fn put(
    tx: &mut Tx,
    records: &[ModelRecord],
    replace: Replace,
    (revision, now): (i64, i64),
) -> Result<u64> {
    let last_of_each: BTreeMap<_, _> =
        records.iter().map(|record| ((&record.collection, &record.name), record)).collect();
    let records: Vec<_> = last_of_each.into_values().collect();
    let mut changed = 0;
    for rows in records.chunks(ROWS) {
        let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 6);
        for record in rows {
            values.extend([
                record.collection.as_str().into(),
                record.name.as_str().into(),
                without_times(record)?.into(),
                revision.into(),
                now.into(),
                now.into(),
            ]);
        }
        changed += tx.execute(&upsert(rows.len(), replace), &values).await?;
    }
    if changed > 0 {
        let sql = "DELETE FROM model_gone WHERE (collection, name) IN \
                   (SELECT collection, name FROM model WHERE revision = $1)";
        tx.execute(sql, &[revision.into()]).await?;
    }
    Ok(changed)
}

fn upsert(rows: usize, replace: Replace) -> String {
    let row = |at: usize| {
        let of_row: Vec<_> = (1..=6).map(|column| format!("${}", at * 6 + column)).collect();
        format!("({})", of_row.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    let only = match replace {
        Replace::IfDifferent => " WHERE model.record <> excluded.record",
        Replace::Always => "",
    };
    format!(
        "INSERT INTO model (collection, name, record, revision, created_ms, updated_ms) \
         VALUES {} ON CONFLICT (collection, name) DO UPDATE SET record = excluded.record, \
         revision = excluded.revision, updated_ms = excluded.updated_ms{only}",
        rows.join(", ")
    )
}

/// Writes a record without its times, which are columns: the same facts are the same text.
fn without_times(record: &ModelRecord) -> Result<String> {
    let record = ModelRecord { created_ms: 0, updated_ms: 0, ..record.clone() };
    to_json(record.name.as_str(), &record)
}

/// Reads a model from [`COLUMNS`].
pub(super) fn read(row: &Row) -> Result<ModelRecord> {
    let mut record: ModelRecord = from_json(&row.text("name")?, &row.text("record")?)?;
    record.created_ms = row.int("created_ms")?;
    record.updated_ms = row.int("updated_ms")?;
    Ok(record)
}

/// Reads which model a row is about.
pub(super) fn read_model(row: &Row) -> Result<ModelRef> {
    let wrong = |error: domain::NameError| stored(&error.name, &error);
    let collection = row.text("collection")?.parse().map_err(wrong)?;
    Ok(ModelRef::latest(collection, row.text("name")?.parse().map_err(wrong)?))
}
