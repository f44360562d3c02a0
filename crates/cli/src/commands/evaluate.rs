//! `modeldex evaluate`.

use api::{EvaluateRequest, JobView};
use domain::Fault;
use serde_json::Value;

use super::start;
use crate::args::Evaluate;
use crate::client::Client;
use crate::output;

/// Measures a model on a file.
///
/// # Errors
/// Where the data or the model is refused, or the job fails.
pub async fn run(client: &Client, options: Evaluate, json: bool) -> Result<(), Fault> {
    let request = EvaluateRequest {
        map: start::map(options.map.as_deref())?,
        data: start::upload(client, &options.data).await?,
        model: options.model,
        task: options.task,
    };
    let job: JobView = client.post(&["evaluations"], &request).await?;
    let result = start::outcome(client, job, options.detach, json).await?;
    let Some(result) = result else { return Ok(()) };
    print_metrics(&result);
    Ok(())
}

/// Prints the scalar metrics of a result.
pub fn print_metrics(result: &Value) {
    let Some(metrics) = result.get("metrics").and_then(Value::as_object) else { return };
    for (name, value) in metrics {
        if let Some(count) = value.as_u64() {
            output::line(format!("{name:<22} {count}"));
        } else if let Some(value) = value.as_f64() {
            output::line(format!("{name:<22} {value:.4}"));
        }
    }
}
