//! Starts a worker process for each queued job, as many at once as there are slots.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::worker::worker_name;

/// How often the queue is looked at where nothing wakes the dispatcher: retries come due by time.
const PERIOD: Duration = Duration::from_millis(500);

/// Runs until the server stops. Workers that are running go on without it.
pub async fn run(app: App, stopping: CancellationToken) {
    let mut running = JoinSet::new();
    loop {
        if let Err(fault) = dispatch(&app, &mut running).await {
            tracing::error!(error = %fault.chain(), "cannot start jobs");
        }
        app.fleet.retire_trials(usize::MAX);
        tokio::select! {
            () = stopping.cancelled() => break,
            () = app.job_added.notified() => {}
            _ = running.join_next(), if !running.is_empty() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
    running.detach_all();
}

async fn dispatch(app: &App, running: &mut JoinSet<()>) -> Result<(), domain::Fault> {
    app.jobs.reap().await?;
    while running.try_join_next().is_some() {}
    let free = app.config.job_slots.saturating_sub(running.len());
    for id in app.jobs.due(free).await? {
        let token = token(app, &id).await?;
        match spawn(app, &id, token) {
            Ok(child) => {
                running.spawn(watch(app.clone(), id, child));
            }
            Err(error) => tracing::error!(job = id, %error, "cannot start a worker"),
        }
    }
    Ok(())
}

/// Returns the token for the hub of a job. That of the server's own hub goes nowhere else.
async fn token(app: &App, id: &str) -> Result<Option<String>, domain::Fault> {
    if let Some(token) = app.secrets.get(id) {
        return Ok(Some(token));
    }
    let job = app.jobs.get(id).await?;
    let own = app.config.hub_url.trim_end_matches('/');
    let asked = job.payload.get("hub_url").and_then(serde_json::Value::as_str);
    let is_own = asked.is_none_or(|url| url.trim_end_matches('/') == own);
    Ok(app.config.hub_token.clone().filter(|_| is_own))
}

fn spawn(app: &App, id: &str, token: Option<String>) -> std::io::Result<Child> {
    let config = &app.config;
    let mut command = Command::new(&config.program);
    command
        .args(["worker", "job", id, "--data-dir"])
        .arg(&config.data_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .process_group(0)
        .env_remove("MODELDEX_URL")
        .env("HF_ENDPOINT", &config.hub_url);
    let settings = [
        ("MODELDEX_DATABASE_URL", config.database_url.clone()),
        ("MODELDEX_ASSETS_URL", config.assets_url.clone()),
        ("HF_TOKEN", token),
        ("MODELDEX_OFFLINE", config.offline.then(|| "true".to_owned())),
    ];
    for (name, value) in settings {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.spawn()
}

/// Waits for a worker; the job's own record says how it went.
async fn watch(app: App, id: String, mut child: Child) {
    let worker = worker_name(child.id().unwrap_or_default());
    let ended = child.wait().await;
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => {
            tracing::warn!(job = id, %status, "the worker of a job died");
            if let Err(fault) =
                app.jobs.worker_died(&id, &worker).await.map_err(domain::Fault::from)
            {
                tracing::error!(job = id, error = %fault.chain(), "cannot queue it again");
            }
        }
        Err(error) => tracing::error!(job = id, %error, "cannot wait for a worker"),
    }
    // A job that is tried again needs its token again.
    if !app.jobs.get(&id).await.is_ok_and(|job| !job.state.is_over()) {
        app.secrets.forget(&id);
    }
    app.index.refresh().await;
    if let Err(error) = app.parities.refresh().await {
        tracing::error!(%error, "cannot read what fewer bits change");
    }
}
