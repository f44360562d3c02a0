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
    /// `curated`, `workspace` or `assets`.
    pub kind: String,
    /// How many models it lists.
    pub models: usize,
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
