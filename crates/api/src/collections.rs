//! Collections and adding asset folders to them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionView {
    /// The name.
    pub name: String,
    /// The name to show.
    pub title: String,
    /// One or two sentences.
    #[serde(default)]
    pub description: String,
    /// `curated`, `workspace`, `hub`, `provider`, `assets`, `modeldex` or `query`.
    pub kind: String,
    /// How many models it lists.
    pub models: usize,
    /// Where its models come from: a folder, an address, or a query string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was last brought up to date: milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_ms: Option<i64>,
    /// What can be done with its models.
    #[serde(default)]
    pub capabilities: Vec<CollectionCapability>,
    /// Format, hosting, use in an isolated network, support.
    #[serde(default)]
    pub attributes: Vec<CollectionAttribute>,
}

/// What can be done with the models of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionCapability {
    /// `try`, `evaluate`, `finetune`, `online`, `batch` or `import`.
    pub capability: String,
    /// With how many of its models, once their files are here.
    pub models: usize,
    /// Why not with the others: the commonest reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A property of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionAttribute {
    /// What it is about.
    pub name: String,
    /// A few words.
    pub value: String,
}

/// Defines a collection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectionRequest {
    /// The name to show; the name itself by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One or two sentences.
    #[serde(default)]
    pub description: String,
    /// `assets` (a folder of asset specs on the server's machine), `hub`, `modeldex`, `provider`
    /// (an address) or `query` (a query string).
    pub kind: String,
    /// The folder, the address or the query string.
    pub source: String,
}

/// What became of the models of a collection that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionRemoved {
    /// The collection.
    pub name: String,
    /// Models that were only listed, and are gone.
    pub models: u64,
    /// Models that stay, because their files are here.
    pub kept: u64,
    /// Whether the collection is still shown: it is built in, or has models that stay.
    pub listed: bool,
}

/// Adds asset folders as a collection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogAddRequest {
    /// A folder on the server's machine: one asset, or a folder of assets.
    pub folder: String,
    /// The collection; `assets` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
}

/// What was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogAdded {
    /// Models added or brought up to date.
    pub added: usize,
    /// Folders that could not be read as a model.
    pub skipped: usize,
    /// The collection.
    pub collection: String,
    /// Everything that is wrong in the folders, sound models included.
    pub defects: Vec<Defect>,
}

/// Something wrong in an asset folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Defect {
    /// The file, relative to the folder that was added.
    pub file: String,
    /// The field, such as `tags.license`.
    pub field: String,
    /// What is wrong, and what was done instead.
    pub message: String,
    /// `warning` where the model was added all the same, else `error`.
    pub severity: String,
}
