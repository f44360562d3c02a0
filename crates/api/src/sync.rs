//! Listing a hub, another Modeldex or a provider into a collection.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Brings a collection up to date with its source.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SyncRequest {
    /// `hub`, `modeldex` or `provider`; as the last time by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The address of the source; as the last time by default, and for `hub` the server's own
    /// setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which models: `task=fill-mask,author=acme`, of `author`, `task`, `library`, `tag`, `search`
    /// and `downloads` (at least so many). A word alone is a tag. All models by default.
    #[serde(default)]
    pub filter: String,
    /// How many models at most: those that are downloaded most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Lists everything again, not only what changed since the last time.
    #[serde(default)]
    pub full: bool,
    /// The token for the source; for the server's own hub its own setting by default. Never
    /// stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
