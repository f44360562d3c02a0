//! Rows of any format, one after the other.

use serde_json::{Map, Value};

use crate::delimited::Delimited;
use crate::json::{Array, Lines};
use crate::{DataFile, Error, Format, Result, source};

/// A row with all its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line where it begins; counts from one.
    pub line: u64,
    /// Its columns, in their order.
    pub fields: Map<String, Value>,
}

/// The rows of a file.
///
/// After an error of one row the next one is read; after one that leaves no way to tell where the
/// next row begins there is nothing more.
#[derive(Debug)]
pub struct Rows {
    format: Reader,
    first: Option<Result<Record>>,
}

#[derive(Debug)]
enum Reader {
    Lines(Lines),
    Array(Array),
    Delimited(Box<Delimited>),
}

impl Rows {
    /// Opens a file and reads its first row.
    ///
    /// # Errors
    /// Where the file cannot be read, its ending is unknown, its header is wrong, or it has no row.
    pub fn open(file: &DataFile) -> Result<Self> {
        let format = Format::of(&file.name)?;
        let source = source::open(file)?;
        let name = file.name.clone();
        let format = match format {
            Format::Jsonl => Reader::Lines(Lines::new(name, source)),
            Format::Json => Reader::Array(Array::open(name, source)?),
            Format::Csv => Reader::Delimited(Box::new(Delimited::open(name, source, b',')?)),
            Format::Tsv => Reader::Delimited(Box::new(Delimited::open(name, source, b'\t')?)),
        };
        let mut rows = Self { format, first: None };
        let Some(first) = rows.read() else {
            let header = matches!(rows.format, Reader::Delimited(_));
            return Err(Error::NoRows { name: file.name.clone(), header });
        };
        rows.first = Some(first);
        Ok(rows)
    }

    /// Returns the columns that the header names, or else those of the first row; `None` where
    /// that row is broken.
    pub(crate) fn columns(&self) -> Option<Vec<&str>> {
        match (&self.format, &self.first) {
            (Reader::Delimited(delimited), _) => Some(delimited.columns()),
            (_, Some(Ok(first))) => Some(first.fields.keys().map(String::as_str).collect()),
            _ => None,
        }
    }

    fn read(&mut self) -> Option<Result<Record>> {
        match &mut self.format {
            Reader::Lines(lines) => lines.next(),
            Reader::Array(array) => array.next(),
            Reader::Delimited(delimited) => delimited.next(),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        self.first.take().or_else(|| self.read())
    }
}
