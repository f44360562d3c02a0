//! The index follows the catalog: over changes, restarts and damage.

use std::path::Path;
use std::sync::Arc;

use catalog::{Catalog, ModelRecord};
use db::Db;
use discover::{Machine, Query};
use domain::ManualClock;

use super::{LiveIndex, Place};

const CURATED: usize = 156;

async fn catalog(dir: &Path) -> Catalog {
    let db = Db::open(&format!("sqlite://{}", dir.join("test.db").display())).await.unwrap();
    Catalog::new(db, Arc::new(ManualClock::new(5)))
}

fn place(dir: &Path) -> Place {
    let machine = Machine { memory_bytes: 8 << 30, cpus: 2, gpus: 0 };
    Place { dir: dir.join("index"), machine }
}

fn records(names: impl Iterator<Item = String>, summary: &str) -> Vec<ModelRecord> {
    let record = |name: String| ModelRecord {
        summary: summary.to_owned(),
        ..ModelRecord::new("team".parse().unwrap(), name.parse().unwrap())
    };
    names.map(record).collect()
}

fn total(live: &LiveIndex, text: &str) -> usize {
    let query = Query { text: text.to_owned(), ..Query::default() };
    live.current().search(&query).unwrap().total
}

#[tokio::test]
async fn a_change_is_found_after_a_refresh_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path()).await;
    for round in [1, 2] {
        let live = LiveIndex::open(catalog.clone(), place(dir.path())).await.unwrap();
        let before = live.current().len();
        let names = (0..30).map(|at| format!("m{round}-{at}"));
        catalog.put_models(&records(names, "zebra")).await.unwrap();
        assert_eq!(live.current().len(), before, "nobody looked yet");
        live.refresh().await;
        assert_eq!(live.current().len(), before + 30);
        let gone = format!("m{round}-3").parse().unwrap();
        catalog.delete_model(&"team".parse().unwrap(), &gone).await.unwrap();
        live.refresh().await;
        assert_eq!(live.current().len(), before + 29);
        let again = LiveIndex::open(catalog.clone(), place(dir.path())).await.unwrap();
        assert_eq!(again.current().len(), before + 29);
        assert_eq!(total(&again, "zebra"), total(&live, "zebra"));
    }
    assert_eq!(total(&LiveIndex::open(catalog, place(dir.path())).await.unwrap(), "zebra"), 58);
}

#[tokio::test]
async fn a_snapshot_is_used_made_anew_and_never_trusted_when_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path()).await;
    catalog.put_models(&records((0..40).map(|at| format!("m{at}")), "zebra")).await.unwrap();
    let at = place(dir.path());
    let about = at.dir.join("about.json");
    LiveIndex::open(catalog.clone(), at.clone()).await.unwrap();
    let first = std::fs::read(&about).unwrap();
    let live = LiveIndex::open(catalog.clone(), at.clone()).await.unwrap();
    catalog.put_models(&records(["new".to_owned()].into_iter(), "okapi")).await.unwrap();
    live.rebuild().await.unwrap();
    assert_ne!(std::fs::read(&about).unwrap(), first, "it shows a later revision");
    assert_eq!((live.current().changed(), total(&live, "okapi")), (0, 1));
    for name in ["browse", "words", "cards"] {
        let path = at.dir.join(name);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let live = LiveIndex::open(catalog.clone(), at.clone()).await.unwrap();
        assert_eq!((live.current().len(), total(&live, "okapi")), (CURATED + 41, 1), "{name}");
    }
}

#[tokio::test]
async fn a_snapshot_of_another_catalog_is_not_used() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let catalog = catalog(dir.path()).await;
    catalog.put_models(&records((0..40).map(|at| format!("m{at}")), "zebra")).await.unwrap();
    LiveIndex::open(catalog, place(dir.path())).await.unwrap();
    let empty = self::catalog(other.path()).await;
    let live = LiveIndex::open(empty, place(dir.path())).await.unwrap();
    assert_eq!((live.current().len(), total(&live, "zebra")), (CURATED, 0));
}
