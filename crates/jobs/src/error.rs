//! What can go wrong with the queue itself; what goes wrong in a job is the job's own.

use domain::{Fault, Kind};

/// A failure of the queue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such job.
    #[error("there is no job `{id}`")]
    NotFound {
        /// The job.
        id: String,
    },
    /// The job is in a state that forbids what was asked.
    #[error("cannot {what} `{id}`: its state is `{state}`")]
    State {
        /// What was asked.
        what: &'static str,
        /// The job.
        id: String,
        /// Its state.
        state: &'static str,
    },
    /// Another attempt has taken the job over.
    #[error("`{id}` was taken over: the lease of attempt {attempt} ended")]
    LeaseLost {
        /// The job.
        id: String,
        /// The attempt that lost it.
        attempt: u32,
    },
    /// The folder of a job cannot be made.
    #[error("cannot make the folder `{path}` of a job")]
    Scratch {
        /// The folder.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A stored job cannot be read.
    #[error("the stored job `{id}` cannot be read: {why}")]
    Stored {
        /// The job.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// The database failed.
    #[error("cannot reach the queue")]
    Database(#[from] db::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::NotFound { .. } => {
                Self::wrap(Kind::NotFound, error).hint("`modeldex jobs list` shows what there is")
            }
            Error::State { .. } | Error::LeaseLost { .. } => Self::wrap(Kind::Conflict, error),
            Error::Scratch { .. } => Self::wrap(Kind::Unavailable, error)
                .hint("check that the disk of the data directory has space"),
            Error::Stored { .. } => Self::wrap(Kind::Internal, error),
        }
    }
}
