//! Favorites, what was seen, and saved searches, on both databases.

use std::sync::Arc;

use catalog::{Catalog, Error, ModelRecord, SavedSearch, SearchName};
use db::Db;
use db::testing::each_database;
use domain::{ManualClock, ModelRef};

fn open(db: Db) -> Catalog {
    Catalog::new(db, Arc::new(ManualClock::new(7)))
}

fn model(name: &str) -> ModelRef {
    format!("hub/{name}").parse().unwrap()
}

fn names(models: &[ModelRef]) -> Vec<&str> {
    models.iter().map(|model| model.name.as_str()).collect()
}

fn search(name: &str, query: &str) -> SavedSearch {
    SavedSearch { name: name.parse().unwrap(), query: query.into() }
}

#[tokio::test]
async fn the_favorite_that_was_marked_last_comes_first() {
    each_database("favorites", async |db| {
        let catalog = open(db);
        for name in ["a", "b", "c", "a"] {
            catalog.add_favorite(&model(name)).await.unwrap();
        }
        assert_eq!(names(&catalog.favorites().await.unwrap()), ["a", "c", "b"]);
        assert!(catalog.remove_favorite(&"hub/c@2".parse().unwrap()).await.unwrap());
        assert!(!catalog.remove_favorite(&model("c")).await.unwrap());
        assert_eq!(names(&catalog.favorites().await.unwrap()), ["a", "b"]);
        // What people keep at hand is no change of the catalog.
        assert_eq!(catalog.revision().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn fifty_models_that_were_seen_are_kept() {
    each_database("seen", async |db| {
        let catalog = open(db);
        for number in 0..60 {
            catalog.note_seen(&model(&format!("m{number}"))).await.unwrap();
            catalog.note_seen(&model(&format!("m{number}"))).await.unwrap();
        }
        catalog.note_seen(&model("m20")).await.unwrap();
        let seen = catalog.seen(1_000).await.unwrap();
        assert_eq!((seen.len(), names(&seen[..3])), (50, vec!["m20", "m59", "m58"]));
        assert_eq!(catalog.seen(12).await.unwrap().len(), 12);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_model_leaves_no_mark() {
    each_database("unmarked", async |db| {
        let catalog = open(db);
        let record = ModelRecord::new("hub".parse().unwrap(), "a".parse().unwrap());
        catalog.put_models(&[record]).await.unwrap();
        catalog.add_favorite(&model("a")).await.unwrap();
        catalog.note_seen(&model("a")).await.unwrap();
        let a = model("a");
        catalog.delete_model(&a.collection, &a.name).await.unwrap();
        assert!(catalog.favorites().await.unwrap().is_empty());
        assert!(catalog.seen(12).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn searches_are_kept_by_name() {
    each_database("searches", async |db| {
        let catalog = open(db);
        for (name, query) in [("Small ones", "size=0-100m"), ("a", "q=a"), (" a ", "q=b")] {
            catalog.save_search(&search(name, query)).await.unwrap();
        }
        let all = catalog.searches().await.unwrap();
        assert_eq!(all, [search("Small ones", "size=0-100m"), search("a", "q=b")]);
        assert!(catalog.delete_search(&"a".parse().unwrap()).await.unwrap());
        assert!(!catalog.delete_search(&"a".parse().unwrap()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn there_is_a_bound_of_everything_that_is_kept() {
    each_database("bounds", async |db| {
        let catalog = open(db);
        for number in 0..500 {
            catalog.add_favorite(&model(&format!("m{number}"))).await.unwrap();
        }
        let full = catalog.add_favorite(&model("one-more")).await.unwrap_err();
        assert!(matches!(full, Error::Full { most: 500, .. }), "{full}");
        assert_eq!(catalog.favorites().await.unwrap().len(), 500);
        catalog.add_favorite(&model("m3")).await.unwrap();
        for number in 0..200 {
            catalog.save_search(&search(&format!("s{number}"), "q=a")).await.unwrap();
        }
        let full = catalog.save_search(&search("one more", "q=a")).await.unwrap_err();
        assert!(matches!(full, Error::Full { most: 200, .. }), "{full}");
        let long = catalog.save_search(&search("s1", &"q".repeat(5_000))).await.unwrap_err();
        assert!(matches!(long, Error::QueryTooLong { .. }), "{long}");
    })
    .await;
}

#[test]
fn a_search_has_a_name_of_one_line() {
    let refused = |name: &str| {
        let error = name.parse::<SearchName>().unwrap_err().to_string();
        assert!(error.contains("cannot be the name of a search"), "{error}");
    };
    for name in ["", "  ", "a/b", "a\nb", &"é".repeat(61)] {
        refused(name);
    }
    assert_eq!(" Modèles français ".parse::<SearchName>().unwrap().as_str(), "Modèles français");
}

#[tokio::test]
async fn models_are_read_in_the_order_in_which_they_are_named() {
    each_database("named", async |db| {
        let catalog = open(db);
        let record = |name: &str| ModelRecord::new("hub".parse().unwrap(), name.parse().unwrap());
        catalog.put_models(&[record("a"), record("b")]).await.unwrap();
        let wanted = ["hub/b", "curated/gpt2", "hub/none", "hub/a@7", "curated/none", "other/gpt2"];
        let wanted: Vec<ModelRef> = wanted.iter().map(|name| name.parse().unwrap()).collect();
        let known = catalog.known_models(&wanted).await.unwrap();
        let known: Vec<_> = known.iter().map(|known| known.record.model().to_string()).collect();
        assert_eq!(known, ["hub/b", "curated/gpt2", "hub/a"]);
        assert!(catalog.known_models(&[]).await.unwrap().is_empty());
    })
    .await;
}
