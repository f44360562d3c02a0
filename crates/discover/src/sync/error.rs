//! What ends a sync.

use domain::{Fault, Kind};

/// A sync that did not come to its end; what it listed stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] hub::Error),
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// A filter does not exist, or says nothing.
    #[error("`{text}` is not a filter of listings: {why}")]
    Filter {
        /// What was asked for.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such sort of source.
    #[error("`{text}` is not a sort of source")]
    UnknownKind {
        /// What was asked for.
        text: String,
    },
    /// Somebody asked to stop.
    #[error("the sync was stopped: run it again, and it goes on")]
    Cancelled,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Source(source) => source.into(),
            Error::Catalog(source) => source.into(),
            Error::Filter { .. } => Self::wrap(Kind::Invalid, error)
                .hint("there are `author`, `task`, `library`, `tag`, `search` and `downloads`"),
            Error::UnknownKind { .. } => {
                Self::wrap(Kind::Invalid, error).hint("there are `hub`, `modeldex` and `provider`")
            }
            Error::Cancelled => Self::wrap(Kind::Conflict, error),
        }
    }
}
