//! The feed of changes, on both databases.

use std::sync::Arc;

use catalog::{Catalog, Changes, ModelRecord, NewVersion, SyncState};
use db::Db;
use db::testing::each_database;
use domain::{Digest, ManualClock, ModelRef};
use serde_json::json;

fn record(name: &str, summary: &str) -> ModelRecord {
    let mut record = ModelRecord::new("hub".parse().unwrap(), name.parse().unwrap());
    record.summary = summary.to_owned();
    record
}

fn records(count: usize) -> Vec<ModelRecord> {
    (0..count).map(|number| record(&format!("m{number:05}"), "")).collect()
}

fn open(db: Db) -> Catalog {
    Catalog::new(db, Arc::new(ManualClock::new(7)))
}

fn names(changes: &Changes) -> Vec<&str> {
    changes.models.iter().map(|known| known.record.name.as_str()).collect()
}

fn state(cursor: Option<&str>) -> SyncState {
    SyncState {
        source: "hub https://hub.example".into(),
        collection: "hub".parse().unwrap(),
        cursor: cursor.map(str::to_owned),
        high_water_ms: Some(3),
        listed: 2,
        updated_ms: 0,
    }
}

#[tokio::test]
async fn what_changed_after_a_revision_is_told_once_it_is_committed() {
    each_database("changes", async |db| {
        let catalog = open(db);
        let nothing = catalog.changes_since(0, 10).await.unwrap();
        assert_eq!(nothing, Changes::default());
        catalog.put_models(&[record("a", ""), record("b", "")]).await.unwrap();
        let first = catalog.changes_since(0, 10).await.unwrap();
        assert_eq!((names(&first), first.revision), (vec!["a", "b"], 1));
        catalog.put_models(&[record("b", "new")]).await.unwrap();
        let second = catalog.changes_since(first.revision, 10).await.unwrap();
        assert_eq!((names(&second), second.revision), (vec!["b"], 2));
        assert_eq!(catalog.changes_since(2, 10).await.unwrap().revision, 2);
        let ahead = catalog.changes_since(9, 10).await.unwrap();
        assert_eq!((ahead.revision, ahead.models.len()), (9, 0));
    })
    .await;
}

#[tokio::test]
async fn a_record_that_says_the_same_is_no_change() {
    each_database("same", async |db| {
        let clock = Arc::new(ManualClock::new(5));
        let catalog = Catalog::new(db, clock.clone());
        let mut all = [record("a", "one"), record("b", "two")];
        assert_eq!(catalog.put_models(&all).await.unwrap(), 2);
        clock.advance(5);
        // Times are the store's: those of a record that was read before do not matter.
        all[0].created_ms = 99;
        assert_eq!(catalog.put_models(&all).await.unwrap(), 0);
        assert_eq!(catalog.revision().await.unwrap(), 1);
        all[1].downloads = 1;
        assert_eq!(catalog.put_models(&all).await.unwrap(), 1);
        let changes = catalog.changes_since(1, 10).await.unwrap();
        assert_eq!(names(&changes), ["b"]);
        let times = |known: &catalog::Known| (known.record.created_ms, known.record.updated_ms);
        assert_eq!(times(&changes.models[0]), (5, 10));
        let kept = catalog.get_model(&all[0].collection, &all[0].name).await.unwrap().unwrap();
        assert_eq!((kept.created_ms, kept.updated_ms), (5, 5));
    })
    .await;
}

#[tokio::test]
async fn of_two_records_of_one_model_the_later_is_taken() {
    each_database("twice", async |db| {
        let catalog = open(db);
        catalog.put_models(&[record("a", "one"), record("a", "two")]).await.unwrap();
        let all = catalog.all_models().await.unwrap();
        assert_eq!((all.len(), all[0].summary.as_str()), (1, "two"));
    })
    .await;
}

#[tokio::test]
async fn many_changes_come_in_pages_that_miss_nothing() {
    each_database("pages", async |db| {
        let catalog = open(db);
        assert_eq!(catalog.put_models(&records(1_750)).await.unwrap(), 1_750);
        for (limit, pages) in [(1, 4), (500, 4), (700, 4), (1_000, 2), (5_000, 1)] {
            let (mut revision, mut seen, mut asked) = (0, Vec::new(), 0);
            loop {
                let page = catalog.changes_since(revision, limit).await.unwrap();
                if page.revision == revision {
                    break;
                }
                assert!(page.models.len() <= limit.max(500), "{}", page.models.len());
                seen.extend(names(&page).into_iter().map(str::to_owned));
                (revision, asked) = (page.revision, asked + 1);
            }
            assert_eq!((seen.len(), asked), (1_750, pages), "limit {limit}");
            assert_eq!(revision, catalog.revision().await.unwrap());
        }
    })
    .await;
}

