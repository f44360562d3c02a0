//! Listing a hub into the catalog: whole, killed at every page, again, in part, and by the
//! hundred thousand.

mod gone;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use catalog::{Catalog, ModelRecord};
use db::Db;
use discover::sync::{Error, Filter, Job, SourceKind, Synced, run_with};
use domain::{Clock, CollectionName, Fault, ManualClock};
use hub::Network;
use jobs::Context;
use serde_json::json;
use tempfile::TempDir;
use testkit::LoopbackHub;

/// A day after the newest of the listings that a seed makes.
const NOW_MS: i64 = 1_704_067_200_000 + 86_400_000;
const PAGE: usize = 4;

/// A hub with small pages and a catalog.
struct Home {
    hub: LoopbackHub,
    dir: TempDir,
    clock: Arc<ManualClock>,
    pauses: Arc<Mutex<Vec<Duration>>>,
    job: Mutex<Job>,
}

impl Home {
    async fn new(count: usize) -> Self {
        let hub = LoopbackHub::start().await;
        hub.list_made(7, count);
        hub.page_max(PAGE);
        let job = Job {
            collection: "hub".parse().unwrap(),
            kind: SourceKind::Hub,
            url: hub.url(),
            token: None,
            filter: Filter::default(),
            limit: None,
            full: false,
            now_ms: 0,
        };
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW_MS));
        Self { hub, dir, clock, pauses: Arc::default(), job: Mutex::new(job) }
    }

    fn change(&self, change: impl FnOnce(&mut Job)) {
        change(&mut self.job.lock().unwrap());
    }

    async fn catalog(&self) -> Catalog {
        let path = format!("sqlite://{}", self.dir.path().join("db").display());
        Catalog::new(Db::open(&path).await.unwrap(), Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    fn network(&self) -> Network {
        let pauses = Arc::clone(&self.pauses);
        let sleep = move |time| {
            pauses.lock().unwrap().push(time);
            Box::pin(async {}) as futures::future::BoxFuture<'static, ()>
        };
        Network { attempts: 3, sleep: Arc::new(sleep), ..Network::default() }
    }

    /// Begins a sync a second after the last one.
    async fn sync(&self, context: &Context) -> Result<Synced, Error> {
        self.clock.advance(1_000);
        let job = Job { now_ms: self.clock.now_ms(), ..self.job.lock().unwrap().clone() };
        run_with(&job, &self.catalog().await, context, self.network()).await
    }

    async fn synced(&self) -> [u64; 4] {
        let done = self.sync(&Context::detached(self.dir.path())).await.unwrap();
        [done.listed, done.added, done.changed, done.skipped]
    }

    async fn records(&self) -> Vec<ModelRecord> {
        self.catalog().await.all_models().await.unwrap()
    }

    /// Returns the places of the pages that were asked for since the last call.
    fn cursors(&self, since: &mut usize) -> Vec<usize> {
        let seen = self.hub.seen();
        let asked = seen[*since..].iter().map(|one| one.path.clone());
        let cursor = |path: String| {
            let text = path.split("cursor=").nth(1).and_then(|rest| rest.split('&').next());
            text.map_or(0, |text| text.parse().unwrap())
        };
        let found = asked.map(cursor).collect();
        *since = seen.len();
        found
    }
}

#[tokio::test]
async fn every_listing_becomes_a_record() {
    let home = Home::new(25).await;
    home.hub.list(json!({ "id": "../evil" }));
    assert_eq!(home.synced().await, [25, 25, 0, 1]);
    let records = home.records().await;
    assert_eq!(records.len(), 25);
    let one = &records[0];
    assert_eq!(one.collection.as_str(), "hub");
    assert_eq!(one.publisher.as_deref(), one.name.as_str().split('/').next());
    assert!(one.hub_id.as_deref() == Some(one.name.as_str()) && one.hub_revision.is_some());
    assert!(one.summary.contains("parameters, fine-tuned from maker-0/model-"), "{}", one.summary);
    let state = home.catalog().await.sync_states().await.unwrap().remove(0);
    assert_eq!(state.source, format!("hub hub {}", home.hub.url()));
    assert_eq!((state.cursor, state.listed), (None, 25));
}

#[tokio::test]
async fn a_sync_that_is_killed_at_any_page_goes_on_there() {
    const COUNT: usize = 25;
    let calm = Home::new(COUNT).await;
    calm.synced().await;
    let whole = calm.records().await;
    for cursor in (PAGE..COUNT).step_by(PAGE) {
        let home = Arc::new(Home::new(COUNT).await);
        home.hub.plan(&format!("cursor={cursor}&"), testkit::Fault::Silence);
        let running = Arc::clone(&home);
        let running = tokio::spawn(async move { running.synced().await });
        home.hub.stalled(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        assert_eq!(home.records().await.len(), cursor, "what was listed is there");
        let mut since = home.hub.seen().len();
        assert_eq!(home.synced().await, [COUNT as u64, COUNT as u64, 0, 0]);
        assert_eq!(home.cursors(&mut since)[0], cursor, "no page is listed twice");
        let text = |record: &ModelRecord| {
            let same = ModelRecord { created_ms: 0, updated_ms: 0, ..record.clone() };
            serde_json::to_string(&same).unwrap()
        };
        let listed: Vec<String> = home.records().await.iter().map(text).collect();
        assert_eq!(listed, whole.iter().map(text).collect::<Vec<_>>(), "killed at {cursor}");
    }
}

#[tokio::test]
async fn the_next_sync_lists_what_changed_and_stops() {
    let home = Home::new(25).await;
    let mut since = 0;
    assert_eq!(home.synced().await, [25, 25, 0, 0]);
    assert_eq!(home.cursors(&mut since).len(), 7);
    // Nothing changed: the first page says so.
    assert_eq!(home.synced().await, [4, 0, 0, 0]);
    assert_eq!(home.cursors(&mut since), [0]);
    for index in [20, 3, 11, 7, 15] {
        home.hub.touch(index, 60_000 + index as i64);
    }
    home.hub.list_made(7, 27);
    assert_eq!(home.synced().await, [8, 0, 5, 0]);
    assert_eq!(home.cursors(&mut since), [0, 4]);
    assert_eq!(home.synced().await, [4, 0, 0, 0]);
    // What was missed because it is old is found when everything is listed again.
    home.change(|job| job.full = true);
    assert_eq!(home.synced().await, [27, 2, 0, 0]);
}

#[tokio::test]
async fn a_date_in_the_future_hides_nothing() {
    let home = Home::new(8).await;
    home.hub.list(json!({ "id": "acme/late", "lastModified": "9999-01-01T00:00:00.000Z" }));
    assert_eq!(home.synced().await, [9, 9, 0, 0]);
    home.hub.touch(5, 2 * 86_400_000);
    assert_eq!(home.synced().await[2], 1);
    let state = home.catalog().await.sync_states().await.unwrap().remove(0);
    assert!(state.high_water_ms.unwrap() <= home.clock.now_ms());
}

#[tokio::test]
async fn a_hub_that_does_not_sort_is_read_to_its_end() {
    let home = Home::new(24).await;
    for name in ["a", "b", "c", "d"] {
        let date = format!("201{}-01-01T00:00:00.000Z", name.len() + usize::from(name > "b"));
        home.hub.list(json!({ "id": format!("old/{name}"), "lastModified": date }));
    }
    assert_eq!(home.synced().await, [28, 28, 0, 0]);
    let mut since = home.hub.seen().len();
    home.hub.touch(3, 60_000);
    assert_eq!(home.synced().await[2], 1);
    assert!(home.cursors(&mut since).len() > 1);
}

#[tokio::test]
async fn a_sync_that_is_stopped_goes_on_when_it_runs_again() {
    let home = Home::new(25).await;
    let context = Context::detached(home.dir.path());
    context.cancel();
    let fault = Fault::from(home.sync(&context).await.unwrap_err());
    assert_eq!(fault.message(), "the sync was stopped: run it again, and it goes on");
    assert_eq!(home.synced().await, [25, 25, 0, 0]);
}

#[tokio::test]
async fn a_place_that_the_hub_has_forgotten_begins_anew() {
    let home = Arc::new(Home::new(25).await);
    home.hub.plan("cursor=8&", testkit::Fault::Silence);
    let running = Arc::clone(&home);
    let running = tokio::spawn(async move { running.synced().await });
    home.hub.stalled(1).await;
    running.abort();
    let _ = running.await;
    home.hub.plan("cursor=8&", testkit::Fault::Status(400, None));
    let mut since = home.hub.seen().len();
    home.synced().await;
    assert_eq!(home.cursors(&mut since)[..3], [8, 0, 4]);
    assert_eq!(home.records().await.len(), 25);
}

#[tokio::test]
async fn a_part_is_what_is_downloaded_most() {
    let home = Home::new(60).await;
    home.hub.page_max(25);
    home.synced().await;
    let mut all = home.records().await;
    all.sort_by_key(|record| std::cmp::Reverse(record.downloads));
    let check = async |collection: &str, limit: Option<u64>, least: Option<u64>, count: usize| {
        home.change(|job| {
            job.collection = collection.parse().unwrap();
            (job.limit, job.filter.downloads_min) = (limit, least);
        });
        assert_eq!(home.synced().await, [count as u64, count as u64, 0, 0], "{collection}");
        assert_eq!(home.synced().await, [count as u64, 0, 0, 0], "{collection}");
        let records = home.records().await;
        let mut ids: Vec<_> =
            records.iter().filter(|one| one.collection.as_str() == collection).collect();
        ids.sort_by_key(|record| std::cmp::Reverse(record.downloads));
        let downloads = |records: &[&ModelRecord]| {
            records.iter().map(|record| record.downloads).collect::<Vec<_>>()
        };
        assert_eq!(downloads(&ids), downloads(&all.iter().take(count).collect::<Vec<_>>()));
    };
    check("most", Some(30), None, 30).await;
    let least = all[33].downloads;
    let count = all.iter().filter(|one| one.downloads >= least).count();
    check("some", None, Some(least), count).await;
    check("both", Some(3), Some(least), 3).await;
    check("none", None, Some(u64::MAX), 0).await;
}

#[tokio::test]
async fn a_filter_is_a_source_of_its_own() {
    let home = Home::new(60).await;
    let add = |name: &str, value: &str| {
        home.change(|job| {
            job.filter = Filter::default();
            job.filter.add(name, value).unwrap();
        });
    };
    add("task", "fill-mask");
    let [masks, ..] = home.synced().await;
    add("author", "maker-7");
    assert_eq!(home.synced().await[0], 1);
    add("task", "fill-mask");
    let again = home.synced().await;
    assert!(masks > 4 && again[0] <= masks && again[1..] == [0, 0, 0], "{masks} {again:?}");
    assert_eq!(home.catalog().await.sync_states().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_busy_hub_is_waited_for_and_a_broken_one_loses_nothing() {
    let home = Home::new(25).await;
    home.hub.plan("/api/models", testkit::Fault::StatusUntil(429, 90));
    home.hub.plan("cursor=4&", testkit::Fault::RateLimit(0, 7));
    for _ in 0..3 {
        home.hub.plan("cursor=16&", testkit::Fault::Status(500, None));
    }
    let fault = Fault::from(home.sync(&Context::detached(home.dir.path())).await.unwrap_err());
    assert!(fault.message().contains("answers 500 for the list of models"), "{}", fault.message());
    assert_eq!(home.records().await.len(), 16);
    assert_eq!(home.synced().await, [25, 25, 0, 0]);
    let pauses: Vec<u64> = home.pauses.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert_eq!(pauses, [90, 7, 1, 2]);
}

#[tokio::test]
async fn a_provider_lists_what_it_runs() {
    let home = Home::new(0).await;
    for id in ["big-1", "org/small:free", "../..", "a", "b"] {
        home.hub.host(id);
    }
    home.change(|job| {
        job.kind = SourceKind::Provider;
        job.collection = "provider".parse::<CollectionName>().unwrap();
        job.url = format!("{}/v1", home.hub.url());
    });
    assert_eq!(home.synced().await, [4, 4, 0, 1]);
    assert_eq!(home.synced().await, [4, 0, 0, 1]);
    let records = home.records().await;
    let names: Vec<_> = records.iter().map(|one| one.model().to_string()).collect();
    let wanted = ["a", "b", "big-1", "org/small-free"].map(|name| format!("provider/{name}"));
    assert_eq!(names, wanted);
    assert!(records.iter().all(|record| record.flags.hosted && record.hub_id.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_listings_take_bounded_time() {
    const COUNT: usize = 100_000;
    let home = Home::new(COUNT).await;
    home.hub.page_max(1_000);
    let began = std::time::Instant::now();
    assert_eq!(home.synced().await, [COUNT as u64, COUNT as u64, 0, 0]);
    let seconds = began.elapsed().as_secs_f64();
    println!("{COUNT} listings in {seconds:.1} s: {:.0} a second", COUNT as f64 / seconds);
    // A slow machine with other work takes a minute without optimization; a sync whose pages get
    // slower with what is there already would take an hour.
    assert!(seconds < 300.0, "{seconds} s");
    home.hub.touch(70_000, 60_000);
    let again = home.synced().await;
    assert_eq!(again[1..], [0, 1, 0]);
    assert!(again[0] <= 500, "{again:?}");
}
