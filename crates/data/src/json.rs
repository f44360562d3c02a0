//! JSON objects, one a line or in one array.

use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde_json::{Deserializer, Map, Value};

use crate::rows::Record;
use crate::source::{Source, newlines, read_line};
use crate::{Error, ROW_BYTES_MAX, Result};

/// One object a line.
#[derive(Debug)]
pub(crate) struct Lines {
    name: String,
    source: Source,
    line: u64,
    buffer: Vec<u8>,
    over: bool,
}

impl Lines {
    pub(crate) fn new(name: String, source: Source) -> Self {
        Self { name, source, line: 0, buffer: Vec::new(), over: false }
    }

    /// Reads the next line that holds something; `None` at the end.
    fn read(&mut self) -> Result<bool> {
        loop {
            let read = read_line(&mut self.source, ROW_BYTES_MAX, &mut self.buffer);
            let name = || self.name.clone();
            let count =
                read.map_err(|source| Error::Read { name: name(), line: self.line, source })?;
            if count == 0 {
                return Ok(false);
            }
            self.line += 1;
            if count > ROW_BYTES_MAX {
                return Err(Error::TooLong { name: name(), line: self.line });
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn parse(&self) -> Result<Record> {
        let (name, line) = (|| self.name.clone(), self.line);
        let text = std::str::from_utf8(&self.buffer).map_err(|_| Error::Encoding {
            name: name(),
            line,
            column: None,
        })?;
        let value: Value = serde_json::from_str(text.trim()).map_err(|error| Error::Json {
            name: name(),
            line,
            why: why(&error),
        })?;
        match value {
            Value::Object(fields) => Ok(Record { line, fields }),
            other => Err(Error::NotObject { name: name(), line, found: kind_of(&other) }),
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.over {
            return None;
        }
        match self.read() {
            Ok(true) => Some(self.parse()),
            Ok(false) => None,
            Err(error) => {
                self.over = true;
                Some(Err(error))
            }
        }
    }
}

/// One array of objects.
#[derive(Debug)]
pub(crate) struct Array {
    name: String,
    source: Tee,
    rows: u64,
    over: bool,
}

/// Counts lines and keeps the bytes of the present element.
#[derive(Debug)]
struct Tee {
    source: Source,
    line: u64,
    element: Vec<u8>,
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.element.len() > ROW_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.source.read(buffer)?;
        self.line += newlines(&buffer[..count]);
        self.element.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

impl Tee {
    /// Looks at the next byte that is not white space.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.source.fill_buf()?;
            let spaces = buffer.len() - buffer.trim_ascii_start().len();
            if let Some(byte) = buffer.get(spaces).copied() {
                self.line += newlines(&buffer[..spaces]);
                self.source.consume(spaces);
                return Ok(Some(byte));
            }
            if buffer.is_empty() {
                return Ok(None);
            }
            self.line += newlines(buffer);
            self.source.consume(spaces);
        }
    }

    fn skip(&mut self) {
        self.source.consume(1);
    }
}

impl Array {
    pub(crate) fn open(name: String, source: Source) -> Result<Self> {
        let source = Tee { source, line: 1, element: Vec::new() };
        let mut array = Self { name, source, rows: 0, over: false };
        match array.peek()? {
            Some(b'[') => array.source.skip(),
            Some(byte) => {
                return Err(Error::NotArray { name: array.name, found: char::from(byte) });
            }
            None => return Err(Error::Empty { name: array.name }),
        }
        Ok(array)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        let read = self.source.peek();
        read.map_err(|source| Error::Read {
            name: self.name.clone(),
            line: self.source.line,
            source,
        })
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let mut next = self.peek()?;
        if next == Some(b']') {
            self.source.skip();
            return match self.peek()? {
                None => Ok(None),
                Some(_) => Err(self.broken("something follows the end of the array")),
            };
        }
        if self.rows > 0 {
            match next {
                Some(b',') => self.source.skip(),
                None => return Err(self.broken("the file ends inside the array")),
                Some(_) => return Err(self.broken("expected `,` or `]` after a row")),
            }
            next = self.peek()?;
        }
        self.rows += 1;
        match next {
            Some(b'{') => self.object().map(Some),
            None => Err(self.broken("the file ends inside the array")),
            Some(byte) => Err(match kind_from(byte) {
                Some(found) => {
                    Error::NotObject { name: self.name.clone(), line: self.source.line, found }
                }
                None => self.broken(&format!("expected a row, found `{}`", char::from(byte))),
            }),
        }
    }

    fn object(&mut self) -> Result<Record> {
        let line = self.source.line;
        self.source.element.clear();
        let parsed =
            Map::<String, Value>::deserialize(&mut Deserializer::from_reader(&mut self.source));
        parsed.map(|fields| Record { line, fields }).map_err(|error| self.explain(error, line))
    }

    fn explain(&self, error: serde_json::Error, began: u64) -> Error {
        let name = self.name.clone();
        let invalid = std::str::from_utf8(&self.source.element).err();
        // A character that is merely not complete is where reading stopped, not what is wrong.
        if let Some(wrong) = invalid.filter(|wrong| wrong.error_len().is_some()) {
            let line = began + newlines(&self.source.element[..wrong.valid_up_to()]);
            return Error::Encoding { name, line, column: None };
        }
        if self.source.element.len() > ROW_BYTES_MAX {
            return Error::TooLong { name, line: began };
        }
        if error.is_io() {
            return Error::Read { name, line: self.source.line, source: error.into() };
        }
        let line = began + (error.line() as u64).saturating_sub(1);
        Error::Json { name, line, why: why(&error) }
    }

    fn broken(&self, why: &str) -> Error {
        Error::Json { name: self.name.clone(), line: self.source.line, why: why.to_owned() }
    }
}

impl Iterator for Array {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.over {
            return None;
        }
        let row = self.read().transpose();
        // Behind a broken element nothing tells where the next one begins.
        self.over = !matches!(row, Some(Ok(_)));
        row
    }
}

/// Returns what is wrong, without the line: that counts from the row, not from the file.
fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let sentence = text.rsplit_once(" at line ").map_or(text.as_str(), |(sentence, _)| sentence);
    format!("{sentence} at column {}", error.column())
}

/// Names what a value is, as a sentence does.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn kind_from(byte: u8) -> Option<&'static str> {
    match byte {
        b'[' => Some("a list"),
        b'"' => Some("a text"),
        b'-' | b'0'..=b'9' => Some("a number"),
        b't' | b'f' => Some("true or false"),
        b'n' => Some("null"),
        _ => None,
    }
}
