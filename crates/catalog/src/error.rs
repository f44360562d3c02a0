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
    /// A file of published results cannot be read.
    #[error("cannot read published results")]
    Results(#[from] data::Error),
    /// A file of published results lacks what every result has.
    #[error("`{name}` has no column {wanted}")]
    ResultsColumn {
        /// The file.
        name: String,
        /// The columns of which it needs one, in words.
        wanted: &'static str,
    },
    /// A file of published results is too long.
    #[error("`{name}` has more than {rows_max} rows")]
    ResultsLength {
        /// The file.
        name: String,
        /// The bound.
        rows_max: usize,
    },
    /// A name that a search cannot have.
    #[error("`{name}` cannot be the name of a search: {why}")]
    SearchName {
        /// The name.
        name: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A search that is too long to keep.
    #[error("cannot save the search `{name}`: its query is longer than {most} bytes")]
    QueryTooLong {
        /// Its name.
        name: String,
        /// The bound.
        most: usize,
    },
    /// A word that is no kind of collection.
    #[error("`{text}` is not a kind of collection")]
    CollectionKind {
        /// The word.
        text: String,
    },
    /// There are as many of something as there may be.
    #[error("there are {most} {what} already, which is the most that are kept")]
    Full {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        most: i64,
    },
    /// The database failed.
    #[error("cannot reach the catalog")]
    Database(#[from] db::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::Results(source) => source.into(),
            Error::ResultsColumn { .. } => Self::wrap(Kind::Invalid, error)
                .hint("its header names `model`, `dataset`, `task`, and metrics as `m:accuracy`"),
            Error::ResultsLength { .. } => {
                Self::wrap(Kind::Invalid, error).hint("split the file and add its parts")
            }
            Error::SearchName { .. } | Error::QueryTooLong { .. } => {
                Self::wrap(Kind::Invalid, error)
            }
            Error::CollectionKind { .. } => Self::wrap(Kind::Invalid, error)
                .hint("choose `assets`, `hub`, `modeldex`, `provider` or `query`"),
            Error::Full { .. } => Self::wrap(Kind::Conflict, error).hint("remove one first"),
            Error::Stored { .. } => Self::wrap(Kind::Internal, error),
            Error::Folder { .. } => {
                Self::wrap(Kind::NotFound, error).hint("name a folder on the machine of the server")
            }
            Error::NoAsset { .. } => Self::wrap(Kind::Invalid, error)
                .hint("name one asset folder, or the folder that holds them"),
        }
    }
}
