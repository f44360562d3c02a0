//! A server on a fresh folder, a client of it, and its stores.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assets::Assets;
use catalog::{Catalog, ModelRecord, NewVersion};
use db::Db;
use deploy::parity::Reports;
use domain::{Digest, ManualClock};
use jobs::Jobs;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::{Config, RunningServer};

/// A server whose workers never start: there is no such program.
pub struct Bench {
    pub server: RunningServer,
    pub http: reqwest::Client,
    pub folder: tempfile::TempDir,
}

/// A server's stores, opened beside it.
pub struct Stores {
    pub catalog: Catalog,
    pub assets: Assets,
    pub jobs: Jobs,
    pub reports: Reports,
}

/// What the server said.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Bench {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        let server = server::start(config).await.unwrap();
        Self { server, http: reqwest::Client::new(), folder }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.server.url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, body }
    }

    /// Uploads a data file and returns it as requests name it.
    pub async fn upload(&self, name: &str, text: &str) -> Value {
        let url = format!("{}/api/v1/files/{name}", self.server.url());
        let response = self.http.put(url).body(text.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let stored: Value = response.json().await.unwrap();
        json!({ "digest": stored["digest"], "name": stored["name"] })
    }

    pub async fn stores(&self) -> Stores {
        let data_dir = self.folder.path();
        let config = config(data_dir);
        let db = Db::open(&config.database()).await.unwrap();
        let clock = Arc::new(ManualClock::new(1_700_000_000_000));
        Stores {
            catalog: Catalog::new(db.clone(), clock.clone()),
            assets: Assets::open(&config.assets(), data_dir).unwrap(),
            jobs: Jobs::new(db.clone(), clock.clone()),
            reports: Reports::new(db, clock),
        }
    }

    /// Adds a model whose files are those of a fixture; one that does not run by itself is an
    /// adapter.
    pub async fn add_model(&self, name: &str, fixture: &str) -> String {
        let stores = self.stores().await;
        let folder = fixture_dir(fixture);
        let facts = native::inspect(&folder);
        let (manifest, files) = stores.assets.put_folder(&folder).await.unwrap();
        let collection = domain::CollectionName::workspace();
        let mut record = ModelRecord::new(collection, name.parse().unwrap());
        let mut origin = json!({ "source": "fixture" });
        match &facts {
            Ok(facts) => {
                record.tasks = facts.tasks.clone();
                record.finetuning_tasks = facts.finetuning_tasks.clone();
            }
            Err(error) => origin["unsupported"] = json!(error.to_string()),
        }
        let version = NewVersion {
            manifest,
            size_bytes: files.size_bytes(),
            facts: facts.ok().map(|facts| json!(facts)),
            parent: None,
            origin,
            once: None,
        };
        let model = stores.catalog.add_version(&record, version).await.unwrap();
        self.wait_for_listed(name).await;
        model.to_string()
    }

    /// Waits until a model is found: the index notices changes by itself.
    async fn wait_for_listed(&self, name: &str) {
        let listed = async {
            loop {
                let page = self.get("/api/v1/models?collection=workspace").await.body;
                let models = page["models"].as_array().cloned().unwrap_or_default();
                if models.iter().any(|model| model["name"] == name) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), listed).await.unwrap();
    }
}

impl Answer {
    /// Checks a refusal: its status, its code, and words of its message.
    pub fn refuses(&self, status: u16, code: &str, words: &str) {
        assert_eq!((self.status, &self.body["error"]["code"]), (status, &json!(code)), "{self:?}");
        let message = self.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }

    /// Checks that the hint of a refusal has these words.
    pub fn hints(&self, words: &str) {
        let hint = self.body["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(words), "{hint}");
    }
}

pub fn config(data_dir: &Path) -> Config {
    Config::new(data_dir.to_owned(), "/nonexistent/modeldex".into())
}

pub fn fixture_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures").join(name)
}

/// A digest that no file has.
pub fn no_digest() -> String {
    Digest::from_bytes(&[7; 32]).to_string()
}
