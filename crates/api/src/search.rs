//! Searching the catalog.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to search for. Values within one filter are alternatives; filters combine.
///
/// In a query string each value is a parameter of its own, `task=fill-mask`, and what is left out
/// is `not_license=GPL-3.0-only`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchQuery {
    /// Words to find in names, summaries and keywords; `"two words"` stand side by side, and
    /// `task:fill-mask`, `-license:GPL-3.0-only` and `sort:likes` are filters and an order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Values by the name of their filter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Vec<String>>,
    /// Values that a model must not have, by the name of their filter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub excluded: BTreeMap<String, Vec<String>>,
    /// The order; the best match comes first where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// How many models to skip.
    #[serde(default)]
    pub offset: usize,
    /// Where the page before ended, as it says in `next`; takes the place of `offset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many models to return: 24 by default, 1,000 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// One page of models, with exact counts of every facet value.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// How many models match.
    pub total: usize,
    /// How many were skipped before this page.
    pub offset: usize,
    /// The size of a page.
    pub limit: usize,
    /// Facets in the order in which they are shown.
    pub facets: Vec<Facet>,
    /// The models of this page.
    pub models: Vec<ModelSummary>,
    /// The cursor of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What to search for instead, where nothing matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
}

/// Something to search for instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// A sentence.
    pub text: String,
    /// The query string that does it; absent where the sentence only explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// One filter with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Facet {
    /// The query parameter, such as `task` or `license`.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The values, most frequent first.
    pub values: Vec<FacetValue>,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FacetValue {
    /// The value to filter by.
    pub value: String,
    /// The text to show.
    pub label: String,
    /// How many models would match with this value alone in its facet.
    pub count: usize,
    /// Whether the query filters by it.
    pub selected: bool,
    /// Whether the query leaves out what has it.
    #[serde(default)]
    pub excluded: bool,
}

/// A model in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelSummary {
    /// `collection/name`.
    pub model: String,
    /// The collection.
    pub collection: String,
    /// The name inside the collection.
    pub name: String,
    /// The name to show.
    pub display_name: String,
    /// One or two sentences.
    pub summary: String,
    /// Tasks that it performs.
    pub tasks: Vec<String>,
    /// Tasks that it can be fine-tuned for.
    pub finetuning_tasks: Vec<String>,
    /// The license.
    pub license: String,
    /// `permissive`, `copyleft`, `non-commercial` or `custom`.
    pub license_family: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Number of parameters, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Bytes of its files, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// The library that its files are made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Downloads in the last month, as its source counts them.
    #[serde(default)]
    pub downloads: u64,
    /// How many people like it, as its source counts them.
    #[serde(default)]
    pub likes: u64,
    /// What it can be put to here, once its files are here: `online`, `batch`, `finetune`,
    /// `evaluate`.
    #[serde(default)]
    pub deployment: Vec<String>,
    /// Whether its weights fit into this machine's memory; absent where its size is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fits: Option<bool>,
    /// The latest version that has files here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Shown first.
    pub featured: bool,
    /// Not final.
    pub preview: bool,
    /// Replaced by another.
    #[serde(default)]
    pub deprecated: bool,
    /// Its source gives the files only to people who agreed to its terms.
    #[serde(default)]
    pub gated: bool,
    /// When it last changed, at its source where that says so: milliseconds since the epoch.
    pub updated_ms: i64,
    /// The place of its texts that the words of the query were found in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snippet: Vec<Fragment>,
}

/// A piece of a text that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}
