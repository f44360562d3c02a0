//! How far one pass over a source is: what is kept between its pages.

use catalog::SyncState;
use domain::Millis;
use hub::{HubListing, ListingPage};
use serde::{Deserialize, Serialize};

use super::Job;

/// A pass that has not come to its end; it is the cursor of its [`SyncState`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass {
    /// The job that began it.
    pub(super) job: String,
    /// When it began.
    pub(super) began_ms: Millis,
    /// Where the next page is; absent before the first.
    pub(super) next: Option<String>,
    /// When the newest of the listed models changed.
    pub(super) newest_ms: Option<Millis>,
    /// What is older was listed before; absent where everything is listed.
    pub(super) until_ms: Option<Millis>,
    /// Listed so far.
    pub(super) listed: u64,
    /// Not taken so far.
    pub(super) skipped: u64,
}

impl Pass {
    /// Begins a pass.
    pub(super) fn new(job: &str, began_ms: Millis, until_ms: Option<Millis>) -> Self {
        Self {
            job: job.to_owned(),
            began_ms,
            next: None,
            newest_ms: None,
            until_ms,
            listed: 0,
            skipped: 0,
        }
    }

    /// Reads the pass that was begun and not ended, where there is one.
    pub(super) fn begun(state: &SyncState) -> Option<Self> {
        serde_json::from_str(state.cursor.as_deref()?).ok()
    }

    /// Notes a page of which `listed` models were taken and `unnamed` have no name that can be
    /// ours; tells whether it is the last one that is wanted.
    pub(super) fn take(
        &mut self,
        page: &ListingPage,
        listed: usize,
        unnamed: usize,
        job: &Job,
    ) -> bool {
        let newest = page.listings.iter().filter_map(|one| one.modified_ms);
        // A date in the future would hide every later change.
        let newest = newest.map(|ms| ms.min(job.now_ms)).max();
        self.newest_ms = self.newest_ms.max(newest);
        self.listed += listed as u64;
        self.skipped += page.dropped.values().sum::<u64>() + unnamed as u64;
        self.next = page.next.clone();
        let full = job.limit.is_some_and(|limit| self.listed >= limit);
        let below = listed + unnamed < page.listings.len() && is_sorted_by_downloads(page);
        self.next.is_none() || full || below || self.is_known(&page.listings)
    }

    /// Tells whether what follows was listed before. A hub that does not sort is read to its end.
    fn is_known(&self, listings: &[HubListing]) -> bool {
        let Some(until_ms) = self.until_ms else { return false };
        let moments: Vec<Millis> = listings.iter().filter_map(|one| one.modified_ms).collect();
        moments.is_sorted_by(|a, b| a >= b) && moments.last().is_some_and(|ms| *ms < until_ms)
    }
}

fn is_sorted_by_downloads(page: &ListingPage) -> bool {
    page.listings.is_sorted_by(|a, b| a.downloads >= b.downloads)
}
