//! What can go wrong with an import.

use domain::{Fault, Kind, NameError};

/// A failure of an import.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No hub may be asked.
    #[error("cannot fetch `{source_id}`: the server is offline")]
    Offline {
        /// What was to be fetched.
        source_id: String,
    },
    /// The name cannot be one in `workspace`.
    #[error("cannot name the imported model")]
    Name(#[from] NameError),
    /// The files are not here after all.
    #[error("cannot read the facts of `{source_id}`")]
    Facts {
        /// What was imported.
        source_id: String,
        /// Why not.
        #[source]
        source: native::Error,
    },
    /// The bytes cannot be kept.
    #[error("cannot keep the files")]
    Assets(#[from] assets::Error),
    /// The records cannot be kept.
    #[error("cannot keep the record")]
    Catalog(#[from] catalog::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Assets(source) => source.into(),
            Error::Catalog(source) => source.into(),
            Error::Offline { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("import a folder, or start the server without `--offline`"),
            Error::Name(_) => {
                Self::wrap(Kind::Invalid, error).hint("give another with `--name NAME`")
            }
            Error::Facts { .. } => Self::wrap(Kind::Invalid, error),
        }
    }
}
