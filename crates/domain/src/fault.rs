//! The one shape in which every failure reaches a person.

use std::error::Error;
use std::fmt;

/// Says what sort of failure happened; decides HTTP status, exit code and retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request itself is wrong.
    Invalid,
    /// The thing named does not exist.
    NotFound,
    /// The thing to be made is there already.
    Exists,
    /// The thing is in a state that forbids this.
    Conflict,
    /// The request is sound, but this model or build cannot do it.
    Unsupported,
    /// A policy forbids it.
    Denied,
    /// The caller did not say who they are.
    Unauthenticated,
    /// A bound is reached; the same request may pass later.
    Busy,
    /// Something that is needed (a hub, a disk, a worker) cannot be reached.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl Kind {
    /// Every kind, in the order of the reference documentation.
    pub const ALL: [Self; 10] = [
        Self::Invalid,
        Self::NotFound,
        Self::Exists,
        Self::Conflict,
        Self::Unsupported,
        Self::Denied,
        Self::Unauthenticated,
        Self::Busy,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Returns the stable spelling used in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Exists => "exists",
            Self::Conflict => "conflict",
            Self::Unsupported => "unsupported",
            Self::Denied => "denied",
            Self::Unauthenticated => "unauthenticated",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Parses the spelling of [`Kind::code`]; anything else is [`Kind::Internal`].
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Self::Internal)
    }
}

/// A failure with its kind, a sentence, its cause and what to do next.
///
/// Every crate's error enum converts into this; surfaces render only this.
#[derive(Debug)]
pub struct Fault {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// Makes a fault from a kind and a sentence fragment (lower case, no full stop).
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// Wraps an error, whose `Display` becomes the sentence and whose sources are kept.
    pub fn wrap(kind: Kind, error: impl Error + Send + Sync + 'static) -> Self {
        Self { kind, message: error.to_string(), hint: None, source: take_source(error) }
    }

    /// Adds what the reader should do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what the reader should do next, where there is something to say.
    #[must_use]
    pub fn hint_if(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the sentence without its causes.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do next, where there is something to say.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns the sentence followed by each cause, joined with `: `.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut next = self.source();
        while let Some(error) = next {
            let cause = error.to_string();
            if !text.ends_with(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
            next = error.source();
        }
        text
    }
}

/// Keeps the causes of `error` as a boxed chain of sentences.
fn take_source(error: impl Error + Send + Sync + 'static) -> Option<Box<dyn Error + Send + Sync>> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let chain = causes
        .into_iter()
        .rev()
        .fold(None, |source, message| Some(Box::new(Cause { message, source }) as Box<Cause>))?;
    Some(chain)
}

#[derive(Debug)]
struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_that_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), kind);
        }
    }

    #[test]
    fn a_wrapped_error_keeps_its_causes() {
        let reset = Cause { message: "connection reset".into(), source: None };
        let error = Cause { message: "cannot fetch `a`".into(), source: Some(Box::new(reset)) };
        let fault = Fault::wrap(Kind::Unavailable, error).hint("try again");
        assert_eq!(fault.chain(), "cannot fetch `a`: connection reset");
        assert_eq!(fault.hint_text(), Some("try again"));
    }
}
