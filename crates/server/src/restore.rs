//! Brings deployments back after a restart, and keeps workers equal to the records.

use std::collections::BTreeMap;
use std::time::Duration;

use deploy::DeploymentPlan;
use domain::{Fault, Kind};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::fleet::{Group, GroupSpec, Runtime};
use crate::parities;

/// What another server deletes is gone here in a fifth of a second, as with the search index.
const PERIOD: Duration = Duration::from_millis(200);

/// Returns the key of a deployment's workers.
pub fn key(endpoint: &str, deployment: &str) -> String {
    format!("{endpoint}/{deployment}")
}

/// Starts the workers of every deployment; one that cannot start does not hold up the others.
pub async fn deployments(app: &App) {
    for endpoint in app.endpoints.list() {
        for deployment in &endpoint.deployments {
            let (endpoint, name) = (endpoint.name.as_str(), deployment.name.as_str());
            if let Err(fault) = deployment_workers(app, endpoint, name, &deployment.plan).await {
                let error = fault.chain();
                tracing::error!(endpoint, deployment = name, error, "not restored");
            }
        }
    }
}

/// Takes until the server stops what other servers on the same database change of endpoints.
pub fn keep_fresh(app: &App, stopping: CancellationToken) {
    let endpoints = app.endpoints.clone();
    tokio::spawn(async move {
        while stopping.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_some() {
            if let Err(error) = endpoints.refresh().await {
                let error = Fault::from(error).chain();
                tracing::error!(error, "cannot look for changes of endpoints");
            }
        }
    });
}

/// Starts the workers of one deployment.
///
/// # Errors
/// Where its model cannot be opened, or it is a command and this server runs none.
pub async fn deployment_workers(
    app: &App,
    endpoint: &str,
    deployment: &str,
    plan: &DeploymentPlan,
) -> Result<(), Fault> {
    let (model_dir, runtime, opened) = match &plan.process {
        Some(process) => {
            commands_run(app)?;
            let dir = app.open_files(&plan.model).await?.dir;
            (dir, Runtime::Process { name: endpoint.to_owned(), plan: process.clone() }, None)
        }
        None => {
            let opened = app.open_model(&plan.model).await?;
            let runtime = Runtime::Native { quantize: plan.quantize, engine: plan.engine };
            (opened.dir.clone(), runtime, Some(opened))
        }
    };
    let DeploymentPlan { task, replicas, queue_max, .. } = *plan;
    let spec = GroupSpec { model_dir, task, replicas, queue_max, runtime };
    let log = app.config.log_path(endpoint, deployment);
    let group = app.fleet.start(&key(endpoint, deployment), spec, Some(&log));
    if let (Some(opened), Some(quantize)) = (&opened, plan.quantize) {
        parities::compare(app, &group, opened, quantize);
    }
    adapters(app, &group, &plan.adapters).await
}

/// Tells the workers of a deployment which adapters it has, and to let go of those that it has no
/// more. One whose files are gone does not hold up the others.
///
/// # Errors
/// Where a folder cannot be named to a worker.
pub async fn adapters(app: &App, group: &Group, adapters: &deploy::Adapters) -> Result<(), Fault> {
    let mut folders = BTreeMap::new();
    for (name, model) in adapters {
        match app.open_files(model).await {
            Ok(files) => {
                folders.insert(name.to_string(), files.dir);
            }
            Err(fault) => {
                let error = fault.chain();
                tracing::error!(adapter = %name, %model, error, "not opened");
            }
        }
    }
    for dir in group.set_adapters(folders) {
        app.fleet.forget_adapter(group, &dir).await?;
    }
    Ok(())
}

/// Refuses commands where the server was not started for them: who may deploy could then run
/// anything as the server's user.
///
/// # Errors
/// Where the server does not run commands.
pub fn commands_run(app: &App) -> Result<(), Fault> {
    if app.config.process_runtime {
        return Ok(());
    }
    let message = "this server runs no commands: its `process` runtime is off";
    Err(Fault::new(Kind::Denied, message).hint(
        "start it with `modeldex up --allow-process-runtime`, if you trust all who may deploy",
    ))
}
