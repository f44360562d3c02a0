//! A person's data: JSONL, JSON, CSV and TSV files as typed rows.
//!
//! Rows stream: no file is held in memory, and a row has a bound. Everything that is wrong with
//! a file is told with its line and its column. What a row means is the verbs' business.

mod delimited;
mod error;
mod format;
mod json;
mod mapping;
mod near;
mod rows;
mod source;
mod typed;

use std::path::PathBuf;

pub use error::Error;
pub use format::Format;
pub use mapping::Mapping;
pub use near::near;
pub use rows::{Record, Rows};
pub use typed::{Labelled, LabelledText, Text, Texts, labelled, records, texts};

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The longest row, so that one broken line cannot fill the memory; a long book has about 3 MiB.
pub const ROW_BYTES_MAX: usize = 16 << 20;

/// A file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Where its bytes are.
    pub path: PathBuf,
    /// What the person calls it; its ending tells the format.
    pub name: String,
}
