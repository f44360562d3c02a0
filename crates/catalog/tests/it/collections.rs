//! Collections that an organization defines, on both databases.

use std::sync::Arc;

use catalog::{
    Catalog, CollectionKind, CollectionRecord, DeletedCollection, ModelRecord, NewVersion,
    SyncState,
};
use db::testing::each_database;
use domain::{Digest, ManualClock, ModelRef};
use serde_json::json;

fn ours(name: &str) -> CollectionRecord {
    CollectionRecord {
        name: name.parse().unwrap(),
        title: "Ours".into(),
        description: "What we use.".into(),
        kind: CollectionKind::Assets,
        source: "/srv/assets".into(),
        created_ms: 0,
        synced_ms: Some(4),
    }
}

fn listing(collection: &str, number: usize) -> ModelRecord {
    let name = format!("m{number:05}");
    ModelRecord::new(collection.parse().unwrap(), name.parse().unwrap())
}

fn version() -> NewVersion {
    NewVersion {
        manifest: Digest::from_bytes(&[1; 32]),
        size_bytes: 7,
        facts: None,
        parent: None,
        origin: json!({}),
        once: None,
    }
}

#[tokio::test]
async fn a_collection_is_defined_and_changed() {
    each_database("collections", async |db| {
        let clock = Arc::new(ManualClock::new(5));
        let catalog = Catalog::new(db, clock.clone());
        catalog.put_collection(&ours("ours")).await.unwrap();
        clock.advance(5);
        let changed = CollectionRecord { title: "Our own".into(), ..ours("ours") };
        catalog.put_collection(&changed).await.unwrap();
        catalog.put_collection(&ours("a")).await.unwrap();
        let expected = CollectionRecord { created_ms: 5, ..changed };
        let name = expected.name.clone();
        assert_eq!(catalog.get_collection(&name).await.unwrap(), Some(expected.clone()));
        let second = CollectionRecord { created_ms: 10, ..ours("a") };
        assert_eq!(catalog.collections().await.unwrap(), [expected, second]);
        assert_eq!(catalog.get_collection(&"none".parse().unwrap()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_collection_leaves_the_models_whose_files_are_here() {
    each_database("delete", async |db| {
        let catalog = Catalog::new(db, Arc::new(ManualClock::new(5)));
        catalog.put_collection(&ours("ours")).await.unwrap();
        let listings: Vec<_> = (0..1_200).map(|number| listing("ours", number)).collect();
        let state = SyncState {
            source: "ours hub http://hub.example".into(),
            collection: "ours".parse().unwrap(),
            cursor: None,
            high_water_ms: None,
            listed: 1_200,
            updated_ms: 0,
        };
        catalog.put_listings(&listings, &state).await.unwrap();
        catalog.put_models(&[listing("other", 1)]).await.unwrap();
        catalog.add_version(&listings[7], version()).await.unwrap();
        let favorite: ModelRef = "ours/m00001".parse().unwrap();
        catalog.add_favorite(&favorite).await.unwrap();
        let before = catalog.revision().await.unwrap();

        let deleted = catalog.delete_collection(&"ours".parse().unwrap()).await.unwrap();
        assert_eq!(deleted, DeletedCollection { was_defined: true, models: 1_199, kept: 1 });
        let left = catalog.all_models().await.unwrap();
        let left: Vec<_> = left.iter().map(|record| record.model().to_string()).collect();
        assert_eq!(left, ["other/m00001", "ours/m00007"]);
        assert!(catalog.favorites().await.unwrap().is_empty());
        assert!(catalog.sync_states().await.unwrap().is_empty());
        let (mut revision, mut gone) = (before, 0);
        loop {
            let page = catalog.changes_since(revision, 100).await.unwrap();
            if page.revision == revision {
                break;
            }
            assert!(page.gone.len() <= 500);
            (revision, gone) = (page.revision, gone + page.gone.len());
        }
        assert_eq!(gone, 1_199);
        let again = catalog.delete_collection(&"ours".parse().unwrap()).await.unwrap();
        assert_eq!(again, DeletedCollection { was_defined: false, models: 0, kept: 1 });
        assert_eq!(catalog.revision().await.unwrap(), revision);
    })
    .await;
}
