//! Endpoints and deployments.

use api::{
    DeployRequest, DeploymentView, EndpointView, EndpointsView, ParityView, ReplicaView,
    TrafficRequest,
};
use axum::Json;
use axum::extract::{Path, State};
use deploy::parity::Outcome;
use deploy::{Deployment, DeploymentRequest, Endpoint, EngineOptions, ProcessRequest, Traffic};
use domain::{Fault, Kind, ResourceName, Task};
use native::Quantize;
use serde_json::{Value, json};

use super::adapters;
use super::discover::parse_model;
use crate::app::{App, Opened, quantize_of};
use crate::error::{ApiError, ApiResult};
use crate::fleet::{self, Replica, memory, programs};
use crate::{machine, restore, views};

/// Puts a model behind an endpoint.
#[utoipa::path(post, path = "/api/v1/deployments", request_body = DeployRequest,
    responses((status = 200, body = EndpointView), (status = 422, body = api::ErrorEnvelope)))]
pub async fn deploy(
    State(app): State<App>,
    Json(request): Json<DeployRequest>,
) -> ApiResult<Json<EndpointView>> {
    deploy_model(&app, request).await.map(Json).map_err(ApiError)
}

/// Records a deployment and starts its workers.
///
/// # Errors
/// Where the model cannot be served or a name is not allowed.
pub async fn deploy_model(app: &App, request: DeployRequest) -> Result<EndpointView, Fault> {
    let model = parse_model(&request.model)?;
    let (model, tasks, base) = match &request.process {
        Some(_) => {
            restore::commands_run(app)?;
            let files = app.open_files(&model).await?;
            (files.model, files.tasks, None)
        }
        None => {
            let opened = app.open_model(&model).await?;
            (opened.model.clone(), opened.facts.tasks.clone(), Some(opened))
        }
    };
    let task: Option<Task> = match &request.task {
        Some(text) => Some(
            text.parse().map_err(|error: domain::UnknownTask| Fault::wrap(Kind::Invalid, error))?,
        ),
        None => None,
    };
    let wanted = DeploymentRequest {
        model,
        endpoint: resource(&request.endpoint)?,
        deployment: resource(request.deployment.as_deref().unwrap_or("default"))?,
        task,
        replicas: request.replicas,
        queue_max: request.queue_max,
        quantize: wanted_bits(request.quantize.as_deref(), base.as_ref())?,
        engine: engine(request.engine)?,
        adapters: adapters::opened(app, base.as_ref(), &request.adapters).await?,
        process: request.process.map(process_request),
    };
    if request.traffic.is_some_and(|share| share > 100) {
        return Err(Fault::new(Kind::Invalid, "`traffic` is more than 100 percent"));
    }
    let plan = deploy::plan(&wanted, &tasks)?;
    if let Some(process) = &plan.process {
        programs::find(&process.command)?;
    }
    let (endpoint, deployment) = (&wanted.endpoint, &wanted.deployment);
    app.endpoints.put(endpoint, deployment, &plan, request.traffic).await?;
    restore::deployment_workers(app, endpoint.as_str(), deployment.as_str(), &plan).await?;
    endpoint_view(app, endpoint.as_str())
}

fn process_request(request: api::ProcessRequest) -> ProcessRequest {
    let api::ProcessRequest { template, command, protocol, ready, start_timeout_s } = request;
    ProcessRequest { template, command, protocol, ready, start_timeout_s }
}

fn engine(options: api::EngineOptions) -> Result<EngineOptions, Fault> {
    let api::EngineOptions { kv_cache, kv_cache_mib, sequences_max, seconds_max } = options;
    let kv_cache = kv_cache.map(|text| text.parse::<native::serve::KvKind>()).transpose();
    let kv_cache = kv_cache.map_err(|error| Fault::wrap(Kind::Invalid, error))?;
    let memory = machine::this_machine().memory_bytes;
    let too_much = |mib: &u32| memory > 0 && u64::from(*mib) << 20 > memory;
    if let Some(mib) = kv_cache_mib.filter(too_much) {
        let has = memory >> 20;
        let message = format!("`kv_cache_mib` is {mib}, but the machine has {has} MiB of memory");
        return Err(Fault::new(Kind::Invalid, message).hint("ask for a part of it"));
    }
    Ok(EngineOptions { kv_cache, kv_cache_mib, sequences_max, seconds_max })
}

