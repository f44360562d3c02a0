//! The one database, SQLite or PostgreSQL, behind one set of statements.
//!
//! Statements use `$1` placeholders and four types: `BIGINT`, `DOUBLE PRECISION`, `TEXT` and
//! `BYTEA`. Only this crate knows which database is behind them.

mod error;
mod migrate;
mod open;
mod row;
mod statement;
pub mod testing;
mod value;

pub use error::Error;
pub use row::Row;
pub use statement::{Db, Tx};
pub use value::Value;

/// What this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
