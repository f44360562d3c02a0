//! What is asked of the index, and what it answers.

mod facet;
mod language;
mod task;

use std::collections::BTreeMap;
use std::str::FromStr;

use catalog::ModelRecord;
use domain::Capability;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub use facet::FacetName;
pub use task::parse_task;

/// Values by filter, as [`FacetName::read`] gives them.
pub type Filters = BTreeMap<FacetName, Vec<String>>;

/// What to look for. Values within one filter are alternatives; filters combine.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words to find.
    pub text: String,
    /// What a model must have.
    pub filters: Filters,
    /// What it must not have.
    pub excluded: Filters,
    /// The order.
    pub sort: Sort,
    /// How many models to skip.
    pub offset: usize,
    /// Where the page before ended, as [`Page::next`] says; takes the place of `offset`.
    pub cursor: Option<String>,
    /// How many models to return at most.
    pub limit: usize,
}

/// An order of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// What fits the words best; featured models, then the most downloaded, where there are none.
    #[default]
    Relevance,
    /// What is downloaded most.
    Downloads,
    /// What most people like.
    Likes,
    /// What changed last.
    Updated,
    /// What came last.
    Created,
    /// The smallest.
    Size,
    /// By name.
    Name,
}

impl Sort {
    /// Every order, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Relevance,
        Self::Downloads,
        Self::Likes,
        Self::Updated,
        Self::Created,
        Self::Size,
        Self::Name,
    ];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Downloads => "downloads",
            Self::Likes => "likes",
            Self::Updated => "updated",
            Self::Created => "created",
            Self::Size => "size",
            Self::Name => "name",
        }
    }
}

impl FromStr for Sort {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::UnknownSort { text: text.to_owned() };
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).ok_or_else(unknown)
    }
}

/// A model as the index keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// What is known of it; the text of its card is not kept here.
    pub record: ModelRecord,
    /// The latest version that has files here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it can be put to, once its files are here.
    #[serde(default)]
    pub options: Vec<Capability>,
}

/// A model that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The model.
    pub listed: Listed,
    /// The place of its texts that the words were found in.
    pub snippet: Vec<Fragment>,
}

/// A piece of a text that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// One page of what was found.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many models match.
    pub total: usize,
    /// Every filter with its values.
    pub facets: Vec<Facet>,
    /// The models of this page.
    pub models: Vec<Hit>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// What to offer where nothing matches.
    pub suggestions: Vec<Suggestion>,
}

/// Something to offer where nothing matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// No model has this value.
    UnknownValue {
        /// The filter.
        facet: FacetName,
        /// What was asked for.
        value: String,
    },
    /// Another value is spelled alike.
    Value {
        /// The filter.
        facet: FacetName,
        /// What was asked for.
        instead_of: String,
        /// What exists.
        value: String,
    },
    /// Without one filter, so many would match.
    Without {
        /// The filter.
        facet: FacetName,
        /// How many.
        count: usize,
    },
    /// A model is spelled alike.
    Model(String),
}

/// One filter with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Which filter.
    pub name: FacetName,
    /// The values that would find something, most frequent first, and those that are chosen.
    pub values: Vec<FacetValue>,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// The value to filter by.
    pub value: String,
    /// The text to show.
    pub label: String,
    /// How many models would match with this value alone in its filter.
    pub count: usize,
    /// Whether the query filters by it.
    pub selected: bool,
    /// Whether the query leaves out what has it.
    pub excluded: bool,
}
