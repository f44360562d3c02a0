//! The job: from a source to a visible version.

use std::time::Duration;

use domain::{CollectionName, ModelName, ModelRef};
use futures::{StreamExt, TryStreamExt, stream};
use hub::{FolderSource, HubOptions, HubSource, Network, Resolved, Source, SourceFile, Token};
use jobs::Context;
use serde_json::Value;

use crate::fetch::{Fetch, Meter};
use crate::job::Place;
use crate::publish::{Fetched, publish};
use crate::record::Origin;
use crate::refusal::shown;
use crate::scratch::{Pin, Scratch};
use crate::{Error, Imported, Job, Plan, Refusal, Result, Stores, check_config, name, plan, space};

/// How many files are fetched at once: what a hub serves to one client without complaint.
const PARALLEL: usize = 4;
/// How often the job looks whether somebody asked to stop.
const CANCEL_PERIOD: Duration = Duration::from_millis(100);
/// The longest configuration that is read; the largest in use have a few hundred KB.
const CONFIG_BYTES_MAX: u64 = 8 << 20;

/// Imports a model into `workspace`; run again after a crash, it goes on.
///
/// # Errors
/// Where the source cannot be reached, what it offers is refused, or a store fails.
pub async fn run(job: &Job, stores: Stores<'_>, context: &Context) -> Result<Imported> {
    run_with(job, stores, context, Network::default()).await
}

/// Imports a model with another patience than the usual.
///
/// # Errors
/// As [`run`].
pub async fn run_with(
    job: &Job,
    stores: Stores<'_>,
    context: &Context,
    network: Network,
) -> Result<Imported> {
    let mut job = job.clone();
    let named = job.named()?;
    let file = named.file.as_deref();
    let work = async {
        match named.place {
            Place::Folder(folder) => {
                let source = FolderSource::new(folder);
                let import = Import::new(&job, &source, stores, context, &network);
                import.of_file(file).run(None).await
            }
            Place::Hub(id, _) if job.offline => Err(Error::Offline { id }),
            Place::Hub(id, revision) => {
                job.revision = job.revision.or(revision);
                let token = job.token.as_deref().and_then(Token::new);
                let url = job.hub_url.clone();
                let source =
                    HubSource::new(&id, HubOptions { url, token, network: network.clone() })?;
                let import = Import::new(&job, &source, stores, context, &network);
                import.of_file(file).run(Some(&id)).await
            }
        }
    };
    tokio::select! {
        done = work => done,
        () = cancelled(context) => Err(Error::Cancelled),
    }
}

async fn cancelled(context: &Context) {
    while !context.cancelled() {
        tokio::time::sleep(CANCEL_PERIOD).await;
    }
}

/// What every step needs.
struct Import<'a, S> {
    job: &'a Job,
    source: &'a S,
    /// The GGUF file that is meant, where one is named.
    file: Option<&'a str>,
    place: String,
    stores: Stores<'a>,
    context: &'a Context,
    network: &'a Network,
}

impl<'a, S: Source> Import<'a, S> {
    fn new(
        job: &'a Job,
        source: &'a S,
        stores: Stores<'a>,
        context: &'a Context,
        network: &'a Network,
    ) -> Self {
        Self { job, source, file: None, place: source.place(), stores, context, network }
    }

    fn of_file(self, file: Option<&'a str>) -> Self {
        Self { file, ..self }
    }

    async fn run(&self, hub_id: Option<&str>) -> Result<Imported> {
        let name = name::of(self.job, self.file.unwrap_or(&self.place))?;
        self.check_taken(&name).await?;
        let scratch = Scratch::open(self.context.scratch())?;
        let resolved = self.resolve(&scratch).await?;
        let plan = self.plan(&resolved, &scratch)?;
        let files = self.fetch(&plan, &resolved.revision, &scratch).await?;
        let origin = Origin { place: &self.place, hub_id, revision: &resolved.revision };
        let asked = self.job.revision.as_deref();
        let fetched =
            Fetched { name, origin, asked, files, quantize: self.job.quantize.as_deref() };
        let imported = publish(fetched, &scratch, self.stores, self.context).await?;
        // What is left are notes; where this fails, they go with the job.
        let _ = scratch.clear();
        Ok(imported)
    }

