//! What can go wrong with a database.

use domain::{Fault, Kind};

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL names no database.
    #[error("`{scheme}` is not a database: use `sqlite://` or `postgres://`")]
    Scheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// The database cannot be opened; the URL is left out because it may hold a password.
    #[error("cannot open the {what} database")]
    Open {
        /// Which one.
        what: &'static str,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// A row with the same key is there already.
    #[error("a row with the same key exists")]
    Duplicate {
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// Another process holds the database for too long.
    #[error("the database is busy")]
    Busy {
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The connection or the disk failed.
    #[error("the database does not answer")]
    Unavailable {
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("a statement failed")]
    Statement {
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// A row does not have the column, or it is of another type.
    #[error("the column `{column}` is not {expected}")]
    Column {
        /// The column.
        column: String,
        /// The type that was wanted.
        expected: &'static str,
    },
    /// The database was made by another version of the program.
    #[error("the migration `{name}` is not the one that was applied to this database")]
    Migration {
        /// The migration.
        name: String,
    },
}

impl Error {
    /// Sorts a failure by what a caller can do about it.
    pub(crate) fn of(source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                Self::Duplicate { source }
            }
            sqlx::Error::Database(error) if is_busy(error.as_ref()) => Self::Busy { source },
            sqlx::Error::Database(error) if is_full(error.as_ref()) => Self::Unavailable { source },
            sqlx::Error::PoolTimedOut => Self::Busy { source },
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => {
                Self::Unavailable { source }
            }
            _ => Self::Statement { source },
        }
    }

    /// Tells whether the row was there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }
}

/// SQLite's BUSY and LOCKED with their extended codes; PostgreSQL's lock and serialization errors.
fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    let sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6));
    let postgres = matches!(&*code, "40001" | "40P01" | "55P03");
    (code.len() != 5 && sqlite) || postgres
}

/// SQLite's FULL and IOERR; PostgreSQL's resource errors.
fn is_full(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    let sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 10 | 13));
    (code.len() != 5 && sqlite) || code.starts_with("53")
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Scheme { .. } => Self::wrap(Kind::Invalid, error),
            Error::Open { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("check that the folder can be written, or that the server is up"),
            Error::Duplicate { .. } => Self::wrap(Kind::Exists, error),
            Error::Busy { .. } => Self::wrap(Kind::Busy, error).hint("try again"),
            Error::Unavailable { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("check the database and the space on its disk"),
            Error::Migration { .. } => Self::wrap(Kind::Conflict, error)
                .hint("use the version of Modeldex that made the database, or a newer one"),
            Error::Statement { .. } | Error::Column { .. } => Self::wrap(Kind::Internal, error),
        }
    }
}
