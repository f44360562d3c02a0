use std::sync::Arc;

use db::Db;
use db::testing::each_database;
use domain::{ManualClock, Task};

use super::*;

async fn open(db: &Db) -> Endpoints {
    Endpoints::open(db.clone(), Arc::new(ManualClock::default())).await.unwrap()
}

fn plan() -> DeploymentPlan {
    DeploymentPlan {
        model: "workspace/base@1".parse().unwrap(),
        task: Task::TextGeneration,
        replicas: 1,
        queue_max: 64,
        quantize: None,
        engine: crate::EngineOptions::default(),
        process: None,
        adapters: crate::Adapters::new(),
    }
}

async fn put(endpoints: &Endpoints, endpoint: &str, deployment: &str, share: Option<u8>) {
    let (endpoint, deployment) = (endpoint.parse().unwrap(), deployment.parse().unwrap());
    endpoints.put(&endpoint, &deployment, &plan(), share).await.unwrap();
}

/// Writes down names and shares.
fn told(endpoints: &Endpoints) -> String {
    let deployment = |one: &Deployment| format!("{}={}", one.name, one.traffic);
    let endpoint = |one: &Arc<Endpoint>| {
        let deployments: Vec<_> = one.deployments.iter().map(deployment).collect();
        format!("{}: {}", one.name, deployments.join(" "))
    };
    endpoints.list().iter().map(endpoint).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn what_is_in_memory_is_what_is_kept() {
    each_database("endpoints_kept", async |db| {
        let endpoints = open(&db).await;
        let holds = async |expected: &str| {
            assert_eq!(told(&endpoints), expected);
            assert_eq!(open(&db).await.list(), endpoints.list());
        };
        holds("").await;
        put(&endpoints, "mood", "blue", None).await;
        put(&endpoints, "mood", "green", Some(20)).await;
        put(&endpoints, "chat", "default", None).await;
        holds("chat: default=100; mood: blue=80 green=20").await;
        let traffic = Traffic::stored([("green".to_owned(), 100)]);
        endpoints.set_traffic("mood", &traffic).await.unwrap();
        endpoints.delete("chat").await.unwrap();
        holds("mood: blue=0 green=100").await;
        let poet = "workspace/poet@1".parse().unwrap();
        let add = |adapters: &mut crate::Adapters| drop(adapters.insert(name("poet"), poet));
        endpoints.change_adapters(["mood", "blue"], add).await.unwrap();
        holds("mood: blue=0 green=100").await;
        assert_eq!(endpoints.get("mood").unwrap().adapters().len(), 1);
        endpoints.delete_deployment("mood", "green").await.unwrap();
        holds("mood: blue=0").await;
    })
    .await;
}

fn name(text: &str) -> ResourceName {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    each_database("endpoints_refused", async |db| {
        let endpoints = open(&db).await;
        put(&endpoints, "mood", "blue", None).await;
        let revision = table::revision(&db).await.unwrap();
        let refused = |result: Result<(), Error>, expected: &str| {
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        let nobody = "there is no endpoint `nobody`";
        refused(endpoints.get("nobody").map(drop), nobody);
        refused(endpoints.delete("nobody").await, nobody);
        refused(endpoints.set_traffic("nobody", &Traffic::default()).await, nobody);
        refused(endpoints.delete_deployment("nobody", "blue").await, nobody);
        let red = "endpoint `mood` has no deployment `red`";
        refused(endpoints.delete_deployment("mood", "red").await, red);
        refused(endpoints.change_adapters(["mood", "red"], |_| ()).await.map(drop), red);
        assert_eq!(told(&endpoints), "mood: blue=100");
        assert_eq!(table::revision(&db).await.unwrap(), revision);
    })
    .await;
}

#[tokio::test]
async fn what_another_server_changed_is_taken_and_built_upon() {
    each_database("endpoints_shared", async |db| {
        let (here, there) = (open(&db).await, open(&db).await);
        put(&there, "mood", "blue", None).await;
        put(&there, "chat", "default", None).await;
        assert_eq!(told(&here), "");
        here.refresh().await.unwrap();
        assert_eq!(told(&here), "chat: default=100; mood: blue=100");
        there.delete("chat").await.unwrap();
        here.refresh().await.unwrap();
        assert_eq!(told(&here), "mood: blue=100");
        // Seen by who changes something, before it looks for changes.
        put(&there, "mood", "green", Some(40)).await;
        put(&here, "mood", "red", Some(50)).await;
        assert_eq!(told(&here), "mood: blue=30 green=20 red=50");
    })
    .await;
}

#[tokio::test]
async fn changes_at_once_are_all_kept() {
    each_database("endpoints_at_once", async |db| {
        let (here, there) = (open(&db).await, open(&db).await);
        let changes = (0..12).map(|number| {
            let endpoints = if number % 2 == 0 { here.clone() } else { there.clone() };
            let deployment = format!("d{number}");
            tokio::spawn(async move { put(&endpoints, "mood", &deployment, Some(5)).await })
        });
        for change in changes.collect::<Vec<_>>() {
            change.await.unwrap();
        }
        here.refresh().await.unwrap();
        assert_eq!(open(&db).await.list(), here.list());
        let shares = here.get("mood").unwrap().traffic();
        let share = |number| u32::from(shares.share(&format!("d{number}")));
        assert_eq!((0..12).map(share).sum::<u32>(), 100);
    })
    .await;
}

#[tokio::test]
async fn endpoints_are_found_while_every_connection_waits() {
    each_database("endpoints_busy", async |db| {
        let endpoints = open(&db).await;
        put(&endpoints, "mood", "blue", None).await;
        let (writer, _) = endpoints.begin().await.unwrap();
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let endpoints = endpoints.clone();
                tokio::spawn(async move { endpoints.delete("mood").await })
            })
            .collect();
        assert_eq!(told(&endpoints), "mood: blue=100");
        assert!(endpoints.get("mood").is_ok());
        drop(writer);
        let mut deleted = 0;
        for one in waiting {
            deleted += usize::from(one.await.unwrap().is_ok());
        }
        assert_eq!((deleted, told(&endpoints)), (1, String::new()));
    })
    .await;
}
