//! Models, versions and evaluations.

use std::sync::Arc;

use catalog::{Catalog, EvaluationRecord, ModelRecord, NewVersion};
use db::testing::each_database;
use domain::{Digest, ManualClock, ModelRef, Task};
use serde_json::json;

fn digest(byte: u8) -> Digest {
    Digest::from_bytes(&[byte; 32])
}

fn record(name: &str) -> ModelRecord {
    let collection = domain::CollectionName::workspace();
    let mut record = ModelRecord::new(collection, name.parse().unwrap());
    record.tasks = vec![Task::FillMask];
    record
}

fn version(byte: u8, once: Option<&str>) -> NewVersion {
    NewVersion {
        manifest: digest(byte),
        size_bytes: 7,
        facts: None,
        parent: None,
        origin: json!({ "source": "test" }),
        once: once.map(str::to_owned),
    }
}

#[tokio::test]
async fn models_are_kept_with_the_moment_when_they_came() {
    each_database("models", async |db| {
        let clock = Arc::new(ManualClock::new(5));
        let catalog = Catalog::new(db, clock.clone());
        assert_eq!(catalog.revision().await.unwrap(), 0);
        let mut model = record("a");
        catalog.put_models(&[model.clone(), record("b")]).await.unwrap();
        clock.advance(5);
        model.summary = "changed".into();
        catalog.put_models(&[model.clone()]).await.unwrap();
        assert_eq!(catalog.revision().await.unwrap(), 2);
        let kept = catalog.get_model(&model.collection, &model.name).await.unwrap().unwrap();
        assert_eq!((kept.created_ms, kept.updated_ms), (5, 10));
        assert_eq!(kept.summary, "changed");
        assert_eq!(catalog.all_models().await.unwrap().len(), 2);
        assert!(catalog.delete_model(&model.collection, &model.name).await.unwrap());
        assert!(!catalog.delete_model(&model.collection, &model.name).await.unwrap());
        assert_eq!(catalog.revision().await.unwrap(), 3, "what was not there is no change");
    })
    .await;
}

#[tokio::test]
async fn concurrent_versions_get_different_numbers() {
    each_database("versions", async |db| {
        let catalog = Catalog::new(db, Arc::new(ManualClock::default()));
        let add = |byte| {
            let catalog = catalog.clone();
            async move { catalog.add_version(&record("a"), version(byte, None)).await.unwrap() }
        };
        let tasks: Vec<_> = (0..6).map(|byte| tokio::spawn(add(byte))).collect();
        let mut numbers = Vec::new();
        for task in tasks {
            numbers.push(task.await.unwrap().version.unwrap().to_string());
        }
        numbers.sort();
        assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"]);
        let model: ModelRef = "workspace/a".parse().unwrap();
        let latest = catalog.get_version(&model).await.unwrap().unwrap();
        assert_eq!(latest.version.as_str(), "6");
        let third = catalog.get_version(&"workspace/a@3".parse().unwrap()).await.unwrap();
        assert_eq!(third.unwrap().version.as_str(), "3");
        assert_eq!(catalog.get_version(&"workspace/a@9".parse().unwrap()).await.unwrap(), None);
        assert_eq!(catalog.manifests().await.unwrap().len(), 6);
    })
    .await;
}

#[tokio::test]
async fn the_same_job_adds_its_version_once() {
    each_database("once", async |db| {
        let catalog = Catalog::new(db, Arc::new(ManualClock::default()));
        let first = catalog.add_version(&record("a"), version(1, Some("job-7"))).await.unwrap();
        let again = catalog.add_version(&record("a"), version(1, Some("job-7"))).await.unwrap();
        assert_eq!(first, again);
        let next = catalog.add_version(&record("a"), version(2, Some("job-8"))).await.unwrap();
        assert_eq!(next.to_string(), "workspace/a@2");
    })
    .await;
}

#[tokio::test]
async fn evaluations_belong_to_versions() {
    each_database("evaluations", async |db| {
        let clock = Arc::new(ManualClock::default());
        let catalog = Catalog::new(db, clock.clone());
        for number in [1, 2, 3] {
            clock.advance(1);
            let model = format!("workspace/a@{}", number.min(2)).parse().unwrap();
            let record = EvaluationRecord {
                id: format!("evaluation-{number}"),
                model,
                task: Task::TextClassification,
                data_name: "test.csv".into(),
                data_digest: Some(digest(9)),
                rows: Some(10),
                metrics: json!({ "accuracy": 0.5 }),
                report: json!({}),
                job: None,
                published_by: None,
                created_ms: 0,
            };
            catalog.put_evaluation(&record).await.unwrap();
            catalog.put_evaluation(&record).await.unwrap();
        }
        let ids = async |model: &str| {
            let all = catalog.evaluations(&model.parse().unwrap()).await.unwrap();
            all.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!(ids("workspace/a").await, ["evaluation-3", "evaluation-2", "evaluation-1"]);
        assert_eq!(ids("workspace/a@1").await, ["evaluation-1"]);
    })
    .await;
}
