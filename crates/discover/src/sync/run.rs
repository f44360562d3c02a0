//! The job: from a source, page by page, into the catalog.

use std::future::Future;
use std::time::Duration;

use catalog::{Catalog, ModelRecord, SyncState};
use domain::Millis;
use hub::{Directory, HubOptions, ListingOrder, ListingPage, Network, Pages, Provider, Token};
use jobs::Context;

use super::pass::{After, Pass};
use super::{Error, Job, Result, SourceKind, Synced};
use super::{hosted_record, listed_record};

/// How often the job looks whether somebody asked to stop.
const CANCEL_PERIOD: Duration = Duration::from_millis(100);
/// The longest that a hub may ask to wait: hubs count requests in windows of five minutes.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Lists a source into its collection; run again after a crash, it goes on.
///
/// # Errors
/// Where the source cannot be reached or does not answer like one, or the catalog fails.
pub async fn run(job: &Job, catalog: &Catalog, context: &Context) -> Result<Synced> {
    let network = Network { pause_max: PAUSE_MAX, ..Network::default() };
    run_with(job, catalog, context, network).await
}

/// Lists a source with another patience than the usual.
///
/// # Errors
/// As [`run`].
pub async fn run_with(
    job: &Job,
    catalog: &Catalog,
    context: &Context,
    network: Network,
) -> Result<Synced> {
    let token = job.token.as_deref().and_then(Token::new);
    let options = HubOptions { url: job.url.clone(), token, network };
    let sync = Sync { job, catalog, context };
    match job.kind {
        SourceKind::Hub | SourceKind::Modeldex => sync.listed(&Directory::new(options)?).await,
        SourceKind::Provider => sync.hosted(&Provider::new(options)?).await,
    }
}

/// What every step needs.
pub(super) struct Sync<'a> {
    pub(super) job: &'a Job,
    pub(super) catalog: &'a Catalog,
    pub(super) context: &'a Context,
}

