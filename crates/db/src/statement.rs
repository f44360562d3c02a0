//! Running statements, alone and in transactions.

use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool};

use crate::row::{read_postgres, read_sqlite};
use crate::{Error, Result, Row, Value};

/// The database; clones share its connections.
#[derive(Clone, Debug)]
pub struct Db(pub(crate) Pool);

/// One of the two kinds of database.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction: nothing happened until [`Tx::commit`]; dropping it undoes everything.
#[derive(Debug)]
pub struct Tx(Open);

#[derive(Debug)]
enum Open {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Binds values to a statement; a macro because the two databases share no type for it.
macro_rules! bound {
    ($database:ty, $sql:expr, $values:expr) => {
        // Statements are written in this workspace; what users send is always bound.
        $values.iter().fold(
            sqlx::query::<$database>(AssertSqlSafe($sql.to_owned())),
            |query, value| match value {
                Value::Int(value) => query.bind(*value),
                Value::Real(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.clone()),
                Value::Bytes(value) => query.bind(value.clone()),
            },
        )
    };
}

impl Db {
    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// Where the database refuses or does not answer; likewise below.
    pub async fn execute(&self, sql: &str, values: &[Value]) -> Result<u64> {
        match &self.0 {
            Pool::Sqlite(pool) => {
                let done = bound!(Sqlite, sql, values).execute(pool).await;
                Ok(done.map_err(Error::of)?.rows_affected())
            }
            Pool::Postgres(pool) => {
                let done = bound!(Postgres, sql, values).execute(pool).await;
                Ok(done.map_err(Error::of)?.rows_affected())
            }
        }
    }

    /// Runs a statement and returns its rows.
    pub async fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        match &self.0 {
            Pool::Sqlite(pool) => {
                let rows = bound!(Sqlite, sql, values).fetch_all(pool).await.map_err(Error::of)?;
                rows.iter().map(read_sqlite).collect()
            }
            Pool::Postgres(pool) => {
                let rows =
                    bound!(Postgres, sql, values).fetch_all(pool).await.map_err(Error::of)?;
                rows.iter().map(read_postgres).collect()
            }
        }
    }

    /// Runs a statement and returns its first row.
    pub async fn row(&self, sql: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Begins a transaction that may write: on SQLite it holds the write lock from its start.
    pub async fn begin(&self) -> Result<Tx> {
        match &self.0 {
            Pool::Sqlite(pool) => {
                let open = pool.begin_with("BEGIN IMMEDIATE").await.map_err(Error::of)?;
                Ok(Tx(Open::Sqlite(open)))
            }
            Pool::Postgres(pool) => Ok(Tx(Open::Postgres(pool.begin().await.map_err(Error::of)?))),
        }
    }

    /// Tells whether PostgreSQL is behind it.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Pool::Postgres(_))
    }
}

impl Tx {
    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// Where the database refuses or does not answer; likewise below.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        match &mut self.0 {
            Open::Sqlite(open) => {
                let done = bound!(Sqlite, sql, values).execute(&mut **open).await;
                Ok(done.map_err(Error::of)?.rows_affected())
            }
            Open::Postgres(open) => {
                let done = bound!(Postgres, sql, values).execute(&mut **open).await;
                Ok(done.map_err(Error::of)?.rows_affected())
            }
        }
    }

    /// Runs a statement and returns its rows.
    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        match &mut self.0 {
            Open::Sqlite(open) => {
                let rows = bound!(Sqlite, sql, values).fetch_all(&mut **open).await;
                rows.map_err(Error::of)?.iter().map(read_sqlite).collect()
            }
            Open::Postgres(open) => {
                let rows = bound!(Postgres, sql, values).fetch_all(&mut **open).await;
                rows.map_err(Error::of)?.iter().map(read_postgres).collect()
            }
        }
    }

    /// Runs a statement and returns its first row.
    pub async fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Makes everything that was done visible at once.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Open::Sqlite(open) => open.commit().await,
            Open::Postgres(open) => open.commit().await,
        }
        .map_err(Error::of)
    }
}