/// Returns in how many bits to hold the weights: as asked, else as the import was told.
fn wanted_bits(asked: Option<&str>, opened: Option<&Opened>) -> Result<Option<Quantize>, Fault> {
    match asked {
        Some("none") => Ok(None),
        Some(text) => quantize(text).map(Some),
        None => Ok(opened.and_then(|opened| quantize_of(&opened.version))),
    }
}

/// Reads in how many bits to hold weights.
///
/// # Errors
/// Where there is no such way.
pub fn quantize(text: &str) -> Result<Quantize, Fault> {
    text.parse()
        .map_err(|error: native::weights::UnknownQuantize| Fault::wrap(Kind::Invalid, error))
}

pub(super) fn resource(text: &str) -> Result<ResourceName, Fault> {
    text.parse().map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))
}

/// Lists endpoints.
#[utoipa::path(get, path = "/api/v1/endpoints", responses((status = 200, body = EndpointsView)))]
pub async fn endpoints(State(app): State<App>) -> Json<EndpointsView> {
    Json(endpoints_view(&app))
}

/// Returns every endpoint with the state of its workers.
pub fn endpoints_view(app: &App) -> EndpointsView {
    let endpoints = app.endpoints.list();
    EndpointsView { endpoints: endpoints.iter().map(|one| view(app, one)).collect() }
}

/// Shows one endpoint.
#[utoipa::path(get, path = "/api/v1/endpoints/{name}",
    responses((status = 200, body = EndpointView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn endpoint(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<Json<EndpointView>> {
    endpoint_view(&app, &name).map(Json).map_err(ApiError)
}

/// Returns one endpoint with the state of its workers.
///
/// # Errors
/// Where there is no such endpoint.
fn endpoint_view(app: &App, name: &str) -> Result<EndpointView, Fault> {
    let endpoint = app.endpoints.get(name)?;
    Ok(view(app, &endpoint))
}

/// Deletes an endpoint and ends its workers.
#[utoipa::path(delete, path = "/api/v1/endpoints/{name}",
    responses((status = 200, body = Object), (status = 404, body = api::ErrorEnvelope)))]
pub async fn delete_endpoint(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<Json<Value>> {
    remove_endpoint(&app, &name).await?;
    Ok(Json(json!({ "deleted": name })))
}

/// Takes an endpoint away and ends its workers.
///
/// # Errors
/// Where there is no such endpoint.
pub async fn remove_endpoint(app: &App, name: &str) -> Result<(), Fault> {
    app.endpoints.delete(name).await?;
    let prefix = restore::key(name, "");
    app.fleet.stop_where(|key| key.starts_with(&prefix));
    // What never printed has no log.
    let _ = tokio::fs::remove_dir_all(app.config.logs_dir(name)).await;
    Ok(())
}

/// Deletes one deployment and ends its workers.
#[utoipa::path(delete, path = "/api/v1/endpoints/{name}/deployments/{deployment}",
    responses((status = 200, body = Object), (status = 404, body = api::ErrorEnvelope)))]
pub async fn delete_deployment(
    State(app): State<App>,
    Path((name, deployment)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    remove_deployment(&app, &name, &deployment).await?;
    Ok(Json(json!({ "deleted": restore::key(&name, &deployment) })))
}

/// Takes a deployment away and ends its workers.
///
/// # Errors
/// Where there is no such deployment.
pub async fn remove_deployment(app: &App, name: &str, deployment: &str) -> Result<(), Fault> {
    app.endpoints.delete_deployment(name, deployment).await?;
    let gone = restore::key(name, deployment);
    app.fleet.stop_where(|key| key == gone);
    fleet::forget_log(&app.config.log_path(name, deployment));
    Ok(())
}

/// Shares the requests of an endpoint.
#[utoipa::path(put, path = "/api/v1/endpoints/{name}/traffic", request_body = TrafficRequest,
    responses((status = 200, body = EndpointView), (status = 400, body = api::ErrorEnvelope)))]
