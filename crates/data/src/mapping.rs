//! Which column holds which field.

use std::collections::BTreeMap;

use crate::{Error, Result, near};

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
        let suggestion = match free[..] {
            [only] => Some(only),
            _ => near(column, free, 1).first().copied(),
        };
        Err(Error::MissingColumn {
            name: name.to_owned(),
            column: column.to_owned(),
            field: (*field).to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            near: suggestion.map(str::to_owned),
        })
    }
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
}