    fn refuse(&self, refusal: Refusal) -> Error {
        Error::Refused { place: self.place.clone(), refusal }
    }

    /// Refuses to give a name that nobody chose to a version of another model.
    async fn check_taken(&self, name: &ModelName) -> Result<()> {
        if self.job.name.is_some() {
            return Ok(());
        }
        let model = ModelRef::latest(CollectionName::workspace(), name.clone());
        let version = self.stores.catalog.get_version(&model).await?;
        let place =
            |origin: &Value| origin.get("place").and_then(Value::as_str) == Some(&self.place);
        match version {
            Some(version) if !place(&version.origin) => {
                Err(Error::Taken { name: name.to_string(), place: self.place.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Lists the revision that an earlier attempt pinned, or pins one.
    async fn resolve(&self, scratch: &Scratch) -> Result<Resolved> {
        self.context.stage(0, None, "bytes", "looking what is there");
        let (place, asked) = (self.place.clone(), self.job.revision.clone());
        let pinned = scratch.pin().filter(|pin| pin.place == place && pin.asked == asked);
        let resolved = match pinned {
            Some(pin) => match self.source.resolve(Some(&pin.revision)).await {
                // A folder has become another one: what it was before cannot be had any more.
                Err(hub::Error::Folder { .. }) => self.source.resolve(None).await?,
                resolved => resolved?,
            },
            None => self.source.resolve(asked.as_deref()).await?,
        };
        scratch.set_pin(&Pin { place, asked, revision: resolved.revision.clone() })?;
        self.context.log(format!("`{}` at revision `{}`", self.place, resolved.revision));
        Ok(resolved)
    }

    fn plan(&self, resolved: &Resolved, scratch: &Scratch) -> Result<Plan> {
        let plan = plan(resolved, self.file).map_err(|refusal| self.refuse(refusal))?;
        let missing =
            plan.files().fold(0_u64, |sum, file| sum.saturating_add(missing_bytes(scratch, file)));
        let free = space::free_bytes(scratch.root());
        Plan::check_space(missing, free).map_err(|refusal| self.refuse(refusal))?;
        let (files, size) = (plan.files().count(), shown(plan.size_bytes()));
        self.context.log(format!("{files} files, {size}; {} are left out", plan.left_out));
        Ok(plan)
    }

    /// Brings every file here: the configuration first, for it may end the import.
    async fn fetch(&self, plan: &Plan, revision: &str, scratch: &Scratch) -> Result<Files> {
        let fetch = Fetch {
            source: self.source,
            revision,
            scratch,
            assets: self.stores.assets,
            network: self.network,
            meter: Meter::new(self.context, plan.size_bytes()),
        };
        let mut files = Vec::new();
        if let Some(config) = &plan.config {
            let refuse = |refusal| self.refuse(refusal);
            if config.size > CONFIG_BYTES_MAX {
                return Err(refuse(Refusal::Config { why: "it is longer than 8 MiB".to_owned() }));
            }
            let done = fetch.file(config).await?;
            check_config(&fetch.read(config, &done).await?).map_err(refuse)?;
            files.push((config.clone(), done));
        }
        let fetching: Vec<_> = plan.rest.iter().map(|file| fetch.named(file.clone())).collect();
        let rest: Files = stream::iter(fetching).buffer_unordered(PARALLEL).try_collect().await?;
        files.extend(rest);
        Ok(files)
    }
}

/// Files with what was found in them.
pub(crate) type Files = Vec<(SourceFile, crate::scratch::Done)>;

fn missing_bytes(scratch: &Scratch, file: &SourceFile) -> u64 {
    if scratch.done(&file.path).is_some() {
        return 0;
    }
    let begun = scratch.begun(&file.path).map_or(0, |(length, _)| length);
    file.size.saturating_sub(begun)
}
