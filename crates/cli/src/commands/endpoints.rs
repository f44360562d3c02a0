//! `modeldex endpoints`.

use std::collections::BTreeMap;

use api::{EndpointView, EndpointsView, TrafficRequest};
use domain::{Fault, Kind};
use reqwest::Method;
use serde_json::{Value, json};

use super::start;
use crate::args::Endpoints;
use crate::client::Client;
use crate::output;

/// Runs one of the commands about endpoints.
///
/// # Errors
/// Where there is no such endpoint, or the change is refused.
pub async fn run(client: &Client, command: Endpoints, as_json: bool) -> Result<(), Fault> {
    match command {
        Endpoints::List => {
            let view: EndpointsView = client.get(&["endpoints"]).await?;
            if as_json {
                output::json(&view);
            } else {
                print(&view.endpoints);
            }
        }
        Endpoints::Show { name } => {
            let view: EndpointView = client.get(&["endpoints", &name]).await?;
            show(view, as_json);
        }
        Endpoints::Traffic { name, shares } => {
            let traffic = shares.iter().map(|text| share(text)).collect::<Result<_, _>>()?;
            let body = json!(TrafficRequest { traffic });
            let path = ["endpoints", &name, "traffic"];
            let view: EndpointView = client.send(Method::PUT, &path, Some(&body)).await?;
            show(view, as_json);
        }
        Endpoints::Logs { name, deployment, follow } => {
            let deployment = match deployment {
                Some(deployment) => deployment,
                None => only_deployment(client, &name).await?,
            };
            let path = ["endpoints", &name, "deployments", &deployment, "logs"];
            start::print_log(client, &path, as_json, async || Ok(follow)).await?;
        }
        Endpoints::Delete { name, deployment } => {
            let mut path = vec!["endpoints", &name];
            if let Some(deployment) = &deployment {
                path.extend(["deployments", deployment]);
            }
            let answer: Value = client.send(Method::DELETE, &path, None).await?;
            if as_json {
                output::json(&answer);
            } else {
                output::line("Deleted.");
            }
        }
    }
    Ok(())
}

async fn only_deployment(client: &Client, endpoint: &str) -> Result<String, Fault> {
    let view: EndpointView = client.get(&["endpoints", endpoint]).await?;
    match view.deployments.as_slice() {
        [only] => Ok(only.name.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|one| one.name.as_str()).collect();
            let message = format!("`{endpoint}` has the deployments {}", names.join(", "));
            Err(Fault::new(Kind::Invalid, message).hint("name one with `--deployment`"))
        }
    }
}

fn show(view: EndpointView, as_json: bool) {
    if as_json {
        output::json(&view);
    } else {
        print(std::slice::from_ref(&view));
        for deployment in &view.deployments {
            if let Some(parity) = &deployment.parity {
                output::line(format!("{}/{}  {}", view.name, deployment.name, parity.summary));
            }
        }
    }
}

fn share(text: &str) -> Result<(String, u8), Fault> {
    let (name, percent) = start::pair("traffic", text)?;
    match percent.trim_end_matches('%').parse() {
        Ok(percent) => Ok((name, percent)),
        Err(_) => {
            let message = format!("`{percent}` is not a percentage between 0 and 100");
            Err(Fault::new(Kind::Invalid, message))
        }
    }
}

fn print(endpoints: &[EndpointView]) {
    let mut rows = Vec::new();
    for endpoint in endpoints {
        for deployment in &endpoint.deployments {
            let memory: u64 = deployment.replicas.iter().filter_map(|one| one.memory_bytes).sum();
            rows.push(vec![
                endpoint.name.clone(),
                deployment.name.clone(),
                deployment.model.clone(),
                format!("{} %", deployment.traffic),
                deployment.state.clone(),
                if memory > 0 { output::bytes(memory) } else { String::new() },
            ]);
        }
    }
    output::table(&["endpoint", "deployment", "model", "traffic", "state", "memory"], &rows);
    let messages: BTreeMap<_, _> = endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.deployments)
        .filter_map(|one| Some((one.name.clone(), one.message.clone()?)))
        .collect();
    for (deployment, message) in messages {
        output::note(format!("  {deployment}: {message}"));
    }
}
