//! Completing what a person types.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A model that begins as what was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedModel {
    /// `collection/name`.
    pub model: String,
    /// The name to show.
    pub display_name: String,
    /// Tasks that it performs.
    pub tasks: Vec<String>,
    /// Downloads in the last month, as its source counts them.
    pub downloads: u64,
}
