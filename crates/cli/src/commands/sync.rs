//! `modeldex sync`.

use api::{JobView, SyncRequest};
use domain::Fault;
use serde_json::Value;

use super::start;
use crate::args::Sync;
use crate::client::Client;
use crate::output;

/// Lists a hub, another Modeldex or a provider into a collection.
///
/// # Errors
/// Where the source is not known, cannot be reached or is refused.
pub async fn run(client: &Client, options: Sync, json: bool) -> Result<(), Fault> {
    let request = SyncRequest {
        kind: options.kind,
        url: options.from,
        filter: options.filter.join(","),
        limit: options.limit,
        full: options.full,
        token: options.source_token.filter(|token| !token.is_empty()),
    };
    let parts = ["collections", &options.collection, "sync"];
    let job: JobView = client.post(&parts, &request).await?;
    let result = start::outcome(client, job, options.detach, json).await?;
    let Some(result) = result else { return Ok(()) };
    let count = |name: &str| result.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (listed, added, changed) = (count("listed"), count("added"), count("changed"));
    output::line(format!(
        "Listed {listed} models: {added} new, {changed} changed, {} gone, {} skipped",
        count("gone"),
        count("skipped")
    ));
    let collection = &options.collection;
    output::note(format!("  look at them: modeldex search --collection {collection}"));
    Ok(())
}
