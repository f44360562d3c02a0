//! Runs one job: claims it, hands it to its verb, records what came out.

use std::str::FromStr;

use api::{BatchRequest, DataSource, EvaluateRequest, FinetuneRequest, ImportRequest};
use catalog::{EvaluationRecord, ModelRecord, NewVersion};
use data::{DataFile, Mapping};
use domain::{CollectionName, Digest, Fault, Kind, ModelRef, Task};
use jobs::{Context, State};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::parity::{imported_parity, parity};
use super::sync::sync;
use crate::app::{Opened, Stores};
use crate::config::Config;

/// A worker renews its lease every second; one that misses ten renewals is dead.
const LEASE_MS: i64 = 10_000;

/// Runs the job `id` to its end; a job that another worker has is left alone.
///
/// The job's own failure is in its record: this fails where the record cannot be written.
///
/// # Errors
/// Where a store cannot be opened or the queue cannot be reached.
pub async fn run_job(config: Config, id: &str) -> Result<(), Fault> {
    let stores = Stores::open(&config).await?;
    let jobs = stores.jobs.clone();
    let worker = worker_name(std::process::id());
    let Some(claim) = jobs.claim(id, &worker, LEASE_MS).await? else { return Ok(()) };
    let folder = config.jobs_dir();
    let kind = claim.job.kind.clone();
    let handler =
        |context, payload| async move { run(&stores, &config, &kind, context, payload).await };
    match jobs::execute(&jobs, claim, &folder, handler).await {
        Ok(job) if job.state == State::Succeeded => {
            // What it may have resumed from is of no more use.
            let _ = std::fs::remove_dir_all(folder.join(id));
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error @ jobs::Error::LeaseLost { .. }) => {
            tracing::warn!(job = id, %error, "the job goes on in another worker");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Names the worker with a process number, as the queue records it.
pub fn worker_name(pid: u32) -> String {
    format!("process {pid}")
}

async fn run(
    stores: &Stores,
    config: &Config,
    kind: &str,
    context: Context,
    payload: Value,
) -> Result<Value, Fault> {
    match kind {
        "import" => import(stores, config, context, read(payload)?).await,
        "evaluate" => evaluate(stores, context, read(payload)?).await,
        "parity" => parity(stores, context, read(payload)?).await,
        "finetune" => finetune(stores, context, read(payload)?).await,
        "batch" => batch(stores, context, read(payload)?).await,
        "sync" => sync(stores, config, context, read(payload)?).await,
        _ => {
            let message = format!("this build knows no jobs of the kind `{kind}`");
            Err(Fault::new(Kind::Unsupported, message))
        }
    }
}

async fn import(
    stores: &Stores,
    config: &Config,
    context: Context,
    request: ImportRequest,
) -> Result<Value, Fault> {
    let offline = config.offline && request.hub_url.is_none();
    let job = import::Job {
        source: request.source,
        revision: request.revision,
        name: request.name,
        hub_url: request.hub_url.unwrap_or_else(|| config.hub_url.clone()),
        quantize: request.quantize,
        token: config.hub_token.clone(),
        offline,
    };
    let into = import::Stores { assets: &stores.assets, catalog: &stores.catalog };
    let done = import::run(&job, into, &context).await?;
    let mut result =
        json!({ "model": done.model, "files": done.files, "size_bytes": done.size_bytes });
    if let Some(report) = imported_parity(stores, &context, &done.model).await {
        result["parity"] = json!(report.summary());
    }
    Ok(result)
}

async fn evaluate(
    stores: &Stores,
    context: Context,
    request: EvaluateRequest,
) -> Result<Value, Fault> {
    let opened = open(stores, &request.model).await?;
    let (data, data_digest) = data_file(stores, &request.data).await?;
    let task = task_of(request.task.as_deref(), &opened)?;
    let job = evaluate::Job { model_dir: opened.dir, task, data, mapping: request.map.into() };
    // The same job again writes the same record.
    let id = context.id().replace("job", "evaluation");
    let job_id = context.id().to_owned();
    let found = blocking(move || Ok(evaluate::run(&job, &context)?)).await?;
    let record = EvaluationRecord {
        id,
        model: opened.model,
        task: found.task,
        data_name: request.data.name,
        data_digest: Some(data_digest),
        rows: Some(found.rows),
        metrics: Value::Object(found.metrics),
        report: found.report,
        job: Some(job_id),
        published_by: None,
        created_ms: 0,
    };
    stores.catalog.put_evaluation(&record).await?;
    Ok(json!({
        "evaluation": record.id, "model": record.model, "task": record.task,
        "rows": record.rows, "metrics": record.metrics, "report": record.report,
    }))
}

async fn finetune(
    stores: &Stores,
    context: Context,
    request: FinetuneRequest,
) -> Result<Value, Fault> {
    let base = open(stores, &request.model).await?;
    let (data, _) = data_file(stores, &request.data).await?;
    let validation = match &request.validation {
        Some(source) => Some(data_file(stores, source).await?.0),
        None => None,
    };
    let out = context.scratch().join("model");
    let job = finetune::Job {
        base: base.dir.clone(),
        data,
        validation,
        mapping: Mapping::from(request.map.clone()),
        method: request.method.clone(),
        hyperparameters: request.hyperparameters.clone(),
        out: out.clone(),
    };
    let once = context.id().to_owned();
    let mut made = blocking(move || Ok(finetune::run(&job, &context)?)).await?;
    if made.stopped {
        return Err(Fault::new(Kind::Conflict, "the training was stopped: its checkpoints stay"));
    }
    if let Some(facts) = made.data.as_object_mut() {
        facts.entry("name").or_insert_with(|| json!(request.data.name));
    }
    let (manifest, files) = stores.assets.put_folder(&out).await?;
    let facts = blocking(move || native::inspect(&out).map_err(Fault::from)).await?;
    let record = derived(stores, &base, &request, &facts).await?;
    let version = NewVersion {
        manifest,
        size_bytes: files.size_bytes(),
        facts: serde_json::to_value(&facts).ok(),
        parent: Some(base.model.clone()),
        origin: json!({
            "source": "finetune", "job": once, "data": made.data,
            "hyperparameters": made.hyperparameters, "metrics": made.metrics,
            "labels": made.labels.len(),
        }),
        once: Some(once),
    };
    let model = stores.catalog.add_version(&record, version).await?;
    Ok(json!({
        "model": model, "metrics": made.metrics, "hyperparameters": made.hyperparameters,
    }))
}

/// Returns the record of a fine-tuned model: what its base's says, with its own name and tasks.
async fn derived(
    stores: &Stores,
    base: &Opened,
    request: &FinetuneRequest,
    facts: &native::ModelFacts,
) -> Result<ModelRecord, Fault> {
    let name = request
        .name
        .parse()
        .map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))?;
    let collection = CollectionName::workspace();
    let summary = format!("`{}` fine-tuned on `{}`.", base.model, request.data.name);
    let mut record = ModelRecord {
        tasks: facts.tasks.clone(),
        finetuning_tasks: facts.finetuning_tasks.clone(),
        license: base.record.license.clone(),
        languages: base.record.languages.clone(),
        parameters: Some(facts.parameters),
        summary,
        ..ModelRecord::new(collection, name)
    };
    if let Some(known) = stores.catalog.get_model(&record.collection, &record.name).await? {
        record.description = known.description;
        record.publisher = known.publisher;
    }
    Ok(record)
}

async fn batch(stores: &Stores, context: Context, request: BatchRequest) -> Result<Value, Fault> {
    let opened = open(stores, &request.target).await?;
    let (data, _) = data_file(stores, &request.data).await?;
    let task = task_of(request.task.as_deref(), &opened)?;
    let job = deploy::batch::Job {
        model_dir: opened.dir,
        task,
        data,
        mapping: request.map.into(),
        parameters: request.parameters.map(read).transpose()?.unwrap_or_default(),
        chunk_rows: request.chunk_rows.unwrap_or_else(|| deploy::batch::chunk_rows_default(task)),
    };
    let done = blocking(move || Ok(deploy::batch::run(&job, &context)?)).await?;
    let (digest, size_bytes) = stores.assets.put_file(&done.output).await?;
    let stem = request.data.name.rsplit_once('.').map_or(&*request.data.name, |(stem, _)| stem);
    Ok(json!({
        "rows": done.rows, "failed": done.failed,
        "output": {
            "digest": digest, "name": format!("{stem}.answers.jsonl"), "size_bytes": size_bytes,
        },
    }))
}

pub(super) async fn open(stores: &Stores, model: &str) -> Result<Opened, Fault> {
    let model = ModelRef::from_str(model).map_err(|error| Fault::wrap(Kind::Invalid, error))?;
    stores.open_model(&model).await
}

pub(super) async fn data_file(
    stores: &Stores,
    source: &DataSource,
) -> Result<(DataFile, Digest), Fault> {
    let (digest, path) = stores.file(&source.digest).await?;
    Ok((DataFile { path, name: source.name.clone() }, digest))
}

/// Returns the task that the route fixed.
fn task_of(task: Option<&str>, opened: &Opened) -> Result<Task, Fault> {
    match task {
        Some(text) => Task::from_str(text).map_err(|error| Fault::wrap(Kind::Invalid, error)),
        None => opened.facts.tasks.first().copied().ok_or_else(|| {
            let message = format!("`{}` does nothing that this build can run", opened.model);
            Fault::new(Kind::Unsupported, message)
        }),
    }
}

fn read<T: DeserializeOwned>(payload: Value) -> Result<T, Fault> {
    serde_json::from_value(payload).map_err(|error| {
        Fault::new(Kind::Invalid, "cannot read what the job was asked for").because(error)
    })
}

/// Runs work that computes or waits for the disk on a thread made for that.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let stopped = |error| Fault::new(Kind::Internal, "the job panicked").because(error);
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}
