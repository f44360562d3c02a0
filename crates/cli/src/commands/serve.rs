//! `modeldex try`, `deploy`, `invoke` and `batch`: a model at work.

use std::path::PathBuf;

use api::{
    BatchRequest, DeployRequest, EndpointView, JobView, ParityView, TryRequest, TryResponse,
};
use domain::{Fault, Kind};
use serde_json::{Value, json};

use super::start;
use crate::args::{self, Batch, Deploy, Invoke, Try};
use crate::client::Client;
use crate::output;

/// Runs a model on one input.
///
/// # Errors
/// Where the model cannot be tried.
pub async fn try_model(client: &Client, options: Try, as_json: bool) -> Result<(), Fault> {
    let parameters = parameters(options.parameters.as_deref())?;
    let request = TryRequest {
        model: options.model,
        task: options.task,
        input: input(&options.input),
        parameters,
    };
    let response: TryResponse = client.post(&["try"], &request).await?;
    if as_json {
        output::json(&response);
    } else {
        print_answer(&response.output);
        output::note(format!("  {} in {} ms", response.task, response.milliseconds));
    }
    Ok(())
}

/// Puts a model behind an endpoint.
///
/// # Errors
/// Where the model cannot be deployed.
pub async fn deploy(client: &Client, options: Deploy, as_json: bool) -> Result<(), Fault> {
    let process = super::process::request(options.runtime, options.process)?;
    let adapters = options.adapter.iter().map(|text| start::pair("--adapter", text));
    let request = DeployRequest {
        adapters: adapters.collect::<Result<_, _>>()?,
        process,
        model: options.model,
        endpoint: options.endpoint,
        deployment: options.deployment,
        traffic: options.traffic,
        task: options.task,
        replicas: options.replicas,
        queue_max: options.queue_max,
        quantize: options.quantize,
        engine: engine(options.engine),
    };
    let endpoint: EndpointView = client.post(&["deployments"], &request).await?;
    if as_json {
        output::json(&endpoint);
        return Ok(());
    }
    for deployment in &endpoint.deployments {
        output::line(format!(
            "{}/{} serves {} ({} % of requests, {})",
            endpoint.name, deployment.name, deployment.model, deployment.traffic, deployment.state
        ));
    }
    output::line(format!("POST {}{}", client.url(), endpoint.score_url));
    if endpoint.deployments.iter().any(|one| one.parity.as_ref().is_some_and(is_measured_now)) {
        let name = &endpoint.name;
        output::note(format!("  what fewer bits change: modeldex endpoints show {name}, soon"));
    }
    output::note("  it is served while `modeldex up` runs");
    Ok(())
}

fn engine(options: args::Engine) -> api::EngineOptions {
    let args::Engine { kv_cache, kv_cache_mib, sequences_max, seconds_max } = options;
    api::EngineOptions { kv_cache, kv_cache_mib, sequences_max, seconds_max }
}

fn is_measured_now(parity: &ParityView) -> bool {
    parity.state == "measuring"
}

/// Asks an endpoint.
///
/// # Errors
/// Where the endpoint does not answer.
pub async fn invoke(client: &Client, options: Invoke, as_json: bool) -> Result<(), Fault> {
    let body = match input(&options.input) {
        Value::Object(fields) => Value::Object(fields),
        Value::String(text) => json!({ "input_data": [text] }),
        list => json!({ "input_data": list }),
    };
    let deployment = options.deployment.as_deref();
    let answer = client.score(&options.endpoint, deployment, &body).await?;
    if as_json {
        output::json(&answer);
    } else {
        print_answer(&answer);
    }
    Ok(())
}

/// Runs a model over a file.
///
/// # Errors
/// Where the data or the model is refused, or the job fails.
pub async fn batch(client: &Client, options: Batch, as_json: bool) -> Result<(), Fault> {
    let request = BatchRequest {
        map: start::map(options.map.as_deref())?,
        data: start::upload(client, &options.data).await?,
        target: options.target,
        task: options.task,
        chunk_rows: options.chunk_rows,
        parameters: parameters(options.parameters.as_deref())?,
    };
    let job: JobView = client.post(&["batches"], &request).await?;
    let job = start::ended(client, job, options.detach, as_json).await?;
    let Some(job) = job else { return Ok(()) };
    finish_batch(client, &job, options.output, as_json).await
}

