//! Runs one claimed job to its end.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use domain::{Fault, Kind, Millis};
use serde_json::Value;
use tokio::sync::watch;

use crate::progress::Pace;
use crate::queue::{Claim, End, Jobs};
use crate::{Context, Error, Job, Result};

/// How often what a job tells is written: a person sees no delay, a disk no load.
const PERIOD: Duration = Duration::from_millis(200);
/// The lease is renewed when a third of it is over.
const RENEWALS: Millis = 3;

/// Runs `handler` for a claimed job, keeps its lease, writes what it tells, and ends it.
///
/// The handler runs in a task of its own, so that its panic is a failure like any other.
///
/// # Errors
/// Where the database fails or the lease was lost; the job's own failure is in the job.
pub async fn execute<F, Fut>(jobs: &Jobs, claim: Claim, folder: &Path, handler: F) -> Result<Job>
where
    F: FnOnce(Context, Value) -> Fut,
    Fut: Future<Output = std::result::Result<Value, Fault>> + Send + 'static,
{
    let scratch = folder.join(&claim.job.id);
    std::fs::create_dir_all(&scratch)
        .map_err(|source| Error::Scratch { path: scratch.display().to_string(), source })?;
    let context = Context::new(&claim.job.id, scratch);
    let work = tokio::spawn(handler(context.clone(), claim.job.payload.clone()));
    let (over, is_over) = watch::channel(false);
    let writing = tokio::spawn(keep_writing(jobs.clone(), claim.clone(), context.clone(), is_over));
    let outcome = work.await;
    over.send_replace(true);
    let written = writing
        .await
        .map_err(|error| Error::Stored { id: claim.job.id.clone(), why: error.to_string() })?;
    written?;
    jobs.end(&claim, ending(outcome, context.cancelled())).await
}

fn ending(
    outcome: std::result::Result<std::result::Result<Value, Fault>, tokio::task::JoinError>,
    cancelled: bool,
) -> End {
    match outcome {
        Ok(Ok(result)) => End::Succeeded(result),
        Ok(Err(_)) if cancelled => End::Cancelled,
        Ok(Err(fault)) => End::Failed(fault),
        Err(panic) => End::Failed(Fault::new(Kind::Internal, "the job panicked").because(panic)),
    }
}

/// Writes until the job is over, and once more; a lost lease stops the job.
async fn keep_writing(
    jobs: Jobs,
    claim: Claim,
    context: Context,
    mut over: watch::Receiver<bool>,
) -> Result<()> {
    let mut pace = None;
    let mut renewed = jobs.now_ms();
    loop {
        let last = tokio::time::timeout(PERIOD, over.wait_for(|over| *over)).await.is_ok();
        let mut told = context.take();
        let now = jobs.now_ms();
        if let Some(progress) = &mut told.progress {
            Pace::complete(&mut pace, progress, now);
        }
        let silent = told == crate::Recorded::default();
        // A silent job is still looked at: it may have been asked to stop.
        let due = now - renewed >= (claim.lease_ms / RENEWALS).min(1_000);
        if !silent || due || last {
            match jobs.write(&claim, &told).await {
                Ok(true) => context.cancel(),
                Ok(false) => {}
                Err(error) => {
                    context.cancel();
                    return Err(error);
                }
            }
            renewed = now;
        }
        if last {
            return Ok(());
        }
    }
}
