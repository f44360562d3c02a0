//! Filling a database, a batch of models as one JSON value.

use std::time::{Duration, Instant};

use db::Db;
use discover::{FacetName, Listed};
use serde_json::{Map, Value, json};
use testkit::catalog::Listings;

use super::said;
use super::sql::{Dialect, SEVERAL, SINGLE};
use crate::bench::discover::records::{MEMORY_BYTES, listed};

/// Models in a statement: large enough that its start does not count.
const BATCH: usize = 2_000;
/// Batches in a transaction.
const COMMIT: usize = 50;

/// Fills a database and returns how many seconds it took, without making the records.
pub async fn fill(db: &Db, dialect: &dyn Dialect, listings: &Listings) -> Result<f64, String> {
    let mut spent = Duration::ZERO;
    let began = Instant::now();
    for statement in dialect.tables() {
        db.execute(statement, &[]).await.map_err(said)?;
    }
    spent += began.elapsed();
    let starts: Vec<usize> = (0..listings.len()).step_by(BATCH).collect();
    for starts in starts.chunks(COMMIT) {
        spent += insert(db, dialect, listings, starts).await?;
    }
    let began = Instant::now();
    for statement in dialect.indexes() {
        db.execute(&statement, &[]).await.map_err(said)?;
    }
    Ok((spent + began.elapsed()).as_secs_f64())
}

async fn insert(
    db: &Db,
    dialect: &dyn Dialect,
    listings: &Listings,
    starts: &[usize],
) -> Result<Duration, String> {
    let mut tx = db.begin().await.map_err(said)?;
    let mut spent = Duration::ZERO;
    for start in starts {
        let numbers = *start..listings.len().min(start + BATCH);
        let rows = numbers.map(|number| row(number, &listed(listings, number)));
        let batch = Value::Array(rows.collect()).to_string();
        let began = Instant::now();
        for statement in dialect.inserts() {
            tx.execute(statement, &[batch.as_str().into()]).await.map_err(said)?;
        }
        spent += began.elapsed();
    }
    let began = Instant::now();
    tx.commit().await.map_err(said)?;
    Ok(spent + began.elapsed())
}

/// Writes a model as both databases take it.
fn row(number: usize, listed: &Listed) -> Value {
    let record = &listed.record;
    let values = |facet: FacetName| facet.values(listed, MEMORY_BYTES);
    let several: Map<String, Value> = SEVERAL
        .into_iter()
        .map(|facet| (facet.as_str().to_owned(), json!(values(facet))))
        .collect();
    let mut row = json!({
        "id": number,
        "name": record.name,
        "words": record.name.as_str().replace(['/', '-', '.', '_'], " "),
        "sort_name": record.display_name.to_lowercase(),
        "keywords": record.keywords.join(" "),
        "summary": record.summary,
        "downloads": record.downloads,
        "likes": record.likes,
        "updated_ms": record.changed_ms(),
        "created_ms": record.created_ms,
        "parameters": record.parameters,
        "json": serde_json::to_string(listed).unwrap_or_default(),
        "several": several,
    });
    for facet in SINGLE {
        row[facet.as_str()] = json!(values(facet).first());
    }
    row
}
