//! What a sync is asked, and what it did.

use std::fmt;
use std::str::FromStr;

use domain::{CollectionName, Millis};
use serde::{Deserialize, Serialize};

use super::{Error, Filter};

/// What sort of source is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A hub that speaks the Hugging Face protocol.
    Hub,
    /// Another Modeldex, which speaks it too.
    Modeldex,
    /// A provider that runs models and speaks OpenAI's protocol.
    Provider,
}

/// What to list, and where to.
#[derive(Clone)]
pub struct Job {
    /// The collection that the models are listed in.
    pub collection: CollectionName,
    /// What sort of source it is.
    pub kind: SourceKind,
    /// Its address.
    pub url: String,
    /// Says to the source who asks.
    pub token: Option<String>,
    /// Which of its models; all by default.
    pub filter: Filter,
    /// How many at most: those that are downloaded most.
    pub limit: Option<u64>,
    /// Lists everything again, not only what changed since the last time.
    pub full: bool,
    /// When the sync begins: what claims to have changed later is not believed.
    pub now_ms: Millis,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// Models that the source listed and that are in the catalog.
    pub listed: u64,
    /// Those of them that were not there before.
    pub added: u64,
    /// Those of them that were there and said something else.
    pub changed: u64,
    /// Models that were there and that the source does not list any more; known only where
    /// everything was listed, without a filter.
    #[serde(default)]
    pub gone: u64,
    /// Listings that are not taken: their reasons are in the log.
    pub skipped: u64,
}

impl SourceKind {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Modeldex => "modeldex",
            Self::Provider => "provider",
        }
    }
}

impl FromStr for SourceKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut all = [Self::Hub, Self::Modeldex, Self::Provider].into_iter();
        let found = all.find(|kind| kind.as_str() == text);
        found.ok_or_else(|| Error::UnknownKind { text: text.to_owned() })
    }
}

impl Job {
    /// Tells whether it wants every model of its source.
    pub(super) fn is_whole(&self) -> bool {
        self.filter.is_empty() && self.limit.is_none()
    }

    /// Names the source with its filter, as [`catalog::SyncState`] wants: what was read of it is
    /// known by this name.
    pub fn source(&self) -> String {
        let url = self.url.trim_end_matches('/');
        let limit = self.limit.map(|limit| format!("limit={limit}"));
        let filter = [Some(self.filter.to_string()), limit].into_iter().flatten();
        let filter = filter.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
        let name = format!("{} {} {url} {filter}", self.collection, self.kind.as_str());
        name.trim_end().to_owned()
    }
}

/// Reads the sort and the address of a source from the name that [`Job::source`] gave it.
pub fn named_source(name: &str) -> Option<(SourceKind, String)> {
    let mut words = name.split(' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Job");
        shown.field("source", &self.source()).field("token", &self.token.as_ref().map(|_| "…"));
        shown.field("full", &self.full).field("now_ms", &self.now_ms).finish()
    }
}