pub async fn traffic(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(request): Json<TrafficRequest>,
) -> ApiResult<Json<EndpointView>> {
    set_traffic(&app, &name, request).await.map(Json).map_err(ApiError)
}

/// Checks shares and records them.
///
/// # Errors
/// Where they do not add up or name a deployment that does not exist.
pub async fn set_traffic(
    app: &App,
    name: &str,
    request: TrafficRequest,
) -> Result<EndpointView, Fault> {
    let endpoint = app.endpoints.get(name)?;
    let names: Vec<_> = endpoint.deployments.iter().map(|one| one.name.as_str()).collect();
    let traffic = Traffic::new(request.traffic, &names).map_err(deploy::Error::from)?;
    app.endpoints.set_traffic(name, &traffic).await?;
    endpoint_view(app, name)
}

fn view(app: &App, endpoint: &Endpoint) -> EndpointView {
    let name = endpoint.name.as_str();
    let deployments = endpoint.deployments.iter().map(|one| deployment_view(app, name, one));
    EndpointView {
        name: name.to_owned(),
        score_url: format!("/endpoints/{name}/score"),
        deployments: deployments.collect(),
        created_ms: endpoint.created_ms,
    }
}

fn deployment_view(app: &App, endpoint: &str, deployment: &Deployment) -> DeploymentView {
    let group = app.fleet.group(&restore::key(endpoint, deployment.name.as_str()));
    let process = deployment.plan.process.as_ref();
    let (state, message) = match &group {
        Some(group) => {
            let (state, message) = group.state();
            (state.as_str(), message)
        }
        None => ("failed", Some(not_started(app, process.is_some()))),
    };
    let measure = if process.is_some() { memory::of_group } else { memory::of_process };
    let replicas = group.iter().flat_map(|group| group.replicas());
    let replicas = replicas.map(|one| replica_view(one, measure));
    DeploymentView {
        name: deployment.name.to_string(),
        model: deployment.plan.model.to_string(),
        task: deployment.plan.task.to_string(),
        runtime: if process.is_some() { "process" } else { "native" }.to_owned(),
        protocol: process.map(|process| process.protocol.to_string()),
        command: process.map(|process| process.command.clone()),
        traffic: deployment.traffic,
        state: state.to_owned(),
        message,
        replicas: replicas.collect(),
        queue_max: deployment.plan.queue_max,
        parity: parity_view(app, deployment),
        options: json!(deployment.plan),
        created_ms: deployment.created_ms,
    }
}

/// Tells what fewer bits change in what a deployment serves.
fn parity_view(app: &App, deployment: &Deployment) -> Option<ParityView> {
    let quantize = deployment.plan.quantize?;
    let model = &deployment.plan.model;
    match (app.parities.outcome(model, quantize), app.parities.is_running(model, quantize)) {
        (Some(Outcome::Measured(report)), _) => Some(views::measured(&report)),
        (_, true) => Some(views::measuring(quantize)),
        (Some(Outcome::Absent { why }), false) => Some(views::not_measured(quantize, &why)),
        (None, false) => None,
    }
}

fn not_started(app: &App, is_command: bool) -> String {
    match restore::commands_run(app) {
        Err(fault) if is_command => fault.chain(),
        _ => "its workers could not be started".to_owned(),
    }
}

fn replica_view(replica: &Replica, measure: fn(u32) -> Option<u64>) -> ReplicaView {
    let pid = replica.pid();
    ReplicaView {
        pid,
        state: replica.state().0.as_str().to_owned(),
        restarts: replica.restarts(),
        in_flight: replica.in_flight(),
        served: replica.served(),
        memory_bytes: pid.and_then(measure),
    }
}
