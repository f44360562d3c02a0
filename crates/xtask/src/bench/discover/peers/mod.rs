//! The same records in databases, each with the schema that its manual advises.

mod load;
mod postgres;
mod sql;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use db::{Db, Row, Tx, Value};
use serde::{Deserialize, Serialize};
use testkit::catalog::Listings;
use tokio::runtime::Runtime;

use super::ask::{Answer, Ask, LONG, Side};
use crate::bench::process::disk_bytes;
use sql::{Dialect, Statement};

/// A database as a side of the table.
pub struct Peer {
    dialect: &'static dyn Dialect,
    open: Option<Open>,
    runtime: Runtime,
}

/// A database with a transaction that is held open: one connection with its settings, and no turn
/// is spent on finding one.
struct Open {
    tx: Tx,
    _db: Db,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Connections are given back by tasks, which want to know where to run.
        let _inside = self.runtime.enter();
        self.open = None;
    }
}

/// What filling a database came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    /// Until the last index stood.
    pub seconds: f64,
    /// Bytes on disk.
    pub disk_bytes: u64,
}

impl Peer {
    /// Fills a file of SQLite.
    ///
    /// # Errors
    /// Where the file cannot be written; likewise below.
    pub fn sqlite(listings: &Listings, dir: &Path) -> Result<(Self, Filled), String> {
        let runtime = runtime()?;
        let _ = std::fs::remove_dir_all(dir);
        std::fs::create_dir_all(dir).map_err(|error| format!("cannot make a folder: {error}"))?;
        let url = format!("sqlite://{}", dir.join("peer.db").display());
        let db = runtime.block_on(Db::open(&url)).map_err(said)?;
        let seconds = runtime.block_on(load::fill(&db, &sqlite::Sqlite, listings))?;
        let open = runtime.block_on(begin(db, sqlite::SETTINGS))?;
        let filled = Filled { seconds, disk_bytes: disk_bytes(dir) };
        Ok((Self { dialect: &sqlite::Sqlite, open: Some(open), runtime }, filled))
    }

    /// Fills a schema of PostgreSQL, where no statement may take longer than `cap`.
    pub fn postgres(
        listings: &Listings,
        url: &str,
        cap: Duration,
    ) -> Result<(Self, Filled), String> {
        let runtime = runtime()?;
        let db = runtime.block_on(postgres::open(url))?;
        let seconds = runtime.block_on(load::fill(&db, &postgres::Postgres, listings))?;
        let disk_bytes = runtime.block_on(postgres::disk_bytes(&db))?;
        let timeout = format!("SET statement_timeout = {}", cap.as_millis());
        let mut settings = postgres::SETTINGS.to_vec();
        settings.push(&timeout);
        let open = runtime.block_on(begin(db, &settings))?;
        let filled = Filled { seconds, disk_bytes };
        Ok((Self { dialect: &postgres::Postgres, open: Some(open), runtime }, filled))
    }

    fn rows(&mut self, statement: &Statement) -> Result<Vec<Row>, String> {
        let open = self.open.as_mut().ok_or("the database is closed")?;
        let rows = open.tx.rows(&statement.text, &statement.values);
        self.runtime.block_on(rows).map_err(|error| format!("{}: {}", said(error), statement.text))
    }
}

/// Takes away what the databases left.
///
/// # Errors
/// Where PostgreSQL does not answer.
pub fn clean_up(url: &str, sqlite: &Path) -> Result<(), String> {
    // It was ours alone; what cannot be removed is in the way of nothing.
    let _ = std::fs::remove_dir_all(sqlite);
    runtime()?.block_on(postgres::drop_schema(url))
}

fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start a runtime: {error}"))
}

async fn begin(db: Db, settings: &[&str]) -> Result<Open, String> {
    let mut tx = db.begin().await.map_err(said)?;
    for setting in settings {
        tx.rows(setting, &[] as &[Value]).await.map_err(said)?;
    }
    Ok(Open { tx, _db: db })
}

/// Writes an error with its causes.
fn said(error: db::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

impl Side for Peer {
    fn name(&self) -> &'static str {
        self.dialect.name()
    }

    fn answer(&mut self, ask: &Ask) -> Result<Option<Answer>, String> {
        let (query, typo) = match ask {
            Ask::Prefix(prefix) => return self.only_rows(&self.dialect.prefix(prefix)),
            Ask::Exact(name) => return self.only_rows(&sql::exact(name)),
            Ask::Search(query) => (query, false),
            Ask::Typo(query) => (query, true),
        };
        let Some(words) = self.dialect.words(&query.text, typo) else { return Ok(None) };
        self.rows(&sql::page(self.dialect, query, words.as_ref()))?;
        let mut answer = Answer { total: 0, counted: 0 };
        for statement in sql::counts(self.dialect, query, words.as_ref()) {
            for row in self.rows(&statement)? {
                let count = row.int("n").map_err(said)? as u64;
                match row.text("facet").map_err(said)?.as_str() {
                    "total" => answer.total = count,
                    long if LONG.iter().any(|facet| facet.as_str() == long) => {}
                    _ => answer.counted += count,
                }
            }
        }
        Ok(Some(answer))
    }
}

impl Peer {
    fn only_rows(&mut self, statement: &Statement) -> Result<Option<Answer>, String> {
        let total = self.rows(statement)?.len() as u64;
        Ok(Some(Answer { total, counted: 0 }))
    }
}

#[cfg(test)]
mod tests;
