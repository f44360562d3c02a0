//! Rows as the verbs want them.

use serde_json::{Map, Value};

use crate::json::kind_of;
use crate::rows::{Record, Rows};
use crate::{DataFile, Error, Mapping, Result};

/// A text with the class that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledText {
    /// The line where the row begins; counts from one.
    pub line: u64,
    /// The text.
    pub text: String,
    /// The class.
    pub label: String,
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The line where the row begins; counts from one.
    pub line: u64,
    /// The text.
    pub text: String,
}

const TEXT: &str = "text";
const LABEL: &str = "label";

/// Reads texts with their labels, in the fields `text` and `label`.
///
/// # Errors
/// Where the file cannot be read, has no rows, or lacks a column.
pub fn labelled(file: &DataFile, mapping: &Mapping) -> Result<Labelled> {
    mapping.only(&[TEXT, LABEL])?;
    Ok(Labelled(Fields::open(file, mapping, &[TEXT, LABEL])?))
}

/// Reads texts, in the field `text`.
///
/// # Errors
/// Where the file cannot be read, has no rows, or lacks the column.
pub fn texts(file: &DataFile, mapping: &Mapping) -> Result<Texts> {
    mapping.only(&[TEXT])?;
    Ok(Texts(Fields::open(file, mapping, &[TEXT])?))
}

/// Reads rows with all their columns; a mapped column has the name of its field.
///
/// # Errors
/// Where the file cannot be read, has no rows, or lacks a mapped column.
pub fn records(
    file: &DataFile,
    mapping: &Mapping,
) -> Result<impl Iterator<Item = Result<Record>> + use<>> {
    let mapped: Vec<&str> = mapping.iter().map(|(field, _)| field).collect();
    let fields = Fields::open(file, mapping, &mapped)?;
    let mapping = mapping.clone();
    let rename = move |mut record: Record| {
        record.fields = renamed(record.fields, &mapping);
        record
    };
    Ok(fields.rows.map(move |row| row.map(&rename)))
}

fn renamed(fields: Map<String, Value>, mapping: &Mapping) -> Map<String, Value> {
    let name_of = |column: &str| {
        let mapped = mapping.iter().find(|(_, mapped)| *mapped == column);
        mapped.map_or_else(|| column.to_owned(), |(field, _)| field.to_owned())
    };
    // A column that a mapped one takes the name of gives way.
    let hidden =
        |column: &str| mapping.iter().any(|(field, from)| field == column && from != field);
    fields
        .into_iter()
        .filter(|(column, _)| name_of(column) != *column || !hidden(column))
        .map(|(column, value)| (name_of(&column), value))
        .collect()
}

/// Texts with their labels, one after the other.
#[derive(Debug)]
pub struct Labelled(Fields);

impl Iterator for Labelled {
    type Item = Result<LabelledText>;

    fn next(&mut self) -> Option<Result<LabelledText>> {
        self.0.next_of(|fields, record| {
            Ok(LabelledText {
                line: record.line,
                text: fields.take(record, TEXT)?,
                label: fields.take(record, LABEL)?,
            })
        })
    }
}

/// Texts, one after the other.
#[derive(Debug)]
pub struct Texts(Fields);

impl Iterator for Texts {
    type Item = Result<Text>;

    fn next(&mut self) -> Option<Result<Text>> {
        self.0.next_of(|fields, record| {
            Ok(Text { line: record.line, text: fields.take(record, TEXT)? })
        })
    }
}

/// The rows of a file, with the columns of their fields.
#[derive(Debug)]
struct Fields {
    name: String,
    mapping: Mapping,
    rows: Rows,
}

impl Fields {
    fn open(file: &DataFile, mapping: &Mapping, needed: &[&str]) -> Result<Self> {
        let rows = Rows::open(file)?;
        if let Some(columns) = rows.columns() {
            mapping.check(&file.name, &columns, needed)?;
        }
        Ok(Self { name: file.name.clone(), mapping: mapping.clone(), rows })
    }

    fn next_of<T>(
        &mut self,
        typed: impl FnOnce(&Self, &mut Record) -> Result<T>,
    ) -> Option<Result<T>> {
        let row = self.rows.next()?;
        Some(row.and_then(|mut record| typed(self, &mut record)))
    }

    /// Takes the text of a field out of a row; numbers and truth values become text.
    fn take(&self, record: &mut Record, field: &str) -> Result<String> {
        let column = self.mapping.column(field);
        let (name, line) = (|| self.name.clone(), record.line);
        let text = match record.fields.get_mut(column).map(Value::take) {
            None | Some(Value::Null) => {
                return Err(Error::Missing { name: name(), line, column: column.to_owned() });
            }
            Some(Value::String(text)) => text,
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(other) => {
                let found = kind_of(&other);
                return Err(Error::NotText {
                    name: name(),
                    line,
                    column: column.to_owned(),
                    found,
                });
            }
        };
        if text.trim().is_empty() {
            return Err(Error::EmptyValue { name: name(), line, column: column.to_owned() });
        }
        Ok(text)
    }
}
