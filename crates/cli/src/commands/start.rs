//! What the commands that start a job share: data, mapping, waiting.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use api::{DataSource, JobView, LogsView};
use domain::{Fault, Kind};
use serde_json::{Value, json};

use crate::client::Client;
use crate::{follow, output};

/// Uploads a data file.
///
/// # Errors
/// Where it cannot be read or stored.
pub async fn upload(client: &Client, path: &Path) -> Result<DataSource, Fault> {
    let stored = client.upload(path).await?;
    Ok(DataSource { digest: stored.digest, name: stored.name })
}

/// Parses `field=column,…`.
///
/// # Errors
/// Where a part has no `=`.
pub fn map(text: Option<&str>) -> Result<BTreeMap<String, String>, Fault> {
    let parts = text.unwrap_or_default().split(',').filter(|part| !part.trim().is_empty());
    parts.map(|part| pair("--map", part)).collect()
}

/// Parses `name=value`.
///
/// # Errors
/// Where there is no `=`.
pub fn pair(option: &str, text: &str) -> Result<(String, String), Fault> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Fault::new(Kind::Invalid, format!("`{option} {text}` is not NAME=VALUE"))),
    }
}

/// Waits for a job and returns it, or returns it at once where `detach` is set.
///
/// # Errors
/// Where the job failed.
pub async fn wait(
    client: &Client,
    job: JobView,
    detach: bool,
    json: bool,
) -> Result<JobView, Fault> {
    if detach && client.is_in_process() {
        return started(client, job).await;
    }
    if detach {
        return Ok(job);
    }
    if !json {
        output::note(format!("{}: {}", job.id, job.title));
    }
    follow::follow(client, &job.id, json).await
}

/// How long a worker may take to claim its job before its server goes away.
const START_TRIES: u32 = 100;
const START_PAUSE: Duration = Duration::from_millis(50);

/// Waits until a job has its worker, which goes on when the server of this process ends.
async fn started(client: &Client, mut job: JobView) -> Result<JobView, Fault> {
    for _ in 0..START_TRIES {
        if job.state != "queued" {
            break;
        }
        tokio::time::sleep(START_PAUSE).await;
        job = client.job(&job.id).await?;
    }
    if job.state == "queued" {
        output::note("  other jobs come first: it starts while `modeldex up` runs");
    }
    Ok(job)
}

/// Waits for a job and returns it; `None` where `detach` is set and it was told of instead.
///
/// # Errors
/// Where the job failed.
pub async fn ended(
    client: &Client,
    job: JobView,
    detach: bool,
    json: bool,
) -> Result<Option<JobView>, Fault> {
    let job = wait(client, job, detach, json).await?;
    if detach {
        print_detached(&job, json);
        return Ok(None);
    }
    Ok(Some(job))
}

/// Waits for a job and returns what came of it; `None` where nothing is left to print: `detach` is
/// set, or JSON was asked for.
///
/// # Errors
/// Where the job failed.
pub async fn outcome(
    client: &Client,
    job: JobView,
    detach: bool,
    json: bool,
) -> Result<Option<Value>, Fault> {
    let Some(job) = ended(client, job, detach, json).await? else { return Ok(None) };
    let result = result(&job);
    if json {
        output::json(&result);
        return Ok(None);
    }
    Ok(Some(result))
}

/// Prints a job that was started and is not waited for.
fn print_detached(job: &JobView, json: bool) {
    if json {
        output::json(job);
    } else {
        output::line(format!(
            "{} is {}: follow it with `modeldex jobs logs {} --follow`",
            job.id, job.state, job.id
        ));
    }
}

/// How often a log is looked at for more.
const LOG_PAUSE: Duration = Duration::from_millis(200);

/// Prints a log, and what is added to it for as long as it goes on.
///
/// # Errors
/// Where there is no such log.
pub async fn print_log(
    client: &Client,
    path: &[&str],
    as_json: bool,
    goes_on: impl AsyncFn() -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let mut after = 0;
    loop {
        // Asked first: what was written before the end is read after it.
        let more = goes_on().await?;
        let view: LogsView = client.get_with(path, &[("after", after.to_string())]).await?;
        for line in &view.lines {
            after = line.seq;
            if as_json {
                output::line(json!(line).to_string());
            } else {
                output::line(&line.line);
            }
        }
        match (view.lines.is_empty(), more) {
            (true, false) => return Ok(()),
            (true, true) => tokio::time::sleep(LOG_PAUSE).await,
            (false, _) => {}
        }
    }
}

/// Returns what a job made; an empty object where it says nothing.
pub fn result(job: &JobView) -> Value {
    let mut result = job.result.clone().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if let Some(fields) = result.as_object_mut() {
        fields.entry("job").or_insert_with(|| Value::String(job.id.clone()));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_reads_pairs() {
        let expected = [("label", "intent"), ("text", "utterance")];
        let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert!(map(Some("text=utterance, label=intent")).unwrap().into_iter().eq(expected));
        assert!(map(None).unwrap().is_empty());
        assert_eq!(map(Some("text")).unwrap_err().message(), "`--map text` is not NAME=VALUE");
    }
}
