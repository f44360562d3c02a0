//! The rows of a file, in memory: they are seen many times, in another order each time.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use data::{DataFile, LabelledText, Mapping};
use domain::Digest;
use native::train::classifier::Example;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// Text that is held at once; a hundred times what a person labels in a year.
const TEXT_BYTES_MAX: usize = 1 << 30;

/// Reads all rows of a file.
pub(crate) fn read(file: &DataFile, mapping: &Mapping) -> Result<Vec<LabelledText>> {
    let mut rows = Vec::new();
    let mut bytes = 0;
    for row in data::labelled(file, mapping)? {
        let row = row?;
        bytes += row.text.len();
        if bytes > TEXT_BYTES_MAX {
            return Err(Error::TooMuch { name: file.name.clone(), bytes_max: TEXT_BYTES_MAX });
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Counts the rows of each label.
pub(crate) fn count(rows: &[LabelledText]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        match counts.get_mut(&row.label) {
            Some(count) => *count += 1,
            None => {
                counts.insert(row.label.clone(), 1);
            }
        }
    }
    counts
}

/// Replaces labels by their numbers.
///
/// # Errors
/// Where a row has another label.
pub(crate) fn number(
    name: &str,
    rows: Vec<LabelledText>,
    labels: &[String],
) -> Result<Vec<Example>> {
    let numbers: HashMap<&str, usize> =
        labels.iter().enumerate().map(|(number, label)| (label.as_str(), number)).collect();
    let number = |row: LabelledText| match numbers.get(row.label.as_str()) {
        Some(label) => Ok(Example { text: row.text, label: *label }),
        None => {
            let near = data::near(&row.label, labels.iter().map(String::as_str), 1);
            Err(Error::UnknownLabel {
                name: name.to_owned(),
                line: row.line,
                near: near.first().map(|near| (*near).to_owned()),
                label: row.label,
            })
        }
    };
    rows.into_iter().map(number).collect()
}

/// Returns the digest of a file's bytes.
pub(crate) fn digest(path: &Path) -> Result<Digest> {
    let hash = || -> io::Result<Digest> {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Digest::from_bytes(&hasher.finalize().into())),
                count => hasher.update(&buffer[..count]),
            }
        }
    };
    hash().map_err(|source| Error::Read { path: path.to_owned(), source })
}