impl Sync<'_> {
    /// Lists a hub to its end, or to what was listed before.
    async fn listed(&self, directory: &Directory) -> Result<Synced> {
        let known = self.catalog.sync_state(&self.job.source()).await?;
        let mut pass = self.begin(known.as_ref()).await?;
        let mut pages = self.pages(directory, &mut pass)?;
        let mut resumed = pass.next.is_some();
        loop {
            self.tell(&pass, directory.place(), None);
            let page = match self.unless_cancelled(pages.next()).await? {
                Err(error) if resumed && is_stale(&error) => {
                    self.context.log(format!("the place of the next page is gone: {error}"));
                    pass.restart();
                    pages = self.pages(directory, &mut pass)?;
                    resumed = false;
                    continue;
                }
                page => page?,
            };
            resumed = false;
            let Some(page) = page else { break };
            self.log_dropped(&page);
            let after = self.store(&mut pass, &page, known.as_ref()).await?;
            self.tell(&pass, directory.place(), page.total);
            match after {
                After::Page => {}
                After::Round => pages = self.pages(directory, &mut pass)?,
                After::End | After::WholeEnd => {
                    return self.done(&pass, known.as_ref(), after).await;
                }
            }
        }
        self.done(&pass, known.as_ref(), After::End).await
    }

    /// Counts what a pass did: by what is in the catalog, so that nothing that was done before a
    /// crash is forgotten.
    async fn done(&self, pass: &Pass, known: Option<&SyncState>, after: After) -> Result<Synced> {
        let gone = match pass.notes {
            true => self.clear(pass, known, after).await?,
            false => 0,
        };
        let (added, changed) =
            self.catalog.changed_since(&self.job.collection, pass.began_ms).await?;
        let (listed, skipped) = (pass.listed, pass.skipped);
        self.context.log(format!(
            "{listed} listed, {added} of them new and {changed} changed; {gone} gone; \
             {skipped} skipped"
        ));
        Ok(Synced { listed, added, changed, gone, skipped })
    }

    /// Goes on with the pass that was begun, or begins one.
    async fn begin(&self, known: Option<&SyncState>) -> Result<Pass> {
        let id = self.context.id();
        let begun = known.and_then(Pass::begun);
        if let Some(pass) = begun.filter(|pass| !self.job.full || pass.job == id) {
            self.context.log(format!("goes on after {} listings", pass.listed));
            return Ok(pass);
        }
        let by_change = self.order() == ListingOrder::Modified;
        let until_ms =
            known.and_then(|known| known.high_water_ms).filter(|_| by_change && !self.job.full);
        let mut pass = Pass::new(id, self.job.now_ms, until_ms);
        pass.notes = self.notes().await?;
        Ok(pass)
    }

    /// What is downloaded most comes first where not everything is wanted: which models those
    /// are changes with every download, so that they are listed anew each time.
    fn order(&self) -> ListingOrder {
        match (self.job.limit, self.job.filter.downloads_min) {
            (None, None) => ListingOrder::Modified,
            _ => ListingOrder::Downloads,
        }
    }

    fn pages(&self, directory: &Directory, pass: &mut Pass) -> Result<Pages> {
        let mut query = self.job.filter.query(self.order());
        if let Some(limit) = self.job.limit {
            query.page = query.page.min(usize::try_from(limit).unwrap_or(usize::MAX)).max(1);
        }
        Ok(match &pass.next {
            Some(next) => directory.pages_from(next, query.page)?,
            None => directory.pages(&query),
        })
    }

    /// Puts a page and the place of the next one into the catalog; tells what comes after it.
    async fn store(
        &self,
        pass: &mut Pass,
        page: &ListingPage,
        known: Option<&SyncState>,
    ) -> Result<After> {
        let left = self.job.limit.map_or(u64::MAX, |limit| limit.saturating_sub(pass.listed));
        let least = self.job.filter.downloads_min.unwrap_or(0);
        let wanted = page.listings.iter().filter(|one| one.downloads >= least);
        let taken = wanted.take(usize::try_from(left).unwrap_or(usize::MAX));
        let records: Vec<_> = taken.map(|one| listed_record(&self.job.collection, one)).collect();
        let taken = records.len();
        let records: Vec<ModelRecord> = records.into_iter().flatten().collect();
        let after = pass.take(page, records.len(), taken - records.len(), self.job);
        let state = match after {
            After::End => self.last_state(pass, known),
            // Killed before the models that are gone are deleted, it looks for changes again.
            _ => SyncState {
                cursor: serde_json::to_string(&*pass).ok(),
                ..self.state(pass.listed, known.and_then(|known| known.high_water_ms))
            },
        };
        self.put(pass, &records, &state).await?;
        Ok(after)
    }

    async fn put(&self, pass: &Pass, records: &[ModelRecord], state: &SyncState) -> Result<u64> {
        Ok(match pass.notes {
            true => self.catalog.note_listings(records, state).await?,
            false => self.catalog.put_listings(records, state).await?,
        })
    }

    /// Says that a pass came to its end.
    pub(super) fn last_state(&self, pass: &Pass, known: Option<&SyncState>) -> SyncState {
        let before_ms = known.and_then(|known| known.high_water_ms);
        // Of a part only, the next pass knows nothing.
        let newest_ms = pass.newest_ms.filter(|_| self.order() == ListingOrder::Modified);
        self.state(pass.listed, newest_ms.max(before_ms))
    }

    fn state(&self, listed: u64, high_water_ms: Option<Millis>) -> SyncState {
        SyncState {
            source: self.job.source(),
            collection: self.job.collection.clone(),
            cursor: None,
            high_water_ms,
            listed,
            updated_ms: 0,
        }
    }

    /// Lists a provider: all its models are on one page.
    async fn hosted(&self, provider: &Provider) -> Result<Synced> {
        let mut pass = Pass::new(self.context.id(), self.job.now_ms, None);
        pass.notes = self.notes().await?;
        let place = provider.place();
        self.tell(&pass, place, None);
        let page = self.unless_cancelled(provider.models()).await??;
        let limit = usize::try_from(self.job.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let taken = page.listings.iter().take(limit);
        let records: Vec<_> =
            taken.map(|one| hosted_record(&self.job.collection, place, one)).collect();
        let unnamed = records.iter().filter(|record| record.is_none()).count();
        let records: Vec<ModelRecord> = records.into_iter().flatten().collect();
        pass.listed = records.len() as u64;
        pass.skipped = page.dropped + unnamed as u64;
        self.put(&pass, &records, &self.last_state(&pass, None)).await?;
        self.tell(&pass, place, Some(pass.listed));
        self.done(&pass, None, After::WholeEnd).await
    }

    fn tell(&self, pass: &Pass, place: &str, total: Option<u64>) {
        let total = match (self.job.limit, total) {
            (Some(limit), Some(total)) => Some(limit.min(total)),
            (limit, total) => limit.or(total),
        };
        // What was listed before is not listed again: the end comes sooner, and nobody knows when.
        let total = total.filter(|_| pass.until_ms.is_none());
        self.context.stage(pass.listed, total, "listings", &format!("listing {place}"));
    }

    fn log_dropped(&self, page: &ListingPage) {
        for (why, count) in &page.dropped {
            self.context.log(format!("{count} skipped: {why}"));
        }
    }

    /// Waits for an answer, or until somebody asks to stop.
    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let cancelled = async {
            while !self.context.cancelled() {
                tokio::time::sleep(CANCEL_PERIOD).await;
            }
        };
        tokio::select! {
            biased;
            () = cancelled => Err(Error::Cancelled),
            done = work => Ok(done),
        }
    }
}

/// Tells whether a hub does not know the place any more where a pass was to go on.
fn is_stale(error: &hub::Error) -> bool {
    match error {
        hub::Error::Status { status, .. } => matches!(status, 400 | 404 | 410 | 422),
        hub::Error::Answer { .. } => true,
        _ => false,
    }
}