#[tokio::test]
async fn a_model_that_is_gone_is_told_until_it_comes_back() {
    each_database("gone", async |db| {
        let catalog = open(db);
        catalog.put_models(&[record("a", ""), record("b", "")]).await.unwrap();
        let a: ModelRef = "hub/a".parse().unwrap();
        assert!(catalog.delete_model(&a.collection, &a.name).await.unwrap());
        let changes = catalog.changes_since(0, 10).await.unwrap();
        assert_eq!((names(&changes), &changes.gone), (vec!["b"], &vec![a]));
        catalog.put_models(&[record("a", "back")]).await.unwrap();
        let changes = catalog.changes_since(0, 10).await.unwrap();
        assert_eq!((names(&changes), changes.gone.len()), (vec!["b", "a"], 0));
    })
    .await;
}

#[tokio::test]
async fn a_new_version_is_a_change_of_its_model() {
    each_database("version_change", async |db| {
        let catalog = open(db);
        let model = record("a", "");
        catalog.put_models(&[model.clone(), record("b", "")]).await.unwrap();
        for byte in [1, 2] {
            let new = NewVersion {
                manifest: Digest::from_bytes(&[byte; 32]),
                size_bytes: 7,
                facts: None,
                parent: None,
                origin: json!({}),
                once: None,
            };
            catalog.add_version(&model, new).await.unwrap();
        }
        let changes = catalog.changes_since(1, 10).await.unwrap();
        assert_eq!(names(&changes), ["a"]);
        let version = |known: &catalog::Known| {
            known.version.as_ref().map(|version| version.version.to_string())
        };
        assert_eq!(version(&changes.models[0]).as_deref(), Some("2"));
        let all = catalog.scan(None, 10).await.unwrap();
        assert_eq!(all.iter().map(version).collect::<Vec<_>>(), [Some("2".to_owned()), None]);
    })
    .await;
}

#[tokio::test]
async fn a_scan_reads_everything_in_order() {
    each_database("scan", async |db| {
        let catalog = open(db);
        let other = ModelRecord::new("assets".parse().unwrap(), "z".parse().unwrap());
        catalog.put_models(&records(25)).await.unwrap();
        catalog.put_models(&[other]).await.unwrap();
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = catalog.scan(after, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.record.collection.clone(), last.record.name.clone()));
            seen.extend(page.iter().map(|known| known.record.model().to_string()));
        }
        assert_eq!(seen.len(), 26);
        assert_eq!(seen[..2], ["assets/z", "hub/m00000"]);
        assert!(seen.is_sorted());
    })
    .await;
}

#[tokio::test]
async fn revisions_are_committed_in_their_order() {
    each_database("order", async |db| {
        let catalog = open(db);
        let write = |number: usize| {
            let catalog = catalog.clone();
            let all: Vec<_> = (0..40).map(|at| record(&format!("m{number}-{at}"), "")).collect();
            tokio::spawn(async move { catalog.put_models(&all).await.unwrap() })
        };
        let writers: Vec<_> = (0..8).map(write).collect();
        let (mut revision, mut seen) = (0, 0);
        while seen < 320 {
            let page = catalog.changes_since(revision, 50).await.unwrap();
            seen += page.models.len();
            revision = page.revision;
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        // Were one told too early or too late, the sum would not be this one.
        assert_eq!((seen, revision), (320, 8));
    })
    .await;
}

#[tokio::test]
async fn listings_and_how_far_they_were_read_are_kept_together() {
    each_database("sync", async |db| {
        let catalog = open(db);
        assert_eq!(catalog.sync_state("hub https://hub.example").await.unwrap(), None);
        let page = [record("a", ""), record("b", "")];
        assert_eq!(catalog.put_listings(&page, &state(Some("next"))).await.unwrap(), 2);
        let kept = catalog.sync_state("hub https://hub.example").await.unwrap();
        assert_eq!(kept, Some(SyncState { updated_ms: 7, ..state(Some("next")) }));
        let revision = catalog.revision().await.unwrap();
        assert_eq!(catalog.put_listings(&page, &state(None)).await.unwrap(), 0);
        assert_eq!(catalog.revision().await.unwrap(), revision, "the same is no change");
        let all = catalog.sync_states().await.unwrap();
        assert_eq!(all, [SyncState { updated_ms: 7, ..state(None) }]);
    })
    .await;
}
