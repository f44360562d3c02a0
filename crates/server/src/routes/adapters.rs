//! Adapters of endpoints: opened when a model is deployed, loaded and unloaded while it serves.
//!
//! What an adapter is read from is always a model of the catalog, never a path of a client's.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use deploy::{Adapters, Endpoint};
use domain::{Fault, Kind, ModelRef, ResourceName};
use serde::Deserialize;

use super::deploy::resource;
use super::discover::parse_model;
use crate::app::{App, Files, Opened};
use crate::restore;
use crate::worker::{OpenAiError, OpenAiJson};

/// vLLM's request to load an adapter.
#[derive(Debug, Deserialize)]
pub struct LoadRequest {
    /// `endpoint:name`, or a name where the endpoint is told otherwise.
    lora_name: String,
    /// A model of the catalog: `collection/name[@version]`.
    lora_path: String,
    /// The endpoint.
    base_model_name: Option<String>,
    /// Whether an adapter of that name may be replaced.
    #[serde(default)]
    load_inplace: bool,
}

/// vLLM's request to unload one.
#[derive(Debug, Deserialize)]
pub struct UnloadRequest {
    lora_name: String,
    base_model_name: Option<String>,
}

/// Opens the adapters of a request and checks that each goes with its base; without a base to open,
/// the plan decides.
///
/// # Errors
/// Where one is no adapter, or goes with another base.
pub async fn opened(
    app: &App,
    base: Option<&Opened>,
    named: &BTreeMap<String, String>,
) -> Result<Adapters, Fault> {
    let mut adapters = Adapters::new();
    for (name, model) in named {
        let model = parse_model(model)?;
        let model = match base {
            Some(base) => open(app, base, &model).await?,
            None => model,
        };
        adapters.insert(resource(name)?, model);
    }
    Ok(adapters)
}

/// Opens one adapter, and returns it at a fixed version.
async fn open(app: &App, base: &Opened, adapter: &ModelRef) -> Result<ModelRef, Fault> {
    let Files { model, dir, .. } = app.open_files(adapter).await?;
    let (folder, base_dir) = (dir.display().to_string(), base.dir.clone());
    let checked = tokio::task::spawn_blocking(move || native::lora::check(&dir, &base_dir)).await;
    let checked = checked.map_err(|error| Fault::wrap(Kind::Internal, error))?;
    let Err(error) = checked else { return Ok(model) };
    let fault = Fault::from(error);
    // The folder is ours; the reader knows the model's files.
    let why = fault.chain().replace(&format!("{folder}/"), "").replace(&folder, &model.to_string());
    let message = format!("`{model}` cannot go with `{}` as an adapter: {why}", base.model);
    let hint = fault.hint_text().map(str::to_owned);
    Err(Fault::new(Kind::Unsupported, message).hint_if(hint))
}

/// Adds an adapter to an endpoint that serves; it is read when it is first asked for.
pub async fn load(
    State(app): State<App>,
    OpenAiJson(request): OpenAiJson<LoadRequest>,
) -> Result<String, OpenAiError> {
    let (endpoint, name) = target(&app, &request.lora_name, request.base_model_name).await?;
    let adapter = parse_model(&request.lora_path).map_err(|fault| {
        let hint = "an adapter is a model of the catalog: import it, and send `collection/name`";
        OpenAiError::from(fault.hint(hint)).about("lora_path")
    })?;
    if endpoint.adapters().contains_key(&name) && !request.load_inplace {
        let message = format!("`{}` has an adapter `{name}` already", endpoint.name);
        let hint = "unload it first, or send `load_inplace`";
        return Err(Fault::new(Kind::Invalid, message).hint(hint).into());
    }
    let mut checked = Vec::new();
    for deployment in endpoint.deployments.iter().filter(|one| one.plan.takes_adapters()) {
        let base = app.open_model(&deployment.plan.model).await?;
        let model = open(&app, &base, &adapter).await;
        let about = |fault: Fault| OpenAiError::from(fault).about("lora_path");
        checked.push((deployment.name.as_str(), model.map_err(about)?));
    }
    if checked.is_empty() {
        let message = format!("no model behind `{}` writes text", endpoint.name);
        return Err(Fault::new(Kind::Unsupported, message).into());
    }
    for (deployment, model) in checked {
        let add = |adapters: &mut Adapters| {
            adapters.insert(name.clone(), model);
        };
        change(&app, [endpoint.name.as_str(), deployment], add).await?;
    }
    Ok(format!("Success: LoRA adapter '{}:{name}' added successfully.", endpoint.name))
}

/// Takes an adapter away from an endpoint; requests that use it go on.
pub async fn unload(
    State(app): State<App>,
    OpenAiJson(request): OpenAiJson<UnloadRequest>,
) -> Result<String, OpenAiError> {
    let (endpoint, name) = target(&app, &request.lora_name, request.base_model_name).await?;
    endpoint
        .check_adapter(name.as_str())
        .map_err(|error| OpenAiError::from(error).about("lora_name"))?;
    for deployment in &endpoint.deployments {
        if deployment.plan.adapters.contains_key(&name) {
            let key = [endpoint.name.as_str(), deployment.name.as_str()];
            change(&app, key, |adapters| drop(adapters.remove(&name))).await?;
        }
    }
    Ok(format!("Success: LoRA adapter '{}:{name}' removed successfully.", endpoint.name))
}

/// Changes what is recorded, then tells the workers.
async fn change(
    app: &App,
    key: [&str; 2],
    change: impl FnOnce(&mut Adapters),
) -> Result<(), Fault> {
    let plan = app.endpoints.change_adapters(key, change).await?;
    match app.fleet.group(&restore::key(key[0], key[1])) {
        Some(group) => restore::adapters(app, &group, &plan.adapters).await,
        // Its workers could not be started: they are told when they are.
        None => Ok(()),
    }
}

/// Finds the endpoint that an adapter is for: named with it, named beside it, or the only one
/// that takes adapters.
async fn target(
    app: &App,
    lora_name: &str,
    base: Option<String>,
) -> Result<(Arc<Endpoint>, ResourceName), OpenAiError> {
    let (name, endpoint) = match deploy::split_name(lora_name) {
        (endpoint, Some(name)) => (name, Some(endpoint.to_owned())),
        (name, None) => (name, base),
    };
    let name = resource(name).map_err(|fault| OpenAiError::from(fault).about("lora_name"))?;
    if let Some(endpoint) = endpoint {
        let found = app.endpoints.get(&endpoint);
        let about = |error| OpenAiError::from(error).about("base_model_name");
        return Ok((found.map_err(about)?, name));
    }
    let takes = |one: &Arc<Endpoint>| one.deployments.iter().any(|one| one.plan.takes_adapters());
    let mut able: Vec<_> = app.endpoints.list().into_iter().filter(takes).collect();
    match (able.pop(), able.is_empty()) {
        (Some(only), true) => Ok((only, name)),
        (found, _) => {
            let count = able.len() + usize::from(found.is_some());
            let message = format!(
                "{count} endpoints take adapters: name one with `lora_name`, as in `chat:{name}`"
            );
            Err(OpenAiError::param("lora_name", message))
        }
    }
}
