//! Everything that handlers share, put together once.

use std::path::PathBuf;
use std::sync::Arc;

use assets::Assets;
use catalog::Catalog;
use catalog::{ModelRecord, VersionRecord};
use db::Db;
use deploy::Endpoints;
use deploy::parity::Reports;
use discover::Machine;
use domain::{Clock, Digest, Fault, Kind, ModelRef, Task};
use jobs::Jobs;
use tokio::sync::Notify;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::live_index::{LiveIndex, Place};
use crate::machine::this_machine;
use crate::parities::Parities;
use crate::results::LiveResults;
use crate::secrets::Secrets;

/// What a handler can reach.
#[derive(Clone)]
pub struct App {
    /// How the server was started.
    pub config: Arc<Config>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Records of models.
    pub catalog: Catalog,
    /// Bytes.
    pub assets: Assets,
    /// Long work.
    pub jobs: Jobs,
    /// Records of endpoints.
    pub endpoints: Endpoints,
    /// Worker processes.
    pub fleet: Fleet,
    /// What search runs on.
    pub index: LiveIndex,
    /// What was measured of models.
    pub results: LiveResults,
    /// What models run on.
    pub machine: Machine,
    /// Hub tokens of jobs that have not started.
    pub secrets: Secrets,
    /// Comparisons of what is deployed.
    pub parities: Parities,
    /// Wakes the dispatcher.
    pub job_added: Arc<Notify>,
}

/// A version with the folder that holds its files.
pub struct Opened {
    /// The model at a fixed version.
    pub model: ModelRef,
    /// The model's record.
    pub record: ModelRecord,
    /// The version's record.
    pub version: VersionRecord,
    /// The folder.
    pub dir: PathBuf,
    /// What the files say.
    pub facts: native::ModelFacts,
}

/// A version with the folder that holds its files, whether this build can run it or not.
pub struct Files {
    /// The model at a fixed version.
    pub model: ModelRef,
    /// The folder.
    pub dir: PathBuf,
    /// The version's record.
    pub version: VersionRecord,
    /// What it does, as far as this build knows.
    pub tasks: Vec<Task>,
}

/// The stores that a server and a job's worker both open.
pub struct Stores {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub db: Db,
    /// Records of models.
    pub catalog: Catalog,
    /// Bytes.
    pub assets: Assets,
    /// Long work.
    pub jobs: Jobs,
}

impl Stores {
    /// Opens the database and the blobs.
    ///
    /// # Errors
    /// Where one of them cannot be reached.
    pub async fn open(config: &Config) -> Result<Self, Fault> {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            let what = format!("cannot make the data directory `{}`", config.data_dir.display());
            Fault::new(Kind::Unavailable, what).because(error)
        })?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let db = Db::open(&config.database()).await?;
        let catalog = Catalog::new(db.clone(), Arc::clone(&clock));
        let assets = Assets::open(&config.assets(), &config.data_dir)?;
        let jobs = Jobs::new(db.clone(), Arc::clone(&clock));
        Ok(Self { clock, db, catalog, assets, jobs })
    }

    /// Opens the files of a version that a job was told to work on.
    ///
    /// # Errors
    /// Where it is gone meanwhile, or this build cannot run it.
    pub async fn open_model(&self, model: &ModelRef) -> Result<Opened, Fault> {
        let record = self.catalog.get_model(&model.collection, &model.name).await?;
        let gone = || Fault::new(Kind::NotFound, format!("there is no model `{model}` any more"));
        open_version(&self.catalog, &self.assets, record.ok_or_else(gone)?, model).await
    }

    /// Returns the path of an uploaded file.
    ///
    /// # Errors
    /// Where no such file was uploaded.
    pub async fn file(&self, digest: &str) -> Result<(Digest, PathBuf), Fault> {
        uploaded(&self.assets, digest).await
    }
}

impl App {
    /// Puts a server together.
    ///
    /// # Errors
    /// Where a store cannot be opened or the catalog cannot be read.
    pub async fn open(config: Config) -> Result<Self, Fault> {
        let Stores { clock, db, catalog, assets, jobs } = Stores::open(&config).await?;
        let machine = this_machine();
        let place = Place { dir: config.index_dir(), machine };
        let index = LiveIndex::open(catalog.clone(), place).await?;
        let parities = Parities::open(Reports::new(db.clone(), Arc::clone(&clock))).await?;
        let endpoints = Endpoints::open(db, Arc::clone(&clock)).await?;
        let fleet = Fleet::new(config.program.clone(), Arc::clone(&clock));
        Ok(Self {
            config: Arc::new(config),
            clock,
            catalog,
            assets,
            jobs,
            endpoints,
            fleet,
            index,
            results: LiveResults::default(),
            machine,
            secrets: Secrets::default(),
            parities,
            job_added: Arc::default(),
        })
    }

