//! `modeldex finetune`.

use std::collections::BTreeMap;

use api::{FinetuneRequest, JobView};
use domain::Fault;
use serde_json::{Value, json};

use super::{evaluate, start};
use crate::args::Finetune;
use crate::client::Client;
use crate::output;

/// Teaches a model with a file.
///
/// # Errors
/// Where the data or the model is refused, or the job fails.
pub async fn run(client: &Client, options: Finetune, as_json: bool) -> Result<(), Fault> {
    let detach = options.detach;
    let request = request(client, options).await?;
    let job: JobView = client.post(&["finetunes"], &request).await?;
    let result = start::outcome(client, job, detach, as_json).await?;
    let Some(result) = result else { return Ok(()) };
    evaluate::print_metrics(&result);
    let model = result.get("model").and_then(Value::as_str).unwrap_or_default();
    output::line(format!("Made {model}"));
    output::note(format!("  evaluate it: modeldex evaluate {model} --data FILE"));
    Ok(())
}

async fn request(client: &Client, options: Finetune) -> Result<FinetuneRequest, Fault> {
    let hyperparameters = hyperparameters(&options)?;
    let validation = match &options.validation {
        Some(path) => Some(start::upload(client, path).await?),
        None => None,
    };
    Ok(FinetuneRequest {
        map: start::map(options.map.as_deref())?,
        data: start::upload(client, &options.data).await?,
        validation,
        model: options.model,
        task: options.task,
        method: options.method,
        name: options.name,
        hyperparameters,
    })
}

fn hyperparameters(options: &Finetune) -> Result<BTreeMap<String, Value>, Fault> {
    let mut all = BTreeMap::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            all.insert(name.to_owned(), value);
        }
    };
    set("epochs", options.epochs.map(|value| json!(value)));
    set("batch_size", options.batch_size.map(|value| json!(value)));
    set("learning_rate", options.learning_rate.map(|value| json!(value)));
    set("seed", options.seed.map(|value| json!(value)));
    for text in &options.set {
        let (name, value) = start::pair("--set", text)?;
        let value = serde_json::from_str(&value).unwrap_or(Value::String(value));
        all.insert(name, value);
    }
    Ok(all)
}
