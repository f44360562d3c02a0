//! Evaluations.

use std::collections::BTreeMap;

use db::{Row, Tx, Value};
use domain::{CollectionName, ModelRef};

use super::{Catalog, count, from_json, models, to_json};
use crate::published::Names;
use crate::{EvaluationRecord, Result, curated};

/// Evaluations written by one statement: SQLite takes 32,766 values in it, and each is five.
const CHUNK: usize = 500;

/// Models read at once while names are gathered: about 10 MB of cards.
const PAGE: i64 = 1_000;

/// The columns that [`read`] wants.
const COLUMNS: &str = "id, record, created_ms";

impl Catalog {
    /// Keeps an evaluation; the same id again replaces it.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn put_evaluation(&self, record: &EvaluationRecord) -> Result<()> {
        self.put_evaluations(std::slice::from_ref(record)).await.map(drop)
    }

    /// Keeps evaluations, all of them or none; returns how many say something new.
    ///
    /// One that says the same as before keeps its time. Of two with one id, the later is taken.
    pub async fn put_evaluations(&self, records: &[EvaluationRecord]) -> Result<u64> {
        let last_of_each: BTreeMap<_, _> =
            records.iter().map(|record| (record.id.as_str(), record)).collect();
        let records: Vec<_> = last_of_each.into_values().collect();
        let now = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        count(&mut tx, "catalog").await?;
        let mut changed = 0;
        for chunk in records.chunks(CHUNK) {
            changed += put(&mut tx, chunk, now).await?;
        }
        // Nothing to commit: the counter stays as it was, and nobody looks for a change.
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed)
    }

    /// Returns the evaluations of a model, newest first; of one version where it names one.
    /// What was published is of no version, and is among those of each.
    pub async fn evaluations(&self, model: &ModelRef) -> Result<Vec<EvaluationRecord>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM evaluation WHERE collection = $1 AND name = $2 \
             ORDER BY created_ms DESC, id DESC"
        );
        let values = [model.collection.as_str().into(), model.name.as_str().into()];
        let all: Vec<_> =
            self.db.rows(&sql, &values).await?.iter().map(read).collect::<Result<_>>()?;
        let wanted = |one: &EvaluationRecord| {
            model.version.is_none()
                || one.model.version.is_none()
                || one.model.version == model.version
        };
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// Returns the next evaluations of all models in the order of their ids, at most `limit`.
    pub async fn all_evaluations(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<EvaluationRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM evaluation WHERE id > $1 ORDER BY id LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // No evaluation has an empty id: everything comes after it.
        let values = [after.unwrap_or_default().into(), limit.into()];
        self.db.rows(&sql, &values).await?.iter().map(read).collect()
    }

    /// Gathers what the models of a collection are called; without one, those of the curated
    /// collection and of every other than `hub`, whose millions share too many names.
    pub async fn names(&self, collection: Option<&CollectionName>) -> Result<Names> {
        let mut names = Names::default();
        if collection.is_none_or(|one| *one == CollectionName::curated()) {
            curated::records().iter().for_each(|record| names.add(record));
        }
        let sql = format!(
            "SELECT {} FROM model m \
             WHERE (m.collection = $1 OR ($1 = '' AND m.collection <> 'hub')) \
             AND (m.collection, m.name) > ($2, $3) ORDER BY m.collection, m.name LIMIT $4",
            models::COLUMNS
        );
        let wanted = collection.map_or("", CollectionName::as_str);
        let mut after = (String::new(), String::new());
        loop {
            let values =
                [wanted.into(), after.0.as_str().into(), after.1.as_str().into(), PAGE.into()];
            let rows = self.db.rows(&sql, &values).await?;
            let Some(last) = rows.last() else { return Ok(names) };
            after = (last.text("collection")?, last.text("name")?);
            for row in &rows {
                names.add(&models::read(row)?);
            }
        }
    }
}

async fn put(tx: &mut Tx, records: &[&EvaluationRecord], now: i64) -> Result<u64> {
    let mut values: Vec<Value> = Vec::with_capacity(records.len() * 5);
    for record in records {
        // Its time is a column, so that the same findings are the same text.
        let timeless = EvaluationRecord { created_ms: 0, ..(*record).clone() };
        values.extend([
            record.id.as_str().into(),
            record.model.collection.as_str().into(),
            record.model.name.as_str().into(),
            to_json(&record.id, &timeless)?.into(),
            now.into(),
        ]);
    }
    Ok(tx.execute(&upsert(records.len()), &values).await?)
}

fn upsert(rows: usize) -> String {
    let row = |at: usize| {
        let of_row: Vec<_> = (1..=5).map(|column| format!("${}", at * 5 + column)).collect();
        format!("({})", of_row.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO evaluation (id, collection, name, record, created_ms) VALUES {} \
         ON CONFLICT (id) DO UPDATE SET collection = excluded.collection, \
         name = excluded.name, record = excluded.record, created_ms = excluded.created_ms \
         WHERE evaluation.record <> excluded.record",
        rows.join(", ")
    )
}

fn read(row: &Row) -> Result<EvaluationRecord> {
    let mut record: EvaluationRecord = from_json(&row.text("id")?, &row.text("record")?)?;
    record.created_ms = row.int("created_ms")?;
    Ok(record)
}
