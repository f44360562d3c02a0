//! Which formats are read, told by the ending of a file's name.

use crate::{Error, Result};

/// A format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Fields separated by commas, below a header.
    Csv,
    /// Fields separated by tabs, below a header.
    Tsv,
}

/// Every ending that is known, in the order in which a person reads them.
const ENDINGS: &[(&str, Format)] = &[
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
];

impl Format {
    /// Tells the format of a file by its name.
    ///
    /// # Errors
    /// Where the ending is none of the known ones.
    pub fn of(name: &str) -> Result<Self> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        let known = ENDINGS.iter().find(|(known, _)| *known == ending);
        known.map(|(_, format)| *format).ok_or_else(|| Error::Ending { name: name.to_owned() })
    }

    /// Returns the known endings as a sentence lists them.
    pub(crate) fn endings() -> String {
        let endings: Vec<String> = ENDINGS.iter().map(|(name, _)| format!("`.{name}`")).collect();
        endings.join(", ")
    }
}
