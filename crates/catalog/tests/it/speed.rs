//! How fast listings come in and go out. Run it when a store or a statement changes:
//! `cargo test --release -p catalog --test it -- --ignored --nocapture speed`.

use std::sync::Arc;
use std::time::Instant;

use catalog::{Catalog, ModelRecord};
use db::testing::each_database;
use domain::{ManualClock, Task};

const MODELS: usize = 100_000;

/// A listing as a hub gives it: half a kilobyte of facts, no card.
fn listing(number: usize) -> ModelRecord {
    let name = format!("owner{}/model-{number}", number % 997);
    let mut record = ModelRecord::new("hub".parse().unwrap(), name.parse().unwrap());
    record.summary = format!("A model for text of the family {} with its numbers", number % 89);
    record.tasks = vec![Task::TextGeneration];
    record.publisher = Some(format!("owner{}", number % 997));
    record.hub_id = Some(name);
    record.hub_revision = Some(format!("{number:040x}"));
    record.languages = vec!["en".into(), "de".into()];
    record.keywords = vec!["safetensors".into(), "conversational".into(), "pytorch".into()];
    record.library = Some("transformers".into());
    record.downloads = (number * 31) as u64;
    record.modified_ms = Some(number as i64);
    record
}

#[tokio::test]
#[ignore = "it measures and takes a while"]
async fn speed_of_listings() {
    let records: Vec<_> = (0..MODELS).map(listing).collect();
    each_database("speed", async |db| {
        let kind = if db.is_postgres() { "PostgreSQL" } else { "SQLite" };
        let catalog = Catalog::new(db, Arc::new(ManualClock::new(1)));
        let say = |what: &str, began: Instant| {
            let rate = MODELS as f64 / began.elapsed().as_secs_f64();
            eprintln!("{kind}: {what}: {rate:.0} records/s");
        };
        let put = async |records: &[ModelRecord], page: usize| {
            for page in records.chunks(page) {
                catalog.put_models(page).await.unwrap();
            }
        };
        let began = Instant::now();
        put(&records, 10_000).await;
        say("new, 10,000 in a transaction", began);
        let began = Instant::now();
        put(&records, 1_000).await;
        say("the same again, 1,000 in a transaction", began);
        let mut changed = records.clone();
        changed.iter_mut().for_each(|record| record.downloads += 1);
        let began = Instant::now();
        put(&changed, 1_000).await;
        say("changed, 1,000 in a transaction", began);
        let (began, mut revision, mut read) = (Instant::now(), 0, 0);
        while read < MODELS {
            let page = catalog.changes_since(revision, 10_000).await.unwrap();
            (revision, read) = (page.revision, read + page.models.len());
        }
        say("read as changes", began);
        let (began, mut after, mut read) = (Instant::now(), None, 0);
        while read < MODELS {
            let page = catalog.scan(after, 10_000).await.unwrap();
            let last = &page.last().unwrap().record;
            after = Some((last.collection.clone(), last.name.clone()));
            read += page.len();
        }
        say("read in order", began);
    })
    .await;
}
