//! Imports from a loopback hub and from folders: whole, broken, killed, refused.
#![expect(clippy::unwrap_used, reason = "a test stops where its ground is missing")]

mod faults;
mod kill;
mod models;
mod refusals;
mod resume;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assets::Assets;
use catalog::{Catalog, VersionRecord};
use db::Db;
use domain::{Fault, ManualClock};
use hub::Network;
use import::{Imported, Job, Stores};
use jobs::Context;
use tempfile::TempDir;
use testkit::{Files, LoopbackHub};

/// The id of the model on every hub of these tests.
const ID: &str = "acme/tiny";
const WEIGHTS: &str = "model.safetensors";

/// A data directory, and a network that notes its pauses instead of making them.
struct Home {
    dir: TempDir,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

/// The stores of a home.
struct Opened {
    assets: Assets,
    catalog: Catalog,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), pauses: Arc::default() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    async fn open(&self) -> Opened {
        let location = self.path().join("assets");
        let assets = Assets::open(location.to_str().unwrap(), self.path()).unwrap();
        let db = Db::open(&format!("sqlite://{}", self.path().join("db").display())).await;
        Opened { assets, catalog: Catalog::new(db.unwrap(), Arc::new(ManualClock::new(1))) }
    }

    /// Makes a context of one job; a job that runs again has the same folder.
    fn context(&self, job: &str) -> Context {
        Context::detached(self.path().join("scratch").join(job))
    }

    fn network(&self) -> Network {
        let pauses = Arc::clone(&self.pauses);
        let sleep = move |time| {
            pauses.lock().unwrap().push(time);
            Box::pin(async {}) as futures::future::BoxFuture<'static, ()>
        };
        let silence = Duration::from_secs(600);
        Network { attempts: 3, silence, sleep: Arc::new(sleep), ..Network::default() }
    }

    async fn import(&self, job: &Job) -> Result<Imported, Fault> {
        self.import_as("job-1", job).await
    }

    async fn import_as(&self, id: &str, job: &Job) -> Result<Imported, Fault> {
        let opened = self.open().await;
        let done = opened.import(job, &self.context(id), self.network()).await;
        done.map_err(Fault::from)
    }

    /// Returns every version of a model in `workspace`.
    async fn versions(&self, name: &str) -> Vec<VersionRecord> {
        let model = format!("workspace/{name}").parse().unwrap();
        self.open().await.catalog.versions(&model).await.unwrap()
    }
}

impl Opened {
    async fn import(
        &self,
        job: &Job,
        context: &Context,
        network: Network,
    ) -> import::Result<Imported> {
        let stores = Stores { assets: &self.assets, catalog: &self.catalog };
        import::run_with(job, stores, context, network).await
    }
}

async fn hub() -> LoopbackHub {
    let hub = LoopbackHub::start().await;
    hub.put(ID, &testkit::tiny_encoder(1));
    hub
}

fn job(source: &str, hub: &LoopbackHub) -> Job {
    Job {
        source: source.to_owned(),
        revision: None,
        name: None,
        hub_url: hub.url(),
        quantize: None,
        token: None,
        offline: false,
    }
}

fn folder_job(folder: &Path) -> Job {
    Job {
        source: folder.display().to_string(),
        revision: None,
        name: None,
        hub_url: "http://127.0.0.1:1".to_owned(),
        quantize: None,
        token: None,
        offline: true,
    }
}

fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Checks that a version's files are what they should be.
async fn check_files(home: &Home, version: &VersionRecord, files: &Files) {
    let assets = home.open().await.assets;
    let view = assets.model_dir(version.manifest.as_ref().unwrap()).await.unwrap();
    for (path, bytes) in files {
        assert_eq!(&std::fs::read(view.join(path)).unwrap(), bytes, "{path}");
    }
}
