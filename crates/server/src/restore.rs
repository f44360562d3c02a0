//! Brings deployments back after a restart, and keeps workers equal to the records.

use std::collections::BTreeMap;

use domain::Fault;

use crate::app::App;
use crate::fleet::{Group, GroupSpec};

/// Returns the key of a deployment's workers.
pub fn key(endpoint: &str, deployment: &str) -> String {
    format!("{endpoint}/{deployment}")
}

/// Starts the workers of every deployment; one that cannot start does not hold up the others.
///
/// # Errors
/// Where the records cannot be read.
pub async fn deployments(app: &App) -> Result<(), Fault> {
    for endpoint in app.endpoints.list().await? {
        for deployment in &endpoint.deployments {
            let (endpoint, name) = (endpoint.name.as_str(), deployment.name.as_str());
            if let Err(fault) = deployment_workers(app, endpoint, name, &deployment.plan).await {
                let error = fault.chain();
                tracing::error!(endpoint, deployment = name, error, "not restored");
            }
        }
    }
    Ok(())
}

/// Starts the workers of one deployment.
///
/// # Errors
/// Where its model cannot be opened.
pub async fn deployment_workers(
    app: &App,
    endpoint: &str,
    deployment: &str,
    plan: &deploy::DeploymentPlan,
) -> Result<(), Fault> {
    let opened = app.open_model(&plan.model).await?;
    let spec = GroupSpec {
        model_dir: opened.dir,
        task: plan.task,
        replicas: plan.replicas,
        queue_max: plan.queue_max,
        quantize: plan.quantize,
    };
    let group = app.fleet.start(&key(endpoint, deployment), spec);
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
            Ok((_, dir)) => {
                folders.insert(name.to_string(), dir);
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
