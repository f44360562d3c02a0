//! What is in the catalog, and what people keep at hand of it.

use std::path::PathBuf;

use clap::Subcommand;

/// The catalog.
#[derive(Clone, Debug, Subcommand)]
pub enum Catalog {
    /// Add a folder of model assets as a collection.
    Add {
        /// One asset folder, or a folder of them.
        folder: PathBuf,
        /// The collection.
        #[arg(long)]
        collection: Option<String>,
    },
    /// Add evaluation results that somebody published.
    AddResults {
        /// The results: CSV, TSV, JSON or JSONL with `model`, `dataset`, `task` and `m:METRIC`.
        file: PathBuf,
        /// Who published them; the name of the file by default.
        #[arg(long, value_name = "NAME")]
        publisher: Option<String>,
        /// The collection whose models are meant; every collection but `hub` by default.
        #[arg(long)]
        collection: Option<String>,
    },
    /// List collections.
    Collections,
}

/// Collections.
#[derive(Clone, Debug, Subcommand)]
pub enum Collections {
    /// List collections.
    List,
    /// Show what a collection is like, and what can be done with its models.
    Show {
        /// The collection.
        name: String,
    },
    /// Define a collection, or change what it says.
    Add {
        /// The collection.
        name: String,
        /// A folder on the server's machine, an address, or a query such as `task=fill-mask`.
        #[arg(long)]
        source: String,
        /// `assets` (a folder), `hub`, `modeldex`, `provider` (an address) or `query`.
        #[arg(long, default_value = "assets")]
        kind: String,
        /// The name to show.
        #[arg(long)]
        title: Option<String>,
        /// One or two sentences.
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
    },
    /// Remove a collection with the models that it only lists.
    Remove {
        /// The collection.
        name: String,
    },
}

/// Favorites.
#[derive(Clone, Debug, Subcommand)]
pub enum Favorites {
    /// List favorites, the last one first.
    List,
    /// Make a model a favorite.
    Add {
        /// `collection/name`.
        model: String,
    },
    /// Make a model no favorite.
    Remove {
        /// `collection/name`.
        model: String,
    },
}

/// Saved searches.
#[derive(Clone, Debug, Subcommand)]
pub enum Searches {
    /// List saved searches.
    List,
    /// Give a search a name; the same name again means the new query.
    Save {
        /// The name: up to 60 characters.
        name: String,
        /// The query, such as `q=bert&task=fill-mask`.
        query: String,
    },
    /// Forget a saved search.
    Delete {
        /// The name.
        name: String,
    },
}
