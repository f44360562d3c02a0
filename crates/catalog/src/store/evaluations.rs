//! Evaluations.

use domain::ModelRef;

use super::{Catalog, count, from_json, to_json};
use crate::{EvaluationRecord, Result};

impl Catalog {
    /// Keeps an evaluation; the same id again replaces it.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn put_evaluation(&self, record: &EvaluationRecord) -> Result<()> {
        let record = EvaluationRecord { created_ms: self.clock.now_ms(), ..record.clone() };
        let mut tx = self.db.begin().await?;
        let values = [
            record.id.as_str().into(),
            record.model.collection.as_str().into(),
            record.model.name.as_str().into(),
            to_json(&record.id, &record)?.into(),
            record.created_ms.into(),
        ];
        tx.execute(
            "INSERT INTO evaluation (id, collection, name, record, created_ms) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            &values,
        )
        .await?;
        count(&mut tx, "catalog").await?;
        Ok(tx.commit().await?)
    }

    /// Returns the evaluations of a model, newest first; of one version where it names one.
    pub async fn evaluations(&self, model: &ModelRef) -> Result<Vec<EvaluationRecord>> {
        let sql = "SELECT id, record FROM evaluation WHERE collection = $1 AND name = $2 \
                   ORDER BY created_ms DESC, id DESC";
        let values = [model.collection.as_str().into(), model.name.as_str().into()];
        let rows = self.db.rows(sql, &values).await?;
        let all = rows.iter().map(|row| from_json(&row.text("id")?, &row.text("record")?));
        let all: Vec<EvaluationRecord> = all.collect::<Result<_>>()?;
        let wanted =
            |one: &EvaluationRecord| model.version.is_none() || one.model.version == model.version;
        Ok(all.into_iter().filter(wanted).collect())
    }
}
