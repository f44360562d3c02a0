//! The models of a hub, page by page: what it offers, bounded and cleaned, and how to go on.

mod listing;
mod provider;
mod query;
mod text;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::client::{Ask, Client};
use crate::reply::Page;
use crate::{Error, HubOptions, Result};

pub use listing::{HubListing, ListedCard};
pub use provider::{HostedListing, HostedPage, Provider};
pub use query::{ListingOrder, ListingQuery};

/// A page of 500 listings at 16 KiB each; an ordinary one has less than 2.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// The largest hub has two million models: 4,000 pages of the usual size. Hubs may give smaller
/// ones.
const PAGES_MAX: usize = 100_000;
/// What is being fetched, for messages.
const WHAT: &str = "the list of models";

/// Lists the models of a hub.
#[derive(Clone)]
pub struct Directory {
    client: Client,
}

/// Some of the models that a hub lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListingPage {
    /// What is taken.
    pub listings: Vec<HubListing>,
    /// What is not taken: how often, by reason.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Values of taken listings that are left out, because they are none or too many.
    pub values_dropped: u64,
    /// Where the next page is; absent after the last. Good for [`Directory::pages_from`].
    pub next: Option<String>,
    /// How many models all pages list, where the hub says so.
    pub total: Option<u64>,
}

/// The pages of a listing in order.
pub struct Pages {
    client: Client,
    page: usize,
    next: Option<Url>,
    /// Digests of the addresses that were asked: a listing that comes back has no end.
    seen: HashSet<u64>,
    /// How long the hub wants to be left alone now.
    pause: Duration,
}

impl Directory {
    /// Names a hub; nothing is asked yet.
    ///
    /// # Errors
    /// Where the address cannot be one.
    pub fn new(options: HubOptions) -> Result<Self> {
        Ok(Self { client: Client::new(&options.url, options.token, options.network)? })
    }

    /// Returns the hub's address without a `/` at the end.
    pub fn place(&self) -> &str {
        self.client.hub()
    }

    /// Lists what a query asks for, from its beginning.
    pub fn pages(&self, query: &ListingQuery) -> Pages {
        self.starting_at(self.client.url(&["api", "models"], &query.pairs()), query.page)
    }

    /// Goes on where a page said that there is more.
    ///
    /// # Errors
    /// Where `next` is no address of this hub.
    pub fn pages_from(&self, next: &str, page: usize) -> Result<Pages> {
        match Url::parse(next) {
            Ok(url) if self.client.is_own(&url) => Ok(self.starting_at(url, page)),
            _ => Err(self.client.wrong(WHAT, "the next page is elsewhere".to_owned())),
        }
    }

    fn starting_at(&self, first: Url, page: usize) -> Pages {
        Pages {
            client: self.client.clone(),
            page: page.max(1),
            next: Some(first),
            seen: HashSet::new(),
            pause: Duration::ZERO,
        }
    }
}

impl Pages {
    /// Returns the next page; none after the last. Waits where the hub wants to be asked slower.
    ///
    /// # Errors
    /// Where the hub cannot be reached, or does not answer like one.
    pub async fn next(&mut self) -> Result<Option<ListingPage>> {
        let Some(url) = self.next.take() else { return Ok(None) };
        self.note(&url)?;
        if !self.pause.is_zero() {
            (self.client.network().sleep)(self.pause.min(self.client.network().pause_max)).await;
        }
        let Page { body, next, rate, total } = self.fetch(&url).await?;
        self.pause = rate.map(|rate| rate.pause()).unwrap_or_default();
        let mut page = ListingPage { total, ..ListingPage::default() };
        match body {
            Some(body) => self.read(&body, &mut page)?,
            None => page.drop("its listing is longer than 8 MiB"),
        }
        let is_empty = page.listings.is_empty() && page.dropped.is_empty();
        if is_empty && next.is_some() {
            return Err(self.endless());
        }
        page.next = next.as_ref().map(Url::to_string);
        self.next = next;
        Ok(Some(page))
    }

    /// Asks for a page; where it is too long, for smaller ones, down to a single listing.
    async fn fetch(&self, url: &Url) -> Result<Page> {
        let mut size = self.page;
        loop {
            let url = with_limit(url, size);
            let ask = Ask { url, what: WHAT, id: "", revision: "", headers: HeaderMap::new() };
            let page = self.client.page(&ask, PAGE_BYTES_MAX).await?;
            if page.body.is_some() || size == 1 {
                return Ok(page);
            }
            size = (size / 8).max(1);
        }
    }

    fn read(&self, body: &[u8], page: &mut ListingPage) -> Result<()> {
        let values: Vec<Value> = serde_json::from_slice(body)
            .map_err(|error| self.client.wrong(WHAT, error.to_string()))?;
        for value in &values {
            match listing::read(value, &mut page.values_dropped) {
                Ok(listing) => page.listings.push(listing),
                Err(why) => page.drop(why),
            }
        }
        Ok(())
    }

    /// Notes an address, and refuses one that was asked before.
    fn note(&mut self, url: &Url) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        url.as_str().hash(&mut hasher);
        match self.seen.insert(hasher.finish()) && self.seen.len() <= PAGES_MAX {
            true => Ok(()),
            false => Err(self.endless()),
        }
    }

    fn endless(&self) -> Error {
        self.client.wrong(WHAT, "its pages have no end".to_owned())
    }
}

impl ListingPage {
    fn drop(&mut self, why: &'static str) {
        *self.dropped.entry(why).or_default() += 1;
    }
}

/// Asks for pages of a size: the address of a next page has one that may be another.
fn with_limit(url: &Url, size: usize) -> Url {
    let mut limited = url.clone();
    let others: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| name != "limit").collect();
    let mut pairs = limited.query_pairs_mut();
    pairs.clear().extend_pairs(others).append_pair("limit", &size.to_string());
    drop(pairs);
    limited
}
