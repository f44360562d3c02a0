//! What was made from a model.

use std::sync::Arc;

use catalog::{Catalog, ModelRecord, NewVersion};
use db::testing::each_database;
use domain::{CollectionName, Digest, ManualClock, ModelRef};
use serde_json::json;

async fn add(catalog: &Catalog, name: &str, parent: Option<&str>) -> String {
    let record = ModelRecord::new(CollectionName::workspace(), name.parse().unwrap());
    let version = NewVersion {
        manifest: Digest::from_bytes(&[7; 32]),
        size_bytes: 7,
        facts: None,
        parent: parent.map(|parent| parent.parse().unwrap()),
        origin: json!({ "mentions": "\"parent\":\"workspace/base@1\"" }),
        once: None,
    };
    catalog.add_version(&record, version).await.unwrap().to_string()
}

#[tokio::test]
async fn children_are_found_by_their_parent_and_nothing_else() {
    each_database("children", async |db| {
        let catalog = Catalog::new(db, Arc::new(ManualClock::default()));
        add(&catalog, "base", None).await;
        add(&catalog, "base", None).await;
        add(&catalog, "base_2", None).await;
        add(&catalog, "first", Some("workspace/base@1")).await;
        add(&catalog, "second", Some("workspace/base@2")).await;
        add(&catalog, "other", Some("workspace/base_2@1")).await;
        add(&catalog, "near", Some("workspace/baseX2@1")).await;
        let children = async |model: &str| {
            let model: ModelRef = model.parse().unwrap();
            let found = catalog.children(&model).await.unwrap();
            found.into_iter().map(|(child, _)| child.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(children("workspace/base@1").await, ["workspace/first@1"]);
        let both = ["workspace/first@1", "workspace/second@1"];
        assert_eq!(children("workspace/base").await, both);
        assert_eq!(children("workspace/base_2").await, ["workspace/other@1"]);
        assert!(children("workspace/first@1").await.is_empty());
    })
    .await;
}
