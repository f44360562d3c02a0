//! What can go wrong with an import.

use std::path::PathBuf;

use domain::{Fault, Kind, NameError};

use crate::Refusal;

/// A failure of an import.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No hub may be asked.
    #[error("cannot fetch `{id}`: the server is offline")]
    Offline {
        /// The model.
        id: String,
    },
    /// The source is an address of another hub.
    #[error("`{address}` is not on the hub `{hub}`")]
    Elsewhere {
        /// The address.
        address: String,
        /// The hub.
        hub: String,
    },
    /// The name cannot be one in `workspace`.
    #[error("cannot name the imported model")]
    Name(#[from] NameError),
    /// The name that was chosen for want of another is that of another model.
    #[error("`workspace/{name}` is there already, and is not from `{place}`")]
    Taken {
        /// The name.
        name: String,
        /// The source.
        place: String,
    },
    /// The model is refused.
    #[error("cannot import `{place}`")]
    Refused {
        /// The source.
        place: String,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// The source failed.
    #[error(transparent)]
    Source(#[from] hub::Error),
    /// A file holds other bytes than the source says.
    #[error("`{path}` of `{place}` is damaged: its digest is `{found}`, `{listed}` is listed")]
    Mismatch {
        /// The file.
        path: String,
        /// The source.
        place: String,
        /// Its listed digest.
        listed: String,
        /// The digest of what came.
        found: String,
    },
    /// The weights are damaged at their source.
    #[error("the weights of `{place}` are damaged")]
    Damaged {
        /// The source.
        place: String,
        /// How.
        #[source]
        source: native::Error,
    },
    /// Another attempt of the same job is still at work.
    #[error("another attempt is still at work in `{folder}`")]
    AtWork {
        /// The job's folder.
        folder: PathBuf,
    },
    /// A file of the job's folder cannot be read or written.
    #[error("cannot {what} `{path}`")]
    Scratch {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Somebody asked to stop.
    #[error("the import was cancelled")]
    Cancelled,
    /// A thread of ours was stopped.
    #[error("the import was stopped")]
    Stopped(#[source] tokio::task::JoinError),
    /// The bytes cannot be kept.
    #[error(transparent)]
    Assets(#[from] assets::Error),
    /// The records cannot be kept.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
}

impl Error {
    /// Makes an error about a file of the job's folder; for `map_err`.
    pub(crate) fn scratch(
        what: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Scratch { what, path, source }
    }

    fn describe(&self) -> (Kind, Option<&'static str>) {
        match self {
            Self::Offline { .. } => (
                Kind::Unavailable,
                Some("import a folder, or start the server without `--offline`"),
            ),
            Self::Elsewhere { .. } => {
                (Kind::Invalid, Some("give the hub with `--hub-url`, and `owner/name`"))
            }
            Self::Name(_) => (Kind::Invalid, Some("give another with `--name NAME`")),
            Self::Taken { .. } => (
                Kind::Exists,
                Some("choose another with `--name NAME`; the same name given adds a version"),
            ),
            Self::Refused { refusal, .. } => (refusal.kind(), Some(refusal.hint())),
            Self::Mismatch { .. } => (
                Kind::Conflict,
                Some("it was fetched twice: try later, or another hub with `--hub-url`"),
            ),
            Self::Damaged { .. } => (Kind::Invalid, Some("ask its publisher for whole files")),
            Self::AtWork { .. } => (Kind::Busy, Some("wait until it has ended")),
            Self::Scratch { .. } => {
                (Kind::Unavailable, Some("check that the disk of the data directory has space"))
            }
            Self::Cancelled => (Kind::Conflict, Some("`modeldex jobs resume` goes on with it")),
            Self::Stopped(_) | Self::Source(_) | Self::Assets(_) | Self::Catalog(_) => {
                (Kind::Internal, None)
            }
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (kind, hint) = error.describe();
        let fault = match error {
            Error::Source(source) => return source.into(),
            Error::Assets(source) => return source.into(),
            Error::Catalog(source) => return source.into(),
            other => Self::wrap(kind, other),
        };
        fault.hint_if(hint)
    }
}
