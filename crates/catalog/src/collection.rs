//! Collections: those that are built in, and those that an organization defines.

use std::str::FromStr;

use domain::{CollectionName, Millis};

use crate::Error;

/// What a collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CollectionKind {
    /// Comes with the program.
    Curated,
    /// Imported and fine-tuned models.
    Workspace,
    /// What a hub lists.
    Hub,
    /// What a provider runs.
    Provider,
    /// A folder of asset specs.
    Assets,
    /// What another Modeldex lists.
    Modeldex,
    /// What a search finds.
    Query,
}

impl CollectionKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Curated,
        Self::Workspace,
        Self::Hub,
        Self::Provider,
        Self::Assets,
        Self::Modeldex,
        Self::Query,
    ];

    /// The kinds that an organization defines.
    pub const DEFINED: [Self; 5] =
        [Self::Assets, Self::Hub, Self::Modeldex, Self::Provider, Self::Query];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Curated => "curated",
            Self::Workspace => "workspace",
            Self::Hub => "hub",
            Self::Provider => "provider",
            Self::Assets => "assets",
            Self::Modeldex => "modeldex",
            Self::Query => "query",
        }
    }
}

impl FromStr for CollectionKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| Error::CollectionKind { text: text.to_owned() })
    }
}

/// A collection as it is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRecord {
    /// The name.
    pub name: CollectionName,
    /// The name to show.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// What it is.
    pub kind: CollectionKind,
    /// The folder, the address or the query string; empty where it needs none.
    pub source: String,
    /// When it was defined; the store sets it.
    pub created_ms: Millis,
    /// When its models were last read from the source.
    pub synced_ms: Option<Millis>,
}

/// The collections that are always there: name, title and description.
const BUILT_IN: [(CollectionKind, &str, &str); 4] = [
    (
        CollectionKind::Curated,
        "Curated by Modeldex",
        "Listings that come with the program; most can be imported from a hub, one by one.",
    ),
    (
        CollectionKind::Workspace,
        "Your workspace",
        "Models whose files are here: imported, or fine-tuned from one that was.",
    ),
    (
        CollectionKind::Hub,
        "Hugging Face hub",
        "What a hub lists, since it was last read; each model is brought here by importing it.",
    ),
    (
        CollectionKind::Provider,
        "Hosted by providers",
        "Models that a provider runs; their files cannot be had.",
    ),
];

impl CollectionRecord {
    /// Returns the collections that are always there, in the order in which they are shown.
    pub fn built_in() -> Vec<Self> {
        let record = |(kind, title, description): (CollectionKind, &str, &str)| {
            // The names of the kinds are names of collections.
            let name = kind.as_str().parse().ok()?;
            Some(Self {
                name,
                title: title.to_owned(),
                description: description.to_owned(),
                kind,
                source: String::new(),
                created_ms: 0,
                synced_ms: None,
            })
        };
        BUILT_IN.into_iter().filter_map(record).collect()
    }

    /// Tells whether a collection is always there.
    pub fn is_built_in(name: &CollectionName) -> bool {
        BUILT_IN.iter().any(|(kind, _, _)| kind.as_str() == name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in CollectionKind::ALL {
            assert_eq!(kind.as_str().parse::<CollectionKind>().unwrap(), kind);
        }
        let error = "folder".parse::<CollectionKind>().unwrap_err();
        assert_eq!(error.to_string(), "`folder` is not a kind of collection");
    }

    #[test]
    fn four_collections_are_always_there() {
        let names: Vec<_> =
            CollectionRecord::built_in().iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, ["curated", "workspace", "hub", "provider"]);
        assert!(CollectionRecord::is_built_in(&CollectionName::workspace()));
        assert!(!CollectionRecord::is_built_in(&"ours".parse().unwrap()));
    }
}
