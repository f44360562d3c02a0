//! What can go wrong with stored bytes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use domain::{Digest, Fault, Kind};

use crate::FilePathError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The location is neither a folder nor a bucket.
    #[error("cannot keep blobs at `{location}`: {why}")]
    Location {
        /// The location, without secrets.
        location: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such blob.
    #[error("there is no {what} `{digest}` in the store")]
    NotFound {
        /// `blob` or `manifest`.
        what: &'static str,
        /// Its digest.
        digest: Digest,
    },
    /// Stored bytes are not what their name says.
    #[error("{what} `{digest}` is damaged: {why}")]
    Damaged {
        /// `blob`, `manifest` or `file`.
        what: &'static str,
        /// Its digest.
        digest: Digest,
        /// How this was seen.
        why: String,
    },
    /// Bytes that were to be stored are not what they should be.
    #[error("`{path}` has the digest `{found}`, expected `{expected}`")]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// A manifest does not hold together.
    #[error("the manifest is not sound: {why}")]
    Manifest {
        /// What is wrong with it.
        why: String,
    },
    /// A path leads out of its folder, or could on another system.
    #[error(transparent)]
    Path(#[from] FilePathError),
    /// The disk is full.
    #[error("no space is left on the disk for `{path}`")]
    Full {
        /// What was being written.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be read or written.
    #[error("cannot {what} `{path}`")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store does not answer, or refuses.
    #[error("cannot {what} `{path}` in the store")]
    Store {
        /// What was attempted.
        what: &'static str,
        /// The object.
        path: String,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// A stream that was to be stored broke off.
    #[error("the bytes to be stored broke off")]
    Stream {
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A thread of ours was stopped.
    #[error("storing was stopped")]
    Stopped {
        /// The cause.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl Error {
    /// Makes an error about a file, for `map_err`; tells a full disk from the rest.
    pub(crate) fn io(
        what: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { what, path, source },
        }
    }

    /// Makes an error about an object, for `map_err`.
    pub(crate) fn store(
        what: &'static str,
        path: &object_store::path::Path,
    ) -> impl FnOnce(object_store::Error) -> Self + use<> {
        let path = path.to_string();
        move |source| Self::Store { what, path, source: Box::new(source) }
    }

    /// Tells whether the thing is simply not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Location { .. } | Self::Path(_) | Self::Manifest { .. } => Kind::Invalid,
            Self::NotFound { .. } => Kind::NotFound,
            Self::Mismatch { .. } | Self::Stream { .. } => Kind::Conflict,
            Self::Io { source, .. } if source.kind() == ErrorKind::NotFound => Kind::NotFound,
            Self::Damaged { .. } | Self::Full { .. } | Self::Io { .. } | Self::Store { .. } => {
                Kind::Unavailable
            }
            Self::Stopped { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Location { .. } => Some("use a folder, or `s3://bucket/prefix`"),
            Self::Damaged { .. } => {
                Some("check the disk, then import the model again: damaged bytes are replaced")
            }
            Self::Full { .. } => {
                Some("free some space, or move the data directory to a larger disk")
            }
            Self::Store { .. } => Some("check the store's address, keys and permissions"),
            _ => None,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        Self::wrap(error.kind(), error).hint_if(hint)
    }
}
