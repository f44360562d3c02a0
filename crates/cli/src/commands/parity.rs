//! `modeldex parity`.

use api::{JobView, ParityRequest};
use domain::Fault;
use serde_json::Value;

use super::start;
use crate::args::Parity;
use crate::client::Client;
use crate::output;

/// Compares a model with itself in fewer bits.
///
/// # Errors
/// Where the model or the text is refused, or the job fails.
pub async fn run(client: &Client, options: Parity, json: bool) -> Result<(), Fault> {
    let data = match &options.data {
        Some(path) => Some(start::upload(client, path).await?),
        None => None,
    };
    let request = ParityRequest {
        model: options.model,
        quantize: options.quantize,
        data,
        map: start::map(options.map.as_deref())?,
    };
    let job: JobView = client.post(&["parities"], &request).await?;
    let result = start::outcome(client, job, options.detach, json).await?;
    let Some(result) = result else { return Ok(()) };
    print(&result);
    Ok(())
}

fn print(result: &Value) {
    let text = |name: &str| result.get(name).and_then(Value::as_str);
    let number = |name: &str| result.get(name).and_then(Value::as_f64);
    let apart = number("difference")
        .map(|apart| format!("; the log-probabilities differ by {apart:.4} on average"));
    output::line(text("summary").unwrap_or_default());
    output::note(format!(
        "  read {} in {:.1} s{}",
        text("data").unwrap_or("the built-in text"),
        number("milliseconds").unwrap_or(0.0) / 1_000.0,
        apart.unwrap_or_default(),
    ));
}
