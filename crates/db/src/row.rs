//! What comes out of a statement.

use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use crate::{Error, Result, Value};

/// One row, read completely.
#[derive(Clone, Debug)]
pub struct Row {
    cells: Vec<(String, Value)>,
}

impl Row {
    /// Returns a number.
    ///
    /// # Errors
    /// Where the column is absent, empty or of another type; likewise below.
    pub fn int(&self, column: &str) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| wrong(column, "a number"))
    }

    /// Returns a number, where there is one.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        match self.cell(column)? {
            Value::Int(value) => Ok(*value),
            Value::Text(None) => Ok(None),
            _ => Err(wrong(column, "a number")),
        }
    }

    /// Returns a real number.
    pub fn real(&self, column: &str) -> Result<f64> {
        self.opt_real(column)?.ok_or_else(|| wrong(column, "a real number"))
    }

    /// Returns a real number, where there is one.
    pub fn opt_real(&self, column: &str) -> Result<Option<f64>> {
        match self.cell(column)? {
            Value::Real(value) => Ok(*value),
            // SQLite keeps whole reals as integers in expressions.
            Value::Int(value) => Ok(value.map(|value| value as f64)),
            Value::Text(None) => Ok(None),
            _ => Err(wrong(column, "a real number")),
        }
    }

    /// Returns a text.
    pub fn text(&self, column: &str) -> Result<String> {
        self.opt_text(column)?.ok_or_else(|| wrong(column, "a text"))
    }

    /// Returns a text, where there is one.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>> {
        match self.cell(column)? {
            Value::Text(value) => Ok(value.clone()),
            _ => Err(wrong(column, "a text")),
        }
    }

    /// Returns bytes.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>> {
        match self.cell(column)? {
            Value::Bytes(Some(value)) => Ok(value.clone()),
            _ => Err(wrong(column, "bytes")),
        }
    }

    fn cell(&self, column: &str) -> Result<&Value> {
        let found = self.cells.iter().find(|(name, _)| name == column);
        found.map(|(_, value)| value).ok_or_else(|| wrong(column, "there"))
    }
}

fn wrong(column: &str, expected: &'static str) -> Error {
    Error::Column { column: column.to_owned(), expected }
}

macro_rules! read_row {
    ($name:ident, $row:ty) => {
        /// Reads every column by the type that the database reports.
        pub(crate) fn $name(row: &$row) -> Result<Row> {
            let read =
                |(index, column): (usize, &<<$row as sqlx::Row>::Database as Named>::Column)| {
                    let raw = row.try_get_raw(index)?;
                    let absent = raw.is_null();
                    let kind = raw.type_info().name().to_owned();
                    let value = match kind.as_str() {
                        _ if absent => Value::Text(None),
                        "INTEGER" | "INT8" | "BOOLEAN" => Value::Int(Some(row.try_get(index)?)),
                        "INT4" => Value::Int(Some(i64::from(row.try_get::<i32, _>(index)?))),
                        "REAL" | "FLOAT8" => Value::Real(Some(row.try_get(index)?)),
                        "BLOB" | "BYTEA" => Value::Bytes(Some(row.try_get(index)?)),
                        _ => Value::Text(Some(row.try_get(index)?)),
                    };
                    Ok((column.name().to_owned(), value))
                };
            let cells = row.columns().iter().enumerate().map(read);
            let cells = cells.collect::<std::result::Result<_, sqlx::Error>>();
            Ok(Row { cells: cells.map_err(Error::of)? })
        }
    };
}

/// Names the column type of a database for the macro above.
trait Named {
    type Column;
}

impl Named for sqlx::Sqlite {
    type Column = sqlx::sqlite::SqliteColumn;
}

impl Named for sqlx::Postgres {
    type Column = sqlx::postgres::PgColumn;
}

read_row!(read_sqlite, sqlx::sqlite::SqliteRow);
read_row!(read_postgres, sqlx::postgres::PgRow);
