//! Opening a database by its URL.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::statement::Pool;
use crate::{Db, Error, Result, migrate};

/// A writer of ours holds SQLite for milliseconds; ten seconds mean that something hangs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers beside the one writer; more only wait for the two cores.
const CONNECTIONS_MAX: u32 = 8;

impl Db {
    /// Opens `sqlite://PATH` (made where absent) or `postgres://…`, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// Where the URL is wrong, the database cannot be opened, or is of another version.
    pub async fn open(url: &str) -> Result<Self> {
        let db = match url.split_once(':') {
            Some(("sqlite", rest)) => open_sqlite(rest.strip_prefix("//").unwrap_or(rest)).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(url, None).await?,
            other => {
                let scheme = other.map_or(url, |(scheme, _)| scheme).to_owned();
                return Err(Error::Scheme { scheme });
            }
        };
        migrate::run(&db).await?;
        Ok(db)
    }
}

async fn open_sqlite(path: &str) -> Result<Db> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With the log, FULL is what survives a power cut and not only a crash.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).connect_with(options);
    let pool = pool.await.map_err(|source| Error::Open { what: "SQLite", source })?;
    Ok(Db(Pool::Sqlite(pool)))
}

/// Opens PostgreSQL; tests give a schema of their own.
pub(crate) async fn open_postgres(url: &str, schema: Option<&str>) -> Result<Db> {
    let failed = |source| Error::Open { what: "PostgreSQL", source };
    let mut options = PgConnectOptions::from_str(url).map_err(failed)?;
    if let Some(schema) = schema {
        options = options.options([("search_path", schema)]);
    }
    // The pool tries a refused connection again until its time is up, and forgets why.
    let first = tokio::time::timeout(BUSY_TIMEOUT, options.connect()).await;
    first
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(failed)?
        .close()
        .await
        .map_err(failed)?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(BUSY_TIMEOUT);
    Ok(Db(Pool::Postgres(pool.connect_lazy_with(options))))
}
