//! How far one pass over a source is: what is kept between its pages.

use catalog::SyncState;
use domain::Millis;
use hub::{HubListing, ListingPage};
use serde::{Deserialize, Serialize};

use super::Job;

/// How often a pass looks for what changed while it listed. Each time there is less: a source that
/// changes a page of models a second is not read faster by asking it more often.
const ROUNDS_MAX: u32 = 8;

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
    /// Whether the catalog notes what is listed, so that what is not listed any more can go.
    #[serde(default)]
    pub(super) notes: bool,
    /// How often it began again, to list what changed meanwhile.
    #[serde(default)]
    pub(super) round: u32,
    /// Pages of this round so far.
    #[serde(default)]
    pub(super) pages: u64,
    /// Whether the source does not list what changed last first.
    #[serde(default)]
    pub(super) unsorted: bool,
}

/// What comes after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The next one.
    Page,
    /// The first one again: everything was listed, and some of it may have changed meanwhile. A
    /// model that changes moves to the front, so that a pass that is behind it never meets it.
    Round,
    /// Nothing: what is wanted was listed.
    End,
    /// Nothing: all that the source lists was noted.
    WholeEnd,
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
            notes: false,
            round: 0,
            pages: 0,
            unsorted: false,
        }
    }

    /// Reads the pass that was begun and not ended, where there is one.
    pub(super) fn begun(state: &SyncState) -> Option<Self> {
        serde_json::from_str(state.cursor.as_deref()?).ok()
    }

    /// Notes a page of which `listed` models were taken and `unnamed` have no name that can be
    /// ours; tells what comes after it.
    pub(super) fn take(
        &mut self,
        page: &ListingPage,
        listed: usize,
        unnamed: usize,
        job: &Job,
    ) -> After {
        let newest = page.listings.iter().filter_map(|one| one.modified_ms);
        // A date in the future would hide every later change.
        let newest = newest.map(|ms| ms.min(job.now_ms)).max();
        self.newest_ms = self.newest_ms.max(newest);
        if self.round == 0 {
            self.listed += listed as u64;
            self.skipped += page.dropped.values().sum::<u64>() + unnamed as u64;
        }
        self.next = page.next.clone();
        self.pages += 1;
        let dated = page.listings.iter().all(|one| one.modified_ms.is_some());
        self.unsorted |= !dated || !is_sorted_by_change(&page.listings);
        let full = job.limit.is_some_and(|limit| self.listed >= limit);
        let below = listed + unnamed < page.listings.len() && is_sorted_by_downloads(page);
        let over = self.next.is_none() || full || below || self.is_known(&page.listings);
        if over { self.after_round() } else { After::Page }
    }

    /// Tells what comes after a round, and begins the next one.
    fn after_round(&mut self) -> After {
        let (is_whole, pages) = (self.next.is_none(), self.pages);
        // Only a round for everything may be the first one, and a round of one page is a moment:
        // nothing changed meanwhile.
        let after = match self.round {
            _ if !self.notes => After::End,
            0 if !is_whole => After::End,
            0 if pages > 1 => After::Round,
            0 => After::WholeEnd,
            _ if pages == 1 => After::WholeEnd,
            // What does not move is not missed.
            _ if is_whole && self.unsorted => After::WholeEnd,
            round if round >= ROUNDS_MAX => After::End,
            _ => After::Round,
        };
        if after != After::End {
            (self.round, self.pages, self.next) = (self.round + 1, 0, None);
            self.until_ms = self.newest_ms;
        }
        after
    }

    /// Begins the round anew: the place of its next page is gone.
    pub(super) fn restart(&mut self) {
        self.next = None;
        if self.round == 0 {
            (self.listed, self.skipped) = (0, 0);
        }
    }

    /// Tells whether what follows was listed before. A hub that does not sort is read to its end.
    fn is_known(&self, listings: &[HubListing]) -> bool {
        let Some(until_ms) = self.until_ms else { return false };
        let last = listings.iter().filter_map(|one| one.modified_ms).next_back();
        is_sorted_by_change(listings) && last.is_some_and(|ms| ms < until_ms)
    }
}

fn is_sorted_by_change(listings: &[HubListing]) -> bool {
    listings.iter().filter_map(|one| one.modified_ms).is_sorted_by(|a, b| a >= b)
}

