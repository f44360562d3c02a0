//! Compares a model with itself in fewer bits: as a job, or beside a deployment.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use api::ParityRequest;
use deploy::parity::{self, Job, Outcome, Report, Reports};
use domain::{Fault, Kind, ModelRef};
use jobs::Context;
use native::Quantize;
use native::parity::Progress;
use serde_json::{Value, json};

use super::job::{blocking, data_file, open};
use super::serve::parent_gone;
use crate::app::{Stores, quantize_of};
use crate::clock::SystemClock;
use crate::routes::quantize;
use crate::{machine, parities};

pub(super) async fn parity(
    stores: &Stores,
    context: Context,
    request: ParityRequest,
) -> Result<Value, Fault> {
    let opened = open(stores, &request.model).await?;
    let quantize = quantize(&request.quantize)?;
    let data = match &request.data {
        Some(source) => Some((data_file(stores, source).await?.0, request.map.into())),
        None => None,
    };
    let job = Job { model_dir: opened.dir, quantize, data };
    let report = compared(stores, &context, &opened.model, job).await?;
    let mut result = json!(report);
    result["model"] = json!(opened.model);
    result["summary"] = json!(report.summary());
    Ok(result)
}

/// Compares what was imported to be held in fewer bits. The model is here already, whatever comes
/// of this: what goes wrong is a line of the log.
pub(super) async fn imported_parity(
    stores: &Stores,
    context: &Context,
    model: &ModelRef,
) -> Option<Report> {
    let opened = stores.open_model(model).await.ok()?;
    let quantize = quantize_of(&opened.version)?;
    let needs_bytes = parities::needs_bytes(&opened.facts);
    if let Some(why) = parities::lacking(needs_bytes, machine::available_bytes()) {
        context.log(format!("{quantize} is not compared with the original: {why}"));
        return None;
    }
    let job = Job { model_dir: opened.dir, quantize, data: None };
    match compared(stores, context, model, job).await {
        Ok(report) => {
            context.log(report.summary());
            Some(report)
        }
        Err(fault) => {
            let why = fault.chain();
            context.log(format!("{quantize} is not compared with the original: {why}"));
            None
        }
    }
}

/// Compares, and keeps what deployments of the version show.
async fn compared(
    stores: &Stores,
    context: &Context,
    model: &ModelRef,
    job: Job,
) -> Result<Report, Fault> {
    let (clock, told, quantize) = (Arc::clone(&stores.clock), context.clone(), job.quantize);
    context.stage(0, None, "tokens", "loading the model");
    let mut watch = move |progress: Progress| follow(&told, progress);
    let report = blocking(move || Ok(parity::run(&job, clock.as_ref(), &mut watch)?)).await?;
    if report.data.is_none() {
        let reports = Reports::new(stores.db.clone(), Arc::clone(&stores.clock));
        reports.put(model, quantize, &Outcome::Measured(report.clone())).await?;
    }
    Ok(report)
}

/// Tells a job how far it is, and whether to go on.
fn follow(context: &Context, progress: Progress) -> ControlFlow<()> {
    let message = match progress.quantize {
        None => "reading with the weights of the files".to_owned(),
        Some(quantize) => format!("reading with {quantize}"),
    };
    context.stage(progress.done as u64, Some(progress.total as u64), "tokens", &message);
    if context.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The lowest of all priorities.
const NICENESS_MAX: i32 = 19;

/// Compares on the built-in text, behind whatever else this machine does; ends early where
/// standard input does.
///
/// # Errors
/// Where the model cannot be read, or the server that started this is gone.
pub async fn compare(model_dir: PathBuf, quantize: Quantize) -> Result<Report, Fault> {
    let job = Job { model_dir, quantize, data: None };
    let (sender, compared) = tokio::sync::oneshot::channel();
    // The threads that compute are started by this one, and are as patient.
    std::thread::spawn(move || {
        yield_to_others();
        let mut watch = |_: Progress| ControlFlow::Continue(());
        let _ = sender.send(parity::run(&job, &SystemClock, &mut watch));
    });
    tokio::select! {
        compared = compared => match compared {
            Ok(report) => Ok(report?),
            Err(error) => Err(Fault::new(Kind::Internal, "the comparison panicked").because(error)),
        },
        () = parent_gone() => {
            Err(Fault::new(Kind::Unavailable, "the server that asked for the comparison is gone"))
        }
    }
}

/// Others come first, for the processor and for memory; a system that does not know such things
/// runs the comparison as it is.
fn yield_to_others() {
    let _ = rustix::process::setpriority_process(None, NICENESS_MAX);
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}
