//! What can go wrong at a source.

use std::path::PathBuf;

use domain::{Fault, Kind};

/// A failure of a source. Messages name the hub and the file, and never a token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the hub is none.
    #[error("`{address}` is not the address of a hub: {why}")]
    Address {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The id cannot be one of a model.
    #[error("`{id}` is not the id of a model: {why}")]
    Id {
        /// The id.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such model, or it is hidden from this asker.
    #[error("there is no model `{id}` on `{hub}`, or it is private")]
    NotFound {
        /// The model.
        id: String,
        /// The hub.
        hub: String,
        /// Models that are there and have a name like it.
        near: Vec<String>,
    },
    /// There is no such revision.
    #[error("`{id}` has no revision `{revision}`")]
    Revision {
        /// The model.
        id: String,
        /// The revision.
        revision: String,
        /// Revisions that are there.
        near: Vec<String>,
    },
    /// A listed file is gone.
    #[error("`{place}` lists {what}, but does not have it")]
    Gone {
        /// The source.
        place: String,
        /// The file.
        what: String,
    },
    /// The hub does not take the token.
    #[error("`{hub}` does not accept the token")]
    Token {
        /// The hub.
        hub: String,
    },
    /// The hub lists its models only to those who say who they are.
    #[error("`{hub}` shows {what} only with a token")]
    Closed {
        /// The hub.
        hub: String,
        /// What was asked for.
        what: String,
    },
    /// The model is only for those whom its publisher let in.
    #[error("`{id}` is gated on `{hub}`")]
    Gated {
        /// The model.
        id: String,
        /// The hub.
        hub: String,
        /// Whether a token was sent along.
        with_token: bool,
    },
    /// The hub asks to wait for longer than is waited.
    #[error("`{hub}` does not serve {what}: too many requests")]
    Busy {
        /// The hub.
        hub: String,
        /// What was asked for.
        what: String,
        /// How long it asks to wait, where it says so.
        seconds: Option<u64>,
    },
    /// The hub answers with a status that is not expected.
    #[error("`{host}` answers {status} for {what}")]
    Status {
        /// Who answered.
        host: String,
        /// What was asked for.
        what: String,
        /// The status.
        status: u16,
    },
    /// The hub cannot be reached, or the connection broke.
    #[error("cannot fetch {what} from `{host}`")]
    Reach {
        /// What was asked for.
        what: String,
        /// Who was asked.
        host: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// Nothing came for too long.
    #[error("cannot fetch {what} from `{host}`: nothing came for {seconds} s")]
    Silent {
        /// What was asked for.
        what: String,
        /// Who was asked.
        host: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A file ended before its listed length.
    #[error("{what} broke off after {found} of {listed} bytes")]
    Short {
        /// The file.
        what: String,
        /// Its listed length.
        listed: u64,
        /// How many bytes came.
        found: u64,
    },
    /// A redirect is not followed.
    #[error("`{hub}` redirects {what} to `{to}`, which is refused: {why}")]
    Redirect {
        /// The hub.
        hub: String,
        /// What was asked for.
        what: String,
        /// The host, without what may be secret.
        to: String,
        /// Why not.
        why: String,
    },
    /// A file has another length than was listed.
    #[error("{what} has {found} bytes, but {listed} are listed")]
    Length {
        /// The file.
        what: String,
        /// Its listed length.
        listed: u64,
        /// The length that the hub says, or more than which came.
        found: u64,
    },
    /// An answer is not what the protocol says.
    #[error("`{hub}` does not answer like a hub for {what}: {why}")]
    Answer {
        /// The hub.
        hub: String,
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A model has more files than any model.
    #[error("`{place}` lists more than {files_max} files")]
    TooMany {
        /// The source.
        place: String,
        /// The bound.
        files_max: usize,
    },
    /// A folder is none, or has no revisions.
    #[error("cannot read `{path}`: {why}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// A file of a folder cannot be read.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file of a folder became another one while it was read.
    #[error("`{path}` changed while it was read")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The client for HTTP cannot be made.
    #[error("cannot make connections")]
    Client(#[source] reqwest::Error),
}

impl Error {
    /// Tells whether the same may work a moment later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Reach { .. } | Self::Silent { .. } | Self::Short { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 408,
            _ => false,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Address { .. } | Self::Id { .. } | Self::Folder { .. } => Kind::Invalid,
            Self::NotFound { .. } | Self::Revision { .. } => Kind::NotFound,
            Self::Token { .. } | Self::Closed { .. } | Self::Gated { with_token: false, .. } => {
                Kind::Unauthenticated
            }
            Self::Gated { .. } | Self::Redirect { .. } | Self::TooMany { .. } => Kind::Denied,
            Self::Busy { .. } => Kind::Busy,
            Self::Length { .. } | Self::Changed { .. } | Self::Gone { .. } => Kind::Conflict,
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Kind::NotFound
            }
            Self::Client(_) => Kind::Internal,
            Self::Answer { .. } => Kind::Invalid,
            Self::Status { status, .. } if *status < 500 && *status != 408 => Kind::Invalid,
            Self::Status { .. }
            | Self::Reach { .. }
            | Self::Silent { .. }
            | Self::Short { .. }
            | Self::Io { .. } => Kind::Unavailable,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => "write it like `https://huggingface.co`",
            Self::Id { .. } => "write `owner/name`, or the path of a folder that exists",
            Self::NotFound { near, .. } if !near.is_empty() => {
                return Some(format!("did you mean {}?", near.join(", ")));
            }
            Self::NotFound { .. } => {
                "check the spelling; for a private model, give a token in `HF_TOKEN`"
            }
            Self::Revision { near, .. } if !near.is_empty() => {
                return Some(format!("there are {}", near.join(", ")));
            }
            Self::Token { .. } => "check the token in `HF_TOKEN`, or go without one",
            Self::Closed { .. } => "give a token in `HF_TOKEN`",
            Self::Gated { id, hub, with_token } => {
                return Some(gated_hint(id, hub, *with_token));
            }
            Self::Busy { seconds: Some(seconds), .. } => {
                return Some(format!("try again in {seconds} s, or with a token in `HF_TOKEN`"));
            }
            Self::Busy { .. } => "try again later, or with a token in `HF_TOKEN`",
            Self::Status { .. } | Self::Reach { .. } | Self::Silent { .. } | Self::Short { .. } => {
                "run it again: what is here already is not fetched again"
            }
            Self::Redirect { .. } => {
                "a hub may only redirect to its own host or to the public internet"
            }
            Self::Length { .. } | Self::Gone { .. } => {
                "the hub contradicts itself: try later, or another with `--hub-url`"
            }
            Self::Answer { .. } => "check `--hub-url` and `HF_ENDPOINT`",
            Self::Changed { .. } => "import it when nothing writes to the folder",
            Self::Folder { .. } => "name a folder with `config.json` and weights, or a hub id",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn gated_hint(id: &str, hub: &str, with_token: bool) -> String {
    let page = format!("accept the terms at {hub}/{id}");
    match with_token {
        true => format!("{page} with the account of the token, then import again"),
        false => format!("{page}, then import again with a token in `HF_TOKEN`"),
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        Self::wrap(error.kind(), error).hint_if(hint)
    }
}