fn is_sorted_by_downloads(page: &ListingPage) -> bool {
    page.listings.is_sorted_by(|a, b| a.downloads >= b.downloads)
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, SourceKind};
    use super::*;

    fn job() -> Job {
        Job {
            collection: "hub".parse().unwrap(),
            kind: SourceKind::Hub,
            url: "http://hub.test".to_owned(),
            token: None,
            filter: Filter::default(),
            limit: None,
            full: true,
            now_ms: 1_000,
        }
    }

    /// Reads `9 8 …`: models that changed at these moments, and more pages behind them.
    fn page(text: &str) -> ListingPage {
        let listing = |word: &str| {
            let modified_ms = word.parse().ok();
            HubListing { id: "a/b".to_owned(), modified_ms, ..HubListing::default() }
        };
        let words = text.split(' ').filter(|word| *word != "…");
        let next = text.ends_with('…').then(|| "http://hub.test/next".to_owned());
        ListingPage { listings: words.map(listing).collect(), next, ..ListingPage::default() }
    }

    /// Takes pages, and returns what comes after the last of them.
    fn after(notes: bool, pages: &[&str]) -> After {
        let mut pass = Pass { notes, ..Pass::new("job", 0, None) };
        let take = |text: &&str| {
            let page = page(text);
            pass.take(&page, page.listings.len(), 0, &job())
        };
        let mut taken: Vec<After> = pages.iter().map(take).collect();
        let last = taken.pop().unwrap();
        assert!(taken.iter().all(|after| matches!(after, After::Page | After::Round)));
        last
    }

    #[test]
    fn what_changes_during_a_pass_is_looked_for_until_there_is_nothing() {
        let check = |pages: &[&str], wanted: After| assert_eq!(after(true, pages), wanted);
        check(&["9 8"], After::WholeEnd);
        check(&["9 8 …"], After::Page);
        check(&["9 8 …", "7 6"], After::Round);
        check(&["9 8 …", "7 6", "9 8 …"], After::WholeEnd);
        check(&["9 8 …", "7 6", "12 11 …"], After::Page);
        check(&["9 8 …", "7 6", "12 11 …", "10 8 …"], After::Round);
        check(&["9 8 …", "7 6", "12 11 …", "10 8 …", "12 11 …"], After::WholeEnd);
        assert_eq!(after(false, &["9 8 …", "7 6"]), After::End);
    }

    #[test]
    fn a_source_that_does_not_sort_is_listed_twice() {
        let check = |pages: &[&str], wanted: After| assert_eq!(after(true, pages), wanted);
        check(&["8 9 …", "7 6"], After::Round);
        check(&["8 9 …", "7 6", "8 9 …", "7 6"], After::WholeEnd);
        check(&["? ? …", "?", "? ? …", "?"], After::WholeEnd);
    }

    #[test]
    fn a_source_that_never_rests_is_left_at_last() {
        let mut pass = Pass { notes: true, ..Pass::new("job", 0, None) };
        let take = |pass: &mut Pass, text: &str| pass.take(&page(text), 2, 0, &job());
        take(&mut pass, "9 8 …");
        assert_eq!(take(&mut pass, "7 6"), After::Round);
        for round in 1..=ROUNDS_MAX {
            let newest = 10 * i64::from(round) + 9;
            take(&mut pass, &format!("{newest} {} …", newest - 1));
            let wanted = if round < ROUNDS_MAX { After::Round } else { After::End };
            let old = newest - 11;
            assert_eq!(take(&mut pass, &format!("{old} {old} …")), wanted, "round {round}");
        }
        assert_eq!(pass.listed, 4, "what is listed again is not counted again");
    }

    #[test]
    fn only_a_pass_of_everything_knows_what_is_gone() {
        let mut pass = Pass { notes: true, ..Pass::new("job", 0, Some(9)) };
        assert_eq!(pass.take(&page("9 8 …"), 2, 0, &job()), After::End);
        let mut pass = Pass { notes: true, ..Pass::new("job", 0, Some(9)) };
        assert_eq!(pass.take(&page("9 8"), 2, 0, &job()), After::WholeEnd);
    }
}
