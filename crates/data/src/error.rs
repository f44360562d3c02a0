//! What can be wrong with a file of rows; the file, the line and the column are always named.

use std::io;

use domain::{Fault, Kind};

use crate::ROW_BYTES_MAX;
use crate::format::Format;

/// A failure to read rows.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open `{name}`")]
    Open {
        /// The file.
        name: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file cannot be read to its end.
    #[error("cannot read `{name}` after line {line}")]
    Read {
        /// The file.
        name: String,
        /// The last line that was read.
        line: u64,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The name's ending tells no known format.
    #[error("cannot tell the format of `{name}`: the known endings are {}", Format::endings())]
    Ending {
        /// The file.
        name: String,
    },
    /// The file holds nothing.
    #[error("`{name}` is empty")]
    Empty {
        /// The file.
        name: String,
    },
    /// The file holds no row.
    #[error("`{name}` has no rows{}", if *.header { ": only a header" } else { "" })]
    NoRows {
        /// The file.
        name: String,
        /// Whether it has a header.
        header: bool,
    },
    /// The text is neither UTF-8 nor marked as UTF-16.
    #[error("`{name}`, line {line}: not UTF-8 text{}", of_column(.column.as_deref()))]
    Encoding {
        /// The file.
        name: String,
        /// The line of the first wrong byte.
        line: u64,
        /// The column, where it is known.
        column: Option<String>,
    },
    /// A row is longer than any sensible one.
    #[error("`{name}`, line {line}: the row has more than {} MiB", ROW_BYTES_MAX >> 20)]
    TooLong {
        /// The file.
        name: String,
        /// Where the row begins.
        line: u64,
    },
    /// JSON is broken.
    #[error("`{name}`, line {line}: broken JSON: {why}")]
    Json {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// What is wrong, and where in the line.
        why: String,
    },
    /// A JSON file holds something else than an array.
    #[error("`{name}` is not an array of objects: it begins with `{found}`")]
    NotArray {
        /// The file.
        name: String,
        /// The first character.
        found: char,
    },
    /// A row is JSON, but not an object.
    #[error("`{name}`, line {line}: a row is an object of columns, this is {found}")]
    NotObject {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// What it is.
        found: &'static str,
    },
    /// Two columns have one name.
    #[error("`{name}` has two columns `{column}`")]
    TwiceColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
    /// A mapping names a field that is not asked for.
    #[error("there is no field `{field}` to map: the fields are {}", list(.known))]
    Field {
        /// The field.
        field: String,
        /// The fields that there are.
        known: Vec<String>,
    },
    /// The file lacks a column.
    #[error("`{name}` has no column `{column}`: its columns are {}", list(.columns))]
    MissingColumn {
        /// The file.
        name: String,
        /// The column that was looked for.
        column: String,
        /// The field that it was to fill.
        field: String,
        /// The columns that are there.
        columns: Vec<String>,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// A row has less or more fields than the header.
    #[error("`{name}`, line {line}: {}", count(*.found, .columns))]
    FieldCount {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// How many fields it has.
        found: usize,
        /// The columns of the header.
        columns: Vec<String>,
        /// Whether the row runs over several lines.
        spans_lines: bool,
    },
    /// A row has no value in a column, or null.
    #[error("`{name}`, line {line}: column `{column}` has no value")]
    Missing {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
    },
    /// A row has an empty value in a column.
    #[error("`{name}`, line {line}: column `{column}` is empty")]
    EmptyValue {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
    },
    /// A row has a list or an object in a column of text.
    #[error("`{name}`, line {line}: column `{column}` holds {found}, not text")]
    NotText {
        /// The file.
        name: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What it holds.
        found: &'static str,
    },
}

impl Error {
    /// Returns the line that the error is about, where it is about one.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Encoding { line, .. }
            | Self::TooLong { line, .. }
            | Self::Json { line, .. }
            | Self::NotObject { line, .. }
            | Self::FieldCount { line, .. }
            | Self::Missing { line, .. }
            | Self::EmptyValue { line, .. }
            | Self::NotText { line, .. } => Some(*line),
            _ => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => Kind::NotFound,
            Self::Open { .. } | Self::Read { .. } => Kind::Unavailable,
            _ => Kind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::MissingColumn { field, near: Some(near), .. } => {
                return Some(format!("if `{near}` is meant: `--map {field}={near}`"));
            }
            Self::MissingColumn { field, .. } => {
                return Some(format!("say which column holds it: `--map {field}=COLUMN`"));
            }
            Self::Encoding { .. } => "save the file as UTF-8: `iconv -f WINDOWS-1252 -t UTF-8`",
            Self::NotArray { .. } => "a file with one object a line is called `.jsonl`",
            Self::TooLong { .. } | Self::FieldCount { spans_lines: true, .. } => {
                "a quote that is never closed takes in the rows after it: look for a lone `\"`"
            }
            Self::FieldCount { found, columns, .. } if *found > columns.len() => {
                "put a value that holds the separator into quotes"
            }
            Self::Ending { .. } => "rename the file so that its ending tells what it is",
            Self::Missing { .. } | Self::EmptyValue { .. } => "fill in the value or delete the row",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        Self::wrap(error.kind(), error).hint_if(hint)
    }
}

/// A listing beyond this is no help to a person.
const LISTED_MAX: usize = 20;

fn list(names: &[String]) -> String {
    let mut listed: Vec<String> =
        names.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED_MAX {
        listed.push(format!("and {} more", names.len() - LISTED_MAX));
    }
    listed.join(", ")
}

fn of_column(column: Option<&str>) -> String {
    column.map_or_else(String::new, |column| format!(" in column `{column}`"))
}

fn count(found: usize, columns: &[String]) -> String {
    let plural = if found == 1 { "" } else { "s" };
    let counts = format!("{found} field{plural} where the header has {}", columns.len());
    match columns.get(found..) {
        Some(missing) if !missing.is_empty() => format!("{counts}: {} missing", list(missing)),
        _ => counts,
    }
}
