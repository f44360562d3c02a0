//! Rows with a text and a class, as both sides of the bench read them.

use std::collections::BTreeSet;
use std::path::Path;

/// A text and its class by name.
pub type Row = (String, String);

/// Training and test rows, with classes as numbers.
#[derive(Debug, PartialEq, Eq)]
pub struct Rows {
    /// The classes, in the order of their numbers.
    pub labels: Vec<String>,
    /// What is learned.
    pub train: Vec<(String, usize)>,
    /// What is asked.
    pub test: Vec<(String, usize)>,
}

impl Rows {
    /// Reads `train.csv` and `test.csv`.
    ///
    /// # Errors
    /// Where a file cannot be read or the test data has a class of its own.
    pub fn read(folder: &Path, rows_max: Option<usize>) -> Result<Self, String> {
        let train = read(&folder.join("train.csv"), rows_max)?;
        let test = read(&folder.join("test.csv"), rows_max)?;
        let labels: BTreeSet<String> =
            train.iter().chain(&test).map(|(_, label)| label.clone()).collect();
        let labels: Vec<String> = labels.into_iter().collect();
        let number = |(text, label): Row| {
            let number = labels.binary_search(&label).unwrap_or_default();
            (text, number)
        };
        let train = train.into_iter().map(number).collect();
        let test = test.into_iter().map(number).collect();
        Ok(Self { labels, train, test })
    }
}

/// Reads the first two columns; rows of large files are taken from all over it.
fn read(path: &Path, rows_max: Option<usize>) -> Result<Vec<Row>, String> {
    let wrong = |error: csv::Error| format!("cannot read `{}`: {error}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>().map_err(wrong)?;
    let stride = rows.len().div_ceil(rows_max.unwrap_or(usize::MAX).max(1)).max(1);
    Ok(rows.into_iter().step_by(stride).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(train: &str, test: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("train.csv"), train).unwrap();
        std::fs::write(folder.path().join("test.csv"), test).unwrap();
        folder
    }

    #[test]
    fn classes_are_numbered_in_alphabetical_order() {
        let folder = folder("text,category\n\"a, b\",owl\nc,cat\n", "text,category\nd,owl\n");
        let rows = Rows::read(folder.path(), None).unwrap();
        assert_eq!(rows.labels, ["cat", "owl"]);
        assert_eq!(rows.train, [("a, b".to_owned(), 1), ("c".to_owned(), 0)]);
        assert_eq!(rows.test, [("d".to_owned(), 1)]);
    }

    #[test]
    fn a_part_of_the_rows_is_taken_from_all_over() {
        let lines: String = (0..10).map(|n| format!("{n},x\n")).collect();
        let folder = folder(&format!("text,label\n{lines}"), "text,label\n1,x\n");
        let rows = Rows::read(folder.path(), Some(4)).unwrap();
        let texts: Vec<&str> = rows.train.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["0", "3", "6", "9"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Rows::read(folder.path(), None).unwrap_err();
        assert!(error.starts_with("cannot read `") && error.contains("train.csv"), "{error}");
    }
}