    /// Opens the files of a version; the latest where the reference names none.
    ///
    /// # Errors
    /// Where there is no such model, it has no files here, or this build cannot run it.
    pub async fn open_model(&self, model: &ModelRef) -> Result<Opened, Fault> {
        let record = self.record(model).await?;
        open_version(&self.catalog, &self.assets, record, model).await
    }

    /// Opens the files of a version, whether this build can run it or not.
    ///
    /// # Errors
    /// Where there is no such model, or it has no files here.
    pub async fn open_files(&self, model: &ModelRef) -> Result<Files, Fault> {
        let record = self.record(model).await?;
        let mut files = open_files(&self.catalog, &self.assets, model).await?;
        if files.tasks.is_empty() {
            files.tasks = record.tasks;
        }
        Ok(files)
    }

    /// Returns the record of a model.
    ///
    /// # Errors
    /// Where there is no such model; the hint names those that are spelled alike.
    pub async fn record(&self, model: &ModelRef) -> Result<ModelRecord, Fault> {
        if let Some(record) = self.catalog.get_model(&model.collection, &model.name).await? {
            return Ok(record);
        }
        let listed =
            |one: &&ModelRecord| one.collection == model.collection && one.name == model.name;
        if let Some(record) = catalog::curated::records().iter().find(listed) {
            return Ok(record.clone());
        }
        let fault = Fault::new(Kind::NotFound, format!("there is no model `{model}`"));
        let near = self.index.near_misses(&model.unversioned());
        Err(match near.first() {
            Some(_) => fault.hint(format!("did you mean {}?", near.join(", "))),
            None => fault.hint("`modeldex search` shows what there is"),
        })
    }

    /// Returns the path of an uploaded file.
    ///
    /// # Errors
    /// Where no such file was uploaded.
    pub async fn file(&self, digest: &str) -> Result<(Digest, PathBuf), Fault> {
        uploaded(&self.assets, digest).await
    }
}

async fn open_version(
    catalog: &Catalog,
    assets: &Assets,
    record: ModelRecord,
    model: &ModelRef,
) -> Result<Opened, Fault> {
    let Files { model, dir, version, .. } = open_files(catalog, assets, model).await?;
    let facts = read_facts(&version).ok_or_else(|| {
        let why = version.origin.get("unsupported").and_then(serde_json::Value::as_str);
        let why = why.unwrap_or("its files were not understood when they were imported");
        Fault::new(Kind::Unsupported, format!("this build cannot run `{model}`: {why}"))
    })?;
    Ok(Opened { model, record, version, dir, facts })
}

async fn open_files(catalog: &Catalog, assets: &Assets, model: &ModelRef) -> Result<Files, Fault> {
    let version = catalog.get_version(model).await?.ok_or_else(|| no_files(model))?;
    let manifest = version.manifest.clone().ok_or_else(|| no_files(model))?;
    let dir = assets.model_dir(&manifest).await?;
    let tasks = read_facts(&version).map(|facts| facts.tasks).unwrap_or_default();
    let model =
        ModelRef::latest(model.collection.clone(), model.name.clone()).at(version.version.clone());
    Ok(Files { model, dir, version, tasks })
}

async fn uploaded(assets: &Assets, digest: &str) -> Result<(Digest, PathBuf), Fault> {
    let digest: Digest =
        digest.parse().map_err(|error: domain::DigestError| Fault::wrap(Kind::Invalid, error))?;
    let path = assets.path(&digest).await.map_err(|error| {
        Fault::new(Kind::NotFound, format!("no file `{}` was uploaded", digest.short()))
            .because(error)
            .hint("upload it with `PUT /api/v1/files/{name}`")
    })?;
    Ok((digest, path))
}

fn no_files(model: &ModelRef) -> Fault {
    let fault = Fault::new(Kind::Unsupported, format!("`{model}` has no files here"));
    match model.version {
        Some(_) => Fault::new(Kind::NotFound, format!("there is no version `{model}`"))
            .hint("`modeldex show` lists the versions"),
        None => fault.hint(format!("bring them here first: modeldex import {model}")),
    }
}

/// Reads the facts that were recorded with a version.
pub fn read_facts(version: &VersionRecord) -> Option<native::ModelFacts> {
    serde_json::from_value(version.facts.clone()?).ok()
}

/// Reads how many bits a version is to be held in, as its import was told.
pub fn quantize_of(version: &VersionRecord) -> Option<native::Quantize> {
    version.origin.get("quantize")?.as_str()?.parse().ok()
}
