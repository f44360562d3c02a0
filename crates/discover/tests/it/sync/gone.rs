//! Models that a source does not list any more: which go, and which stay.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::NewVersion;
use discover::sync::{Filter, SourceKind};
use domain::Digest;
use jobs::Context;
use serde_json::json;
use testkit::{Fault, LoopbackHub};

use super::{Home, PAGE};

const COUNT: usize = 25;

/// The id of a model that the hub makes.
fn id(index: usize) -> String {
    format!("maker-{index}/model-{index}")
}

impl Home {
    /// Returns how many models were listed and how many went.
    async fn gone(&self) -> (u64, u64) {
        let done = self.sync(&Context::detached(self.dir.path())).await.unwrap();
        (done.listed, done.gone)
    }

    async fn names(&self) -> BTreeSet<String> {
        self.records().await.iter().map(|record| record.name.to_string()).collect()
    }

    async fn revision(&self) -> i64 {
        self.catalog().await.revision().await.unwrap()
    }
}

/// Returns the names of the made models but for some.
fn all_but(left: &[usize]) -> BTreeSet<String> {
    (0..COUNT).filter(|index| !left.contains(index)).map(id).collect()
}

#[tokio::test]
async fn what_left_the_source_goes_once_everything_is_listed() {
    let home = Home::new(COUNT).await;
    assert_eq!(home.gone().await, (25, 0));
    let kept = home.records().await.into_iter().find(|one| one.name.as_str() == id(9)).unwrap();
    let files = NewVersion {
        manifest: Digest::from_bytes(&[1; 32]),
        size_bytes: 1,
        facts: None,
        parent: None,
        origin: json!({}),
        once: None,
    };
    let catalog = home.catalog().await;
    catalog.add_version(&kept, files).await.unwrap();
    [5, 9, 17].iter().for_each(|index| home.hub.leave(&id(*index)));
    // The latest changes alone do not tell.
    assert_eq!(home.gone().await, (4, 0));
    home.change(|job| job.full = true);
    let before = home.revision().await;
    assert_eq!(home.gone().await, (22, 2));
    assert_eq!(home.names().await, all_but(&[5, 17]), "what has its files here stays");
    let changes = catalog.changes_since(before, 100).await.unwrap();
    let mut gone: Vec<_> = changes.gone.iter().map(ToString::to_string).collect();
    gone.sort();
    assert_eq!(gone, [format!("hub/{}", id(17)), format!("hub/{}", id(5))]);
    let revision = home.revision().await;
    assert_eq!(home.gone().await, (22, 0));
    assert_eq!(home.revision().await, revision, "the same again is no change");
}

#[tokio::test]
async fn a_killed_sync_remembers_what_it_saw() {
    for cursor in (PAGE..COUNT).step_by(PAGE) {
        let home = Arc::new(Home::new(COUNT).await);
        home.gone().await;
        home.change(|job| job.full = true);
        [3, 23].iter().for_each(|index| home.hub.leave(&id(*index)));
        home.hub.plan(&format!("cursor={cursor}&"), Fault::Silence);
        let running = Arc::clone(&home);
        let running = tokio::spawn(async move { running.gone().await });
        home.hub.stalled(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        assert_eq!(home.names().await, all_but(&[]), "nothing goes before the end");
        // A model that changes now is on the first page, which was read already.
        home.hub.touch(24, 60_000);
        let mut since = home.hub.seen().len();
        assert_eq!(home.gone().await.1, 2, "killed at {cursor}");
        assert_eq!(home.cursors(&mut since)[0], cursor, "it goes on where it was");
        assert_eq!(home.names().await, all_but(&[3, 23]), "killed at {cursor}");
    }
}

#[tokio::test]
async fn a_part_takes_nothing_away() {
    let home = Home::new(COUNT).await;
    home.gone().await;
    home.hub.leave(&id(1));
    let check = async |filter: &str, limit: Option<u64>| {
        home.change(|job| {
            (job.filter, job.limit, job.full) = (filter.parse::<Filter>().unwrap(), limit, true);
        });
        assert_eq!(home.gone().await.1, 0, "{filter} {limit:?}");
        assert_eq!(home.names().await.len(), COUNT);
    };
    check("author=maker-1", None).await;
    check("downloads=0", None).await;
    check("", Some(24)).await;
    home.change(|job| (job.filter, job.limit) = (Filter::default(), None));
    assert_eq!(home.gone().await, (24, 1), "parts of the same source are no other source");
}

#[tokio::test]
async fn what_another_source_lists_stays() {
    let (home, other) = (Home::new(COUNT).await, LoopbackHub::start().await);
    home.gone().await;
    other.list(json!({ "id": "acme/other" }));
    home.change(|job| (job.url, job.full) = (other.url(), true));
    assert_eq!(home.gone().await, (1, 0));
    assert_eq!(home.names().await.len(), COUNT + 1);
}

#[tokio::test]
async fn a_source_that_lists_nothing_takes_nothing_away() {
    let home = Home::new(COUNT).await;
    home.gone().await;
    (0..COUNT).for_each(|index| home.hub.leave(&id(index)));
    home.hub.page_max(COUNT);
    home.change(|job| job.full = true);
    assert_eq!(home.gone().await, (0, 0));
    assert_eq!(home.names().await.len(), COUNT);
}

#[tokio::test]
async fn a_list_of_one_page_tells_every_time() {
    let home = Home::new(COUNT).await;
    home.hub.page_max(COUNT);
    home.gone().await;
    home.hub.leave(&id(7));
    let mut since = home.hub.seen().len();
    assert_eq!(home.gone().await, (24, 1));
    assert_eq!(home.cursors(&mut since), [0]);
    for hosted in ["big-1", "big-2"] {
        home.hub.host(hosted);
    }
    home.change(|job| {
        job.kind = SourceKind::Provider;
        job.collection = "provider".parse().unwrap();
        job.url = format!("{}/v1", home.hub.url());
    });
    assert_eq!(home.gone().await, (2, 0));
    home.hub.unhost("big-1");
    assert_eq!(home.gone().await, (1, 1));
    assert_eq!(home.names().await.len(), 25);
}