async fn finish_batch(
    client: &Client,
    job: &JobView,
    target: Option<PathBuf>,
    as_json: bool,
) -> Result<(), Fault> {
    let mut result = start::result(job);
    let digest = result.pointer("/output/digest").and_then(Value::as_str).map(str::to_owned);
    if let (Some(target), Some(digest)) = (&target, digest) {
        client.download(&digest, target).await?;
        result["output"]["path"] = json!(target);
    }
    if as_json {
        output::json(&result);
        return Ok(());
    }
    let number = |name: &str| result.get(name).and_then(Value::as_u64).unwrap_or(0);
    output::line(format!("{} rows, {} failed", number("rows"), number("failed")));
    match target {
        Some(target) => output::line(format!("Written to {}", target.display())),
        None => output::note("  add `--output FILE` to write the answers to a file"),
    }
    Ok(())
}

/// Reads JSON lists and objects; anything else is a text.
fn input(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn parameters(text: Option<&str>) -> Result<Option<Value>, Fault> {
    let wrong = |error| Fault::new(Kind::Invalid, "`--parameters` is not JSON").because(error);
    text.map(|text| serde_json::from_str(text).map_err(wrong)).transpose()
}

/// Prints an answer: texts as they are, labels with their scores, the rest as JSON.
fn print_answer(answer: &Value) {
    let rows = match answer {
        Value::Array(rows) => rows.as_slice(),
        one => std::slice::from_ref(one),
    };
    for row in rows {
        output::line(describe(row));
    }
}

fn describe(row: &Value) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let score = row.get("score").and_then(Value::as_f64);
    let found = text("answer").or(text("word")).or(text("label")).or(text("token"));
    match (row, found, score) {
        (Value::String(text), _, _) => text.clone(),
        (_, Some(found), Some(score)) => {
            let kind = text("entity_group").or(text("entity"));
            let kind = kind.map(|kind| format!("  {kind}")).unwrap_or_default();
            format!("{found}{kind}  {score:.4}")
        }
        (Value::Object(fields), ..) if fields.contains_key("scores") => sorted(row),
        (Value::Array(items), _, _) if items.first().is_some_and(Value::is_object) => {
            items.iter().map(describe).collect::<Vec<_>>().join("\n")
        }
        (Value::Array(items), _, _) if items.first().is_some_and(Value::is_number) => {
            let first: Vec<_> = items.iter().take(6).filter_map(Value::as_f64).collect();
            let first: Vec<_> = first.iter().map(|value| format!("{value:.4}")).collect();
            format!("[{}, …]  {} values", first.join(", "), items.len())
        }
        _ => text("text").or(text("output")).map_or_else(|| row.to_string(), str::to_owned),
    }
}

/// Writes labels with their scores, best first.
fn sorted(row: &Value) -> String {
    let list = |name: &str| row[name].as_array().map_or(&[][..], Vec::as_slice);
    let line = |(label, score): (&Value, &Value)| {
        let (label, score) = (label.as_str().unwrap_or_default(), score.as_f64().unwrap_or(0.0));
        format!("{label}  {score:.4}")
    };
    list("labels").iter().zip(list("scores")).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_read_well() {
        let check = |row: Value, text: &str| assert_eq!(describe(&row), text);
        check(json!("capital"), "capital");
        check(json!({ "label": "yes", "score": 0.5 }), "yes  0.5000");
        check(json!([0.1, 0.2]), "[0.1000, 0.2000, …]  2 values");
        check(json!([{ "token": "a", "score": 1.0 }]), "a  1.0000");
        check(json!({ "output": "hello" }), "hello");
        check(json!({ "entity_group": "PER", "word": "ada", "score": 0.5 }), "ada  PER  0.5000");
        check(json!({ "answer": "at nine", "score": 0.5, "start": 3 }), "at nine  0.5000");
        let sorted = json!({ "sequence": "x", "labels": ["a", "b"], "scores": [0.75, 0.25] });
        check(sorted, "a  0.7500\nb  0.2500");
    }

    #[test]
    fn input_is_json_only_where_it_is_a_list_or_an_object() {
        assert_eq!(input("12"), json!("12"));
        assert_eq!(input("[\"a\"]"), json!(["a"]));
        assert_eq!(input("[broken"), json!("[broken"));
    }
}
