//! Which column holds which field.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// Field → column; a field that is not named is in the column of its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<String, String>);

impl From<BTreeMap<String, String>> for Mapping {
    fn from(columns: BTreeMap<String, String>) -> Self {
        Self(columns)
    }
}

impl Mapping {
    /// Returns the column of a field.
    pub fn column<'a>(&'a self, field: &'a str) -> &'a str {
        self.0.get(field).map_or(field, String::as_str)
    }

    /// Returns each field that is named, with its column.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, column)| (field.as_str(), column.as_str()))
    }

    /// Checks that only `fields` are mapped.
    ///
    /// # Errors
    /// Where another one is.
    pub fn only(&self, fields: &[&str]) -> Result<()> {
        match self.0.keys().find(|field| !fields.contains(&field.as_str())) {
            None => Ok(()),
            Some(field) => Err(Error::Field {
                field: field.clone(),
                known: fields.iter().map(|field| (*field).to_owned()).collect(),
            }),
        }
    }

    /// Checks that `columns` hold every one of `fields`.
    ///
    /// # Errors
    /// Where a column is missing; the error suggests another.
    pub(crate) fn check(&self, name: &str, columns: &[&str], fields: &[&str]) -> Result<()> {
        let is_there = |field: &&&str| columns.contains(&self.column(field));
        let Some(field) = fields.iter().find(|field| !is_there(field)) else { return Ok(()) };
        let free: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| !fields.iter().any(|field| self.column(field) == *column))
            .collect();
        let column = self.column(field);
        let near = match free[..] {
            [only] => Some(only),
            _ => nearest(column, &free),
        };
        Err(Error::MissingColumn {
            name: name.to_owned(),
            column: column.to_owned(),
            field: (*field).to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            near: near.map(str::to_owned),
        })
    }
}

/// Returns the candidate that a person who wrote `name` probably meant.
fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = candidates.iter().map(|candidate| {
        let lower = candidate.to_lowercase();
        let distance = if lower.contains(&name) { 1 } else { edits(&name, &lower) };
        (distance, *candidate)
    });
    // More than a third of the letters changed is another word.
    let limit = (name.chars().count() / 3).max(1);
    distances.filter(|(distance, _)| *distance <= limit).min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

/// Returns how many letters are put in, taken out or changed between two words.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(columns: &[&str], map: Option<(&str, &str)>) -> Option<String> {
        let map = map.into_iter().map(|(f, c)| (f.to_owned(), c.to_owned()));
        let mapping = Mapping::from(map.collect::<BTreeMap<_, _>>());
        match mapping.check("a.csv", columns, &["text", "label"]) {
            Err(Error::MissingColumn { near, .. }) => near,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_missing_column_suggests_the_one_that_was_probably_meant() {
        let misspelt = ("label", "categroy");
        let cases = [
            ("text,category", None, Some("category")),
            ("Text,label", None, Some("Text")),
            ("id,texts,label", None, Some("texts")),
            ("id,text_long,label", None, Some("text_long")),
            ("id,sentence,label", None, None),
            ("id,text,category", Some(misspelt), Some("category")),
            ("text,a,b", Some(misspelt), None),
            ("label", None, None),
        ];
        for (columns, map, expected) in cases {
            let names: Vec<&str> = columns.split(',').collect();
            assert_eq!(suggestion(&names, map).as_deref(), expected, "{columns} {map:?}");
        }
    }

    #[test]
    fn edits_are_counted_by_letter() {
        for (a, b, expected) in [("", "", 0), ("", "ab", 2), ("label", "labels", 1), ("ä", "a", 1)]
        {
            assert_eq!((edits(a, b), edits(b, a)), (expected, expected), "{a} {b}");
        }
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
