//! `filter=`: what a model must have, by tags that do not say what they are of.

use std::str::FromStr;

use discover::{FacetName, Index, Query};
use domain::{Fault, Task};

/// What a tag comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A value of a filter of the index.
    Facet(FacetName, String),
    /// A tag that only records have.
    Tag(String),
    /// The model that it was made from.
    Base(String),
}

impl Term {
    /// Reads a tag; what begins with no known word is a task, a library or a language where the
    /// index knows one of that name.
    ///
    /// # Errors
    /// Where the index cannot be asked.
    pub fn read(index: &Index, text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if let Some(base) = text.strip_prefix("base_model:") {
            let kinds = ["finetune:", "adapter:", "quantized:", "merge:"];
            let base = kinds.iter().find_map(|kind| base.strip_prefix(kind)).unwrap_or(base);
            return Ok(Self::Base(base.to_owned()));
        }
        if let Some((name, value)) = text.split_once(':')
            && let Some(facet) = facet_of(name)
        {
            return Ok(Self::of(facet, value));
        }
        if Task::from_str(text).is_ok() {
            return Ok(Self::of(FacetName::Task, text));
        }
        for facet in [FacetName::Library, FacetName::Language] {
            if let Self::Facet(facet, value) = Self::of(facet, text)
                && has(index, facet, &value)?
            {
                return Ok(Self::Facet(facet, value));
            }
        }
        Ok(Self::Tag(text.to_owned()))
    }

    /// Reads a value of a filter; one that the filter cannot have is a tag that no model has.
    pub fn of(facet: FacetName, value: &str) -> Self {
        match facet.read(value) {
            Ok(value) => Self::Facet(facet, value),
            Err(_) => Self::Tag(value.to_owned()),
        }
    }

    /// Returns the tag that says the same.
    pub fn tag(&self) -> String {
        match self {
            Self::Facet(FacetName::License, value) => format!("license:{}", value.to_lowercase()),
            Self::Facet(FacetName::Collection, value) => format!("collection:{value}"),
            Self::Facet(_, value) | Self::Tag(value) => value.clone(),
            Self::Base(value) => format!("base_model:{value}"),
        }
    }
}

fn facet_of(name: &str) -> Option<FacetName> {
    Some(match name {
        "license" => FacetName::License,
        "task" | "pipeline_tag" => FacetName::Task,
        "library" => FacetName::Library,
        "language" => FacetName::Language,
        "collection" => FacetName::Collection,
        "publisher" | "author" => FacetName::Publisher,
        _ => return None,
    })
}

/// Tells whether any model has a value.
pub fn has(index: &Index, facet: FacetName, value: &str) -> Result<bool, Fault> {
    let filters = [(facet, vec![value.to_owned()])].into();
    let query = Query { filters, limit: 0, ..Query::default() };
    Ok(index.search(&query)?.total > 0)
}
