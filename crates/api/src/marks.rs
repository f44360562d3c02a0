//! What people keep at hand: favorites, saved searches and what they looked at last.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ModelSummary;

/// Everything that is kept at hand.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Marks {
    /// Favorites, the last marked first.
    pub favorites: Vec<ModelSummary>,
    /// Models whose card was looked at, the last first; twelve at most.
    pub seen: Vec<ModelSummary>,
    /// Saved searches, by name.
    pub searches: Vec<SavedSearch>,
}

/// A search with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedSearch {
    /// The name.
    pub name: String,
    /// The query string, such as `q=bert&task=fill-mask`.
    pub query: String,
}

/// Saves a search.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveSearchRequest {
    /// The query string.
    pub query: String,
}
