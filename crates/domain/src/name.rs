//! Names that users type, parsed once at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name in characters; Hugging Face allows 96 in each of two parts.
const LENGTH_MAX: usize = 200;

/// A name is not allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a {what}: {why}")]
pub struct NameError {
    /// What it was read as.
    pub what: &'static str,
    /// The text.
    pub name: String,
    /// The rule that it breaks.
    pub why: &'static str,
}

/// Checks one segment: letters, digits, `.`, `_`, `-`, not starting with `.` or `-`.
fn check_segment(segment: &str) -> Result<(), &'static str> {
    if segment.is_empty() {
        return Err("a part is empty");
    }
    if segment.starts_with(['.', '-']) {
        return Err("a part may not start with `.` or `-`");
    }
    if segment.contains("..") {
        return Err("a part may not contain `..`");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    if !segment.chars().all(allowed) {
        return Err("only letters, digits, `.`, `_`, `+` and `-` are allowed");
    }
    Ok(())
}

fn check(name: &str, what: &'static str, segments_max: usize) -> Result<(), NameError> {
    let fail = |why| Err(NameError { what, name: name.to_owned(), why });
    if name.len() > LENGTH_MAX {
        return fail("it is longer than 200 characters");
    }
    if name.split('/').count() > segments_max {
        return fail("it has too many `/`");
    }
    name.split('/').try_for_each(check_segment).or_else(fail)
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $what:literal, $segments_max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check(text, $what, $segments_max).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// A model's name inside its collection; may have an owner: `Qwen/Qwen2.5-0.5B`.
    ModelName, "model name", 3
);
name_type!(
    /// A collection: `curated`, `hub`, `workspace`, `provider`, or one that was added.
    CollectionName, "collection name", 1
);
name_type!(
    /// A version of a model: a number in `workspace`, a revision elsewhere.
    VersionName, "version", 1
);
name_type!(
    /// An endpoint or a deployment.
    ResourceName, "name", 1
);

impl CollectionName {
    /// Imported and fine-tuned models.
    pub fn workspace() -> Self {
        Self("workspace".to_owned())
    }

    /// The compiled-in collection.
    pub fn curated() -> Self {
        Self("curated".to_owned())
    }
}

/// A reference to a model as users type it: `collection/name[@version]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelRef {
    /// Where the model is listed.
    pub collection: CollectionName,
    /// The model.
    pub name: ModelName,
    /// The version; the latest where absent.
    pub version: Option<VersionName>,
}

impl ModelRef {
    /// Refers to the latest version.
    pub fn latest(collection: CollectionName, name: ModelName) -> Self {
        Self { collection, name, version: None }
    }

    /// Returns the same model at `version`.
    #[must_use]
    pub fn at(mut self, version: VersionName) -> Self {
        self.version = Some(version);
        self
    }

    /// Returns `collection/name` without the version.
    pub fn unversioned(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }
}

impl FromStr for ModelRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (path, version) = match text.rsplit_once('@') {
            Some((path, version)) => (path, Some(version.parse()?)),
            None => (text, None),
        };
        let Some((collection, name)) = path.split_once('/') else {
            let why = "write `collection/name` or `collection/name@version`";
            return Err(NameError { what: "model reference", name: text.to_owned(), why });
        };
        Ok(Self { collection: collection.parse()?, name: name.parse()?, version })
    }
}

impl TryFrom<String> for ModelRef {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<ModelRef> for String {
    fn from(model: ModelRef) -> Self {
        model.to_string()
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection, self.name)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_reads_and_prints_the_same() {
        for text in ["curated/bert-base-uncased", "hub/Qwen/Qwen2.5-0.5B@3f2a", "workspace/my_c@3"]
        {
            assert_eq!(text.parse::<ModelRef>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_reference_says_which_rule_it_breaks() {
        let check = |text: &str, why: &str| {
            let message = text.parse::<ModelRef>().unwrap_err().to_string();
            assert!(message.contains(why), "{text}: {message}");
        };
        check("bert", "write `collection/name`");
        check("curated/../etc", "may not start with `.`");
        check("curated/a..b", "may not contain `..`");
        check("curated//a", "a part is empty");
        check("a/b/c/d/e", "too many `/`");
        check("a/b@", "a part is empty");
        check("a/b c", "only letters");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = text.parse::<ModelRef>();
        }
    }
}
