//! What can go wrong with records.

use domain::{Fault, Kind};

/// A failure of the catalog.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A stored record cannot be read.
    #[error("the stored record of `{what}` cannot be read: {why}")]
    Stored {
        /// Whose record.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// A folder of assets cannot be read.
    #[error("cannot read the asset folder `{path}`")]
    Folder {
        /// The folder.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A folder holds no asset at all.
    #[error("`{path}` holds no model asset: no `asset.yaml` or `spec.yaml` in it or below it")]
    NoAsset {
        /// The folder.
        path: String,
    },
    /// The database failed.
    #[error("cannot reach the catalog")]
    Database(#[from] db::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::Stored { .. } => Self::wrap(Kind::Internal, error),
            Error::Folder { .. } => {
                Self::wrap(Kind::NotFound, error).hint("name a folder on the machine of the server")
            }
            Error::NoAsset { .. } => Self::wrap(Kind::Invalid, error)
                .hint("name one asset folder, or the folder that holds them"),
        }
    }
}
