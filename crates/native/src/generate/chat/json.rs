//! The `tojson` of chat templates: JSON as Python's `json.dumps` writes it, which the template's
//! author saw, as long and as deep as a template may make it.

use std::io::{self, Write};

use minijinja::value::{Kwargs, Value};
use minijinja::{Error, ErrorKind, State};
use serde::Serialize;
use serde_json::ser::Formatter;

/// Levels of lists and objects, as many as are read from a request.
const LEVELS_MAX: usize = 128;
/// How many times as much a byte costs as one that is copied.
const COST: usize = 16;
/// Spaces of a level.
const INDENT_MAX: usize = 16;

/// Writes a value as JSON, on the template's budget.
pub(super) fn tojson(
    state: &State<'_, '_>,
    value: &Value,
    options: Kwargs,
) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Serializing walks the whole value: a byte costs what it costs elsewhere in the engine.
    let left = super::bytes_left(state) / COST;
    let style =
        Python { indent: indent.map(|width| width.min(INDENT_MAX)), level: 0, filled: false };
    let mut out = Bounded { text: Vec::new(), left };
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, style));
    let wrong = |why: String| Error::new(ErrorKind::BadSerialization, why);
    written.map_err(|error| wrong(error.to_string()))?;
    state.consume_fuel((out.text.len() * COST / super::FUEL_BYTES) as u64)?;
    String::from_utf8(out.text).map_err(|error| wrong(error.to_string()))
}

/// A text that may only become so long.
struct Bounded {
    text: Vec<u8>,
    left: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| {
            io::Error::other("the JSON is longer than the template's fuel allows")
        })?;
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One line, with a space after each comma and colon; or a line for each value.
struct Python {
    indent: Option<usize>,
    level: usize,
    /// Whether the list or object that ends has a value.
    filled: bool,
}

impl Python {
    fn enter<W: ?Sized + Write>(&mut self, out: &mut W, mark: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        if self.level > LEVELS_MAX {
            let why = format!("lists and objects are deeper than {LEVELS_MAX} levels");
            return Err(io::Error::other(why));
        }
        out.write_all(mark)
    }

    fn leave<W: ?Sized + Write>(&mut self, out: &mut W, mark: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.filled {
            self.new_line(out)?;
        }
        self.filled = true;
        out.write_all(mark)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.filled = true;
        match (first, self.indent) {
            (true, _) => {}
            (false, Some(_)) => out.write_all(b",")?,
            (false, None) => out.write_all(b", ")?,
        }
        self.new_line(out)
    }

    fn new_line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        let Some(width) = self.indent else { return Ok(()) };
        out.write_all(b"\n")?;
        (0..self.level * width).try_for_each(|_| out.write_all(b" "))
    }
}

impl Formatter for Python {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.enter(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.leave(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.enter(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.leave(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}
