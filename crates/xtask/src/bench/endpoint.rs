//! A model behind an endpoint of a server that runs, for benches that ask it.

use std::path::Path;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::call;

/// Until everything that was lent is given back: idle connections to the worker stay for 90 s, and
/// are looked at every 90 s.
pub(super) const SETTLE_MAX: Duration = Duration::from_secs(210);

/// A deployment whose worker is ready.
pub(super) struct Deployed {
    /// The worker's process.
    pub(super) pid: u32,
}

impl Deployed {
    /// Imports a model, deploys it as told, and waits for its worker.
    ///
    /// # Errors
    /// Where the server refuses or the worker does not get ready.
    pub(super) fn start(
        address: &str,
        name: &str,
        model: &Path,
        mut deployment: Value,
    ) -> Result<Self, String> {
        let import = json!({ "source": model.display().to_string(), "name": name });
        let job = call(address, "POST", "/api/v1/imports", &import)?;
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap_or_default());
        wait("the import", || {
            let job = call(address, "GET", &path, &Value::Null)?;
            match job["state"].as_str() {
                Some("succeeded") => Ok(Some(())),
                Some("failed" | "cancelled") => Err(format!("the import failed: {job}")),
                _ => Ok(None),
            }
        })?;
        deployment["model"] = json!(format!("workspace/{name}"));
        deployment["endpoint"] = json!(name);
        call(address, "POST", "/api/v1/deployments", &deployment)?;
        let pid = wait("the worker", || {
            let replica = replica(address, name)?;
            let pid = replica["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
            Ok(pid.filter(|_| replica["state"] == "ready"))
        })?;
        Ok(Self { pid })
    }
}

/// Returns what is known of the endpoint's only replica.
///
/// # Errors
/// Where the server does not tell.
pub(super) fn replica(address: &str, name: &str) -> Result<Value, String> {
    let path = format!("/api/v1/endpoints/{name}");
    let endpoint = call(address, "GET", &path, &Value::Null)?;
    Ok(endpoint["deployments"][0]["replicas"][0].clone())
}

/// Asks until there is an answer, for as long as it takes to give everything back.
fn wait<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>, String>) -> Result<T, String> {
    let began = Instant::now();
    while began.elapsed() < SETTLE_MAX {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        park_timeout(Duration::from_millis(200));
    }
    Err(format!("waited in vain for {what}"))
}
