//! Refusals as the hub's clients tell them apart: by a header.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::{Fault, Kind};

use crate::error::{body, status};

/// The longest message in a header; servers and proxies take 8 KiB of headers together.
const MESSAGE_MAX: usize = 500;

/// Says what is not there; clients raise an error of their own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The model.
    Repo,
    /// The version.
    Revision,
    /// The file.
    Entry,
}

impl Missing {
    fn as_str(self) -> &'static str {
        match self {
            Self::Repo => "RepoNotFound",
            Self::Revision => "RevisionNotFound",
            Self::Entry => "EntryNotFound",
        }
    }
}

/// A fault on its way to a client of the hub's API.
#[derive(Debug)]
pub struct HubFault {
    fault: Fault,
    missing: Option<Missing>,
    /// Lets clients remember that this commit has no such file.
    commit: Option<String>,
}

/// What a handler of the hub's API returns.
pub type HubResult<T> = Result<T, HubFault>;

impl<E: Into<Fault>> From<E> for HubFault {
    fn from(error: E) -> Self {
        Self { fault: error.into(), missing: None, commit: None }
    }
}

impl HubFault {
    /// Says that something is not there.
    pub fn missing(missing: Missing, fault: Fault) -> Self {
        Self { fault, missing: Some(missing), commit: None }
    }

    /// Says at which commit it is not there.
    #[must_use]
    pub fn at(mut self, commit: Option<String>) -> Self {
        self.commit = commit;
        self
    }

    fn headers(&self, message: &str) -> HeaderMap {
        let code = self.missing.map(|missing| missing.as_str().to_owned());
        let pairs = [
            ("x-error-code", code),
            ("x-error-message", Some(plain(message))),
            ("x-repo-commit", self.commit.clone()),
        ];
        let header = |(name, value): (&'static str, Option<String>)| {
            let value = HeaderValue::from_str(&value?).ok()?;
            Some((HeaderName::from_static(name), value))
        };
        pairs.into_iter().filter_map(header).collect()
    }
}

/// Leaves of a message what a header can hold.
fn plain(message: &str) -> String {
    let visible = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
    message.chars().take(MESSAGE_MAX).map(visible).collect()
}

impl IntoResponse for HubFault {
    fn into_response(self) -> Response {
        let told = body(&self.fault);
        let message = match told.hint {
            Some(hint) => format!("{}; {hint}", told.message),
            None => told.message,
        };
        let headers = self.headers(&message);
        let body = Json(api::hub_api::HubError { error: message });
        (status(self.fault.kind()), headers, body).into_response()
    }
}

/// Says that there is no model of an id.
pub fn no_repo(id: &str) -> HubFault {
    let fault = Fault::new(Kind::NotFound, format!("there is no model `{id}`"));
    HubFault::missing(Missing::Repo, fault.hint("`GET /api/models?search=WORDS` finds models"))
}

/// Says that there is no such version.
pub fn no_revision(id: &str, revision: &str) -> HubFault {
    let message = format!("`{id}` has no version `{revision}` here");
    let fault = Fault::new(Kind::NotFound, message);
    let hint = format!("`GET /api/models/{id}/refs` lists its versions");
    HubFault::missing(Missing::Revision, fault.hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_letters_fits_a_header() {
        let fault = no_repo("ä\r\nx-evil: 1");
        let headers = fault.headers(&fault.fault.chain());
        assert_eq!(headers["x-error-message"], "there is no model `???x-evil: 1`");
        assert_eq!(headers["x-error-code"], "RepoNotFound");
        assert_eq!(plain(&"x".repeat(9_000)).len(), MESSAGE_MAX);
    }
}
