//! Brings deployments back after a restart, and keeps workers equal to the records.

use domain::Fault;

use crate::app::App;
use crate::fleet::GroupSpec;

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
    app.fleet.start(&key(endpoint, deployment), spec);
    Ok(())
}
