//! CSV and TSV: the `csv` crate knows the quoting, we know the lines.

use std::collections::VecDeque;
use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use crate::rows::Record;
use crate::source::{Source, newlines};
use crate::{Error, ROW_BYTES_MAX, Result};

/// Rows below a header.
#[derive(Debug)]
pub(crate) struct Delimited {
    name: String,
    reader: Reader<LineStarts>,
    columns: Vec<String>,
    record: ByteRecord,
    over: bool,
}

impl Delimited {
    pub(crate) fn open(name: String, source: Source, delimiter: u8) -> Result<Self> {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(LineStarts::new(source));
        let record = ByteRecord::new();
        let mut rows = Self { name, reader, columns: Vec::new(), record, over: false };
        let Some(line) = rows.read()? else { return Err(Error::Empty { name: rows.name }) };
        for number in 0..rows.record.len() {
            let column = rows.text(number, line)?.trim().to_owned();
            if rows.columns.contains(&column) {
                return Err(Error::TwiceColumn { name: rows.name, column });
            }
            rows.columns.push(column);
        }
        Ok(rows)
    }

    pub(crate) fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    /// Reads the next row and returns the line where it begins; `None` at the end.
    fn read(&mut self) -> Result<Option<u64>> {
        let end_of_last = self.reader.position().byte();
        self.reader.get_mut().begin_row(end_of_last);
        let read = self.reader.read_byte_record(&mut self.record);
        let line = self.reader.get_ref().row_line();
        match read {
            Ok(true) => Ok(Some(line)),
            Ok(false) => Ok(None),
            Err(error) => Err(self.explain(error, line)),
        }
    }

    fn explain(&self, error: csv::Error, line: u64) -> Error {
        let name = self.name.clone();
        match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
                Error::TooLong { name, line }
            }
            csv::ErrorKind::Io(source) => Error::Read { name, line, source },
            // The reader is flexible and does not decode: nothing else can be wrong.
            other => Error::Read { name, line, source: io::Error::other(format!("{other:?}")) },
        }
    }

    fn parse(&self, line: u64) -> Result<Record> {
        if self.record.len() != self.columns.len() {
            return Err(Error::FieldCount {
                name: self.name.clone(),
                line,
                found: self.record.len(),
                columns: self.columns.clone(),
                spans_lines: newlines(self.record.as_slice()) > 0,
            });
        }
        let mut fields = Map::with_capacity(self.columns.len());
        for (number, column) in self.columns.iter().enumerate() {
            let text = self.text(number, line)?;
            fields.insert(column.clone(), Value::String(text.to_owned()));
        }
        Ok(Record { line, fields })
    }

    /// Returns a field of the present row as text.
    fn text(&self, number: usize, row_line: u64) -> Result<&str> {
        let field = &self.record[number];
        std::str::from_utf8(field).map_err(|wrong| {
            let before: u64 = self.record.iter().take(number).map(newlines).sum();
            Error::Encoding {
                name: self.name.clone(),
                line: row_line + before + newlines(&field[..wrong.valid_up_to()]),
                column: self.columns.get(number).cloned(),
            }
        })
    }
}

impl Iterator for Delimited {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.over {
            return None;
        }
        match self.read() {
            Ok(Some(line)) => Some(self.parse(line)),
            Ok(None) => None,
            Err(error) => {
                self.over = true;
                Some(Err(error))
            }
        }
    }
}

/// Remembers where lines begin that are not blank.
///
/// The parser places a row where the one before it ended, which may be blank lines earlier or,
/// after `\r\n`, between the two; the row itself begins at the next byte that ends no line. It
/// also bounds a row: the parser reads on only while the present one has not ended.
#[derive(Debug)]
struct LineStarts {
    source: Source,
    /// Bytes handed on.
    offset: u64,
    line: u64,
    after_newline: bool,
    /// Offset and line.
    starts: VecDeque<(u64, u64)>,
    row_offset: u64,
}

impl LineStarts {
    fn new(source: Source) -> Self {
        let starts = VecDeque::new();
        Self { source, offset: 0, line: 1, after_newline: true, starts, row_offset: 0 }
    }

    /// Says that the next row begins at `offset` or after it.
    fn begin_row(&mut self, offset: u64) {
        self.row_offset = offset;
        self.forget_before_row();
    }

    /// Returns the line where the present row begins.
    fn row_line(&self) -> u64 {
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }

    fn forget_before_row(&mut self) {
        while self.starts.front().is_some_and(|(offset, _)| *offset < self.row_offset) {
            self.starts.pop_front();
        }
    }
}

impl Read for LineStarts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.offset - self.row_offset > ROW_BYTES_MAX as u64 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // All that was handed on belongs to the present row: only where it begins matters.
        self.starts.truncate(1);
        let count = self.source.read(buffer)?;
        for byte in &buffer[..count] {
            let ends_line = matches!(byte, b'\n' | b'\r');
            if self.after_newline && !ends_line {
                self.starts.push_back((self.offset, self.line));
            }
            self.after_newline = ends_line;
            self.line += u64::from(*byte == b'\n');
            self.offset += 1;
        }
        Ok(count)
    }
}
