//! Reports as they are kept in the database: one for a version and a way to quantize.

use std::sync::Arc;

use db::{Db, Row};
use domain::{Clock, ModelRef};
use native::Quantize;

use super::Outcome;
use crate::Error;

/// The records of what came of comparing versions with themselves in fewer bits.
#[derive(Clone)]
pub struct Reports {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Reports {
    /// Keeps the records in `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Keeps what came of comparing a version, in place of what was kept before.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn put(
        &self,
        model: &ModelRef,
        quantize: Quantize,
        outcome: &Outcome,
    ) -> Result<(), Error> {
        let name = model.to_string();
        let text = serde_json::to_string(outcome)
            .map_err(|error| Error::Stored { name: name.clone(), why: error.to_string() })?;
        self.db
            .execute(
                "INSERT INTO parity (model, quantize, outcome, created_ms) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (model, quantize) DO UPDATE SET \
                 outcome = excluded.outcome, created_ms = excluded.created_ms",
                &[name.into(), quantize.as_str().into(), text.into(), self.clock.now_ms().into()],
            )
            .await?;
        Ok(())
    }

    /// Returns everything that is kept. What another version of the program wrote in another form
    /// is left out: it is measured again.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self) -> Result<Vec<(ModelRef, Quantize, Outcome)>, Error> {
        let rows = self.db.rows("SELECT model, quantize, outcome FROM parity", &[]).await?;
        Ok(rows.iter().filter_map(read).collect())
    }
}

fn read(row: &Row) -> Option<(ModelRef, Quantize, Outcome)> {
    let model = row.text("model").ok()?.parse().ok()?;
    let quantize = row.text("quantize").ok()?.parse().ok()?;
    Some((model, quantize, serde_json::from_str(&row.text("outcome").ok()?).ok()?))
}
