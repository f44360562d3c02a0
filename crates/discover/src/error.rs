//! What can be wrong with a search.

use domain::{Fault, Kind};

/// A search that cannot be run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A filter names no task.
    #[error("`{text}` is not a task")]
    UnknownTask {
        /// What was asked for.
        text: String,
        /// Tasks that are spelled alike, the nearest first.
        near: Vec<&'static str>,
    },
    /// A filter has no such value.
    #[error("`{text}` is not a value of the filter `{facet}`")]
    UnknownValue {
        /// The filter.
        facet: &'static str,
        /// What was asked for.
        text: String,
        /// Every value that there is.
        values: Vec<&'static str>,
    },
    /// A cursor that no page gave.
    #[error("`{text}` is not a cursor")]
    BadCursor {
        /// What was sent.
        text: String,
    },
    /// More models are skipped than pages are for.
    #[error("more than {most} models are to be skipped")]
    OffsetTooLarge {
        /// How many may be skipped.
        most: usize,
    },
    /// More models than an index holds.
    #[error("there are more than {most} models")]
    TooMany {
        /// How many an index holds.
        most: usize,
    },
    /// A file of the index cannot be read or written.
    #[error("cannot keep the search index in `{path}`")]
    Store {
        /// The file or folder.
        path: String,
        /// What the system said.
        #[source]
        source: std::sync::Arc<std::io::Error>,
    },
    /// The words of the index cannot be read or written.
    #[error("cannot keep the words of the search index: {why}")]
    Words {
        /// What is wrong.
        why: String,
    },
    /// An order that does not exist.
    #[error("`{text}` is not an order of models")]
    UnknownSort {
        /// What was asked for.
        text: String,
    },
}

impl Error {
    /// Says which file could not be read or written.
    pub(crate) fn store(path: &std::path::Path, error: std::io::Error) -> Self {
        Self::Store { path: path.display().to_string(), source: std::sync::Arc::new(error) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::UnknownTask { near, .. } if near.is_empty() => {
                "`modeldex search --facets` lists the tasks".to_owned()
            }
            Error::UnknownTask { near, .. } => {
                let near: Vec<_> = near.iter().map(|task| format!("`{task}`")).collect();
                format!("did you mean {}?", near.join(" or "))
            }
            Error::UnknownValue { values, .. } => {
                let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
                format!("choose one of {}", values.join(", "))
            }
            Error::OffsetTooLarge { .. } => "go on with the `cursor` of a page".to_owned(),
            Error::TooMany { .. } => "leave out collections that nobody uses".to_owned(),
            Error::Store { .. } | Error::Words { .. } => {
                return Self::wrap(Kind::Unavailable, error)
                    .hint("look for space and permissions; the next start makes the index anew");
            }
            Error::BadCursor { .. } => "send what the page before gave as `next`".to_owned(),
            Error::UnknownSort { .. } => {
                let orders = crate::Sort::ALL.map(|sort| format!("`{}`", sort.as_str()));
                format!("choose one of {}", orders.join(", "))
            }
        };
        Self::wrap(Kind::Invalid, error).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_task_is_answered_with_the_nearest() {
        let fault = Fault::from(crate::parse_task("fil-mask").unwrap_err());
        assert_eq!(fault.kind(), Kind::Invalid);
        assert_eq!(fault.message(), "`fil-mask` is not a task");
        assert_eq!(fault.hint_text(), Some("did you mean `fill-mask`?"));
    }
}
