//! `modeldex jobs`.

use api::{JobView, JobsView};
use domain::Fault;
use serde_json::json;

use super::start;
use crate::args::Jobs;
use crate::client::Client;
use crate::output;

/// Runs one of the commands about jobs.
///
/// # Errors
/// Where there is no such job, or it cannot be changed.
pub async fn run(client: &Client, command: Jobs, as_json: bool) -> Result<(), Fault> {
    match command {
        Jobs::List => list(client, as_json).await,
        Jobs::Show { id } => show(&client.job(&id).await?, as_json),
        Jobs::Logs { id, follow } => logs(client, &id, follow, as_json).await,
        Jobs::Cancel { id } => {
            let job: JobView = client.post(&["jobs", &id, "cancel"], &json!({})).await?;
            show(&job, as_json)
        }
        Jobs::Resume { id, detach } => {
            let job: JobView = client.post(&["jobs", &id, "resume"], &json!({})).await?;
            let job = start::wait(client, job, detach, as_json).await?;
            show(&job, as_json)
        }
    }
}

async fn list(client: &Client, as_json: bool) -> Result<(), Fault> {
    let view: JobsView = client.get(&["jobs"]).await?;
    if as_json {
        output::json(&view);
        return Ok(());
    }
    let percent = |job: &JobView| {
        let progress = job.progress.as_ref()?;
        let total = progress.total.filter(|total| *total > 0)?;
        Some(format!("{} %", progress.done * 100 / total))
    };
    let row = |job: &JobView| {
        vec![
            job.id.clone(),
            job.kind.clone(),
            job.state.clone(),
            percent(job).unwrap_or_default(),
            job.title.clone(),
        ]
    };
    let rows: Vec<_> = view.jobs.iter().map(row).collect();
    output::table(&["job", "kind", "state", "done", "what"], &rows);
    Ok(())
}

fn show(job: &JobView, as_json: bool) -> Result<(), Fault> {
    if as_json {
        output::json(job);
        return Ok(());
    }
    output::line(format!("{}  {}", job.id, job.title));
    output::line(format!("{}, attempt {}", job.state, job.attempt));
    if let Some(error) = &job.error {
        output::line(format!("error: {}", error.message));
        if let Some(hint) = &error.hint {
            output::line(format!("hint: {hint}"));
        }
    }
    if let Some(result) = &job.result {
        output::json(result);
    }
    Ok(())
}

async fn logs(client: &Client, id: &str, follow: bool, as_json: bool) -> Result<(), Fault> {
    let goes_on = async || Ok(follow && !client.job(id).await?.is_over());
    start::print_log(client, &["jobs", id, "logs"], as_json, goes_on).await
}
