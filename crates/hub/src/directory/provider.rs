//! The models that a provider runs: `GET /v1/models`, as OpenAI made it.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::text::{count, text};
use crate::client::{Ask, Client};
use crate::{HubOptions, Result};

/// The largest list: providers that resell others have some thousands, of 300 bytes each.
const LIST_BYTES_MAX: usize = 4 << 20;
/// Lists are in one part; those that have more parts have few.
const PARTS_MAX: usize = 50;
/// What is being fetched, for messages.
const WHAT: &str = "the list of models";

/// A provider of hosted models.
#[derive(Clone)]
pub struct Provider {
    client: Client,
}

/// What a provider lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostedPage {
    /// Its models, each once.
    pub listings: Vec<HostedListing>,
    /// How many entries are none.
    pub dropped: u64,
}

/// A model that a provider runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedListing {
    /// The id, as requests name it.
    pub id: String,
    /// Who owns it, as the provider says.
    pub owner: Option<String>,
    /// When it came, in milliseconds since the epoch.
    pub created_ms: Option<i64>,
}

impl Provider {
    /// Names a provider by its address, with or without the `/v1`; nothing is asked yet.
    ///
    /// # Errors
    /// Where the address cannot be one.
    pub fn new(options: HubOptions) -> Result<Self> {
        Ok(Self { client: Client::new(&options.url, options.token, options.network)? })
    }

    /// Returns the provider's address without a `/` at the end.
    pub fn place(&self) -> &str {
        self.client.hub()
    }

    /// Lists everything.
    ///
    /// # Errors
    /// Where the provider cannot be reached, or does not answer like one.
    pub async fn models(&self) -> Result<HostedPage> {
        let mut page = HostedPage::default();
        let mut seen = HashSet::new();
        let mut after: Option<String> = None;
        for _ in 0..PARTS_MAX {
            let part = self.part(after.as_deref()).await?;
            let entries = part.get("data").and_then(Value::as_array);
            let wrong = || self.client.wrong(WHAT, "it has no list `data`".to_owned());
            let entries = entries.ok_or_else(wrong)?;
            for entry in entries {
                match read(entry) {
                    Some(listing) if seen.insert(listing.id.clone()) => page.listings.push(listing),
                    _ => page.dropped += 1,
                }
            }
            let more = part.get("has_more").and_then(Value::as_bool) == Some(true);
            let last = entries.last().and_then(|entry| text(entry.get("id")?));
            if !more || last.is_none() || last == after {
                return Ok(page);
            }
            after = last;
        }
        Err(self.client.wrong(WHAT, "its pages have no end".to_owned()))
    }

    async fn part(&self, after: Option<&str>) -> Result<Value> {
        let place = self.client.hub();
        let has_path = place.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        let parts: &[&str] = if has_path { &["models"] } else { &["v1", "models"] };
        let query: Vec<_> = after.map(|after| ("after", after)).into_iter().collect();
        let url = self.client.url(parts, &query);
        let ask = Ask { url, what: WHAT, id: "", revision: "", headers: HeaderMap::new() };
        let body = self.client.page(&ask, LIST_BYTES_MAX).await?.body;
        let wrong = |why: String| self.client.wrong(WHAT, why);
        let body = body.ok_or_else(|| wrong("it is longer than 4 MiB".to_owned()))?;
        serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))
    }
}

fn read(entry: &Value) -> Option<HostedListing> {
    let id = text(entry.get("id")?)?;
    let owner = entry.get("owned_by").and_then(text);
    let created =
        entry.get("created").and_then(count).and_then(|seconds| seconds.checked_mul(1_000));
    let created_ms = created.filter(|ms| *ms > 0).and_then(|ms| i64::try_from(ms).ok());
    Some(HostedListing { id, owner, created_ms })
}
