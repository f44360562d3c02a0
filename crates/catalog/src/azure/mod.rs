//! Reads folders of Azure's model assets: both the form with tags and properties and the typed
//! one. What is sound is loaded; what is wrong is reported with file and field.

mod asset;
mod card;
mod compare;
mod fields;
mod folder;
mod values;
mod walk;
mod yaml;

use std::path::Path;

use domain::CollectionName;

use crate::{ModelRecord, Result};
use folder::AssetFolder;

pub use values::is_language;

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The models, in the order of their folders.
    pub models: Vec<LoadedModel>,
    /// How many asset folders gave no model.
    pub skipped: usize,
    /// What is wrong, in the order of the folders.
    pub defects: Vec<Defect>,
}

/// A model and where it was described.
#[derive(Debug)]
pub struct LoadedModel {
    /// What is known of it.
    pub record: ModelRecord,
    /// Its folder, relative to the one that was loaded; empty where it is that one.
    pub folder: String,
    /// The version that its publisher gives.
    pub version: Option<String>,
    /// The field that the id on the hub was read from.
    hub_field: &'static str,
}

/// Something wrong in an asset folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The file, relative to the folder that was loaded.
    pub file: String,
    /// The field, such as `tags.license`; empty where the whole file is meant.
    pub field: String,
    /// What is wrong, and what was done instead.
    pub message: String,
    /// Whether the model was loaded all the same.
    pub severity: Severity,
}

/// How bad a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The model was loaded all the same.
    Warning,
    /// The folder gave no model.
    Error,
}

impl Severity {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Loads the asset in `folder`, or all assets below it.
///
/// # Errors
/// Where the folder cannot be read or holds no asset at all. A broken asset is no error: it is
/// a defect in what is returned.
pub fn load_folder(folder: &Path, collection: &CollectionName) -> Result<Loaded> {
    let found = walk::find(folder)?;
    let mut loaded = Loaded { defects: found.defects, ..Loaded::default() };
    for path in &found.assets {
        let mut folder = AssetFolder::open(folder, path);
        match asset::load(&mut folder, path, collection) {
            Some(model) => loaded.models.push(model),
            None => {
                loaded.skipped += 1;
                folder.give_up();
            }
        }
        loaded.defects.extend(folder.into_defects());
    }
    compare::drop_duplicates(&mut loaded);
    compare::check_sources(&mut loaded);
    Ok(loaded)
}
