//! Evaluation results that others published, read from a file of rows.
//!
//! They become evaluation records of models, never of versions, and say who published them: what
//! was measured here is told apart from them everywhere. A model that no collection lists is kept
//! under its own name in the collection `published`, which has no cards; once a collection lists
//! it, the same file added again moves its results there.

mod metric;
mod names;
mod row;

use data::{DataFile, Rows};

use crate::{Error, EvaluationRecord, Result};

pub use metric::metric_name;
pub use names::Names;

/// The collection of models that are listed nowhere.
pub const COLLECTION: &str = "published";

/// The largest public leaderboards have about 5,000 models on 20 data sets.
const ROWS_MAX: usize = 100_000;

/// A file that takes nothing but defects is no file of results: a person reads the first ones.
const DEFECTS_MAX: usize = 1_000;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// The results, one of each row that could be read.
    pub records: Vec<EvaluationRecord>,
    /// What is wrong in the others.
    pub defects: Vec<RowDefect>,
    /// How many rows could not be read.
    pub skipped: usize,
}

/// Something wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDefect {
    /// Where the row begins; counts from one.
    pub line: u64,
    /// The column, where it is one column's fault.
    pub column: String,
    /// What is wrong.
    pub message: String,
}

/// Reads a file of results: `model`, `dataset` and `task` in columns of these names, each metric in
/// one that begins with `m:`, how it was measured in those that begin with `p:`.
///
/// # Errors
/// Where the file cannot be read, is too long, or its header names no model, data set or metric.
pub fn read(file: &DataFile, by: &str, names: &mut Names) -> Result<Published> {
    let mut published = Published::default();
    for (at, record) in Rows::open(file)?.enumerate() {
        if at == ROWS_MAX {
            return Err(Error::ResultsLength { name: file.name.clone(), rows_max: ROWS_MAX });
        }
        let read = match record {
            Ok(record) => {
                if at == 0 {
                    row::check_columns(&file.name, &record.fields)?;
                }
                row::read(&record, by, names)
            }
            Err(error) => Err(of_error(error)?),
        };
        match read {
            Ok(record) => published.records.push(record),
            Err(defect) => {
                published.skipped += 1;
                if published.defects.len() < DEFECTS_MAX {
                    published.defects.push(defect);
                }
            }
        }
    }
    Ok(published)
}

/// Makes a defect of what is one row's fault; after anything else there are no more rows.
fn of_error(error: data::Error) -> Result<RowDefect> {
    match error.line() {
        Some(line) if !matches!(error, data::Error::TooLong { .. }) => {
            Ok(RowDefect { line, column: String::new(), message: error.to_string() })
        }
        _ => Err(error.into()),
    }
}
