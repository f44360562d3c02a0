//! `modeldex import`.

use std::path::Path;

use api::{ImportRequest, JobView, ModelCard};
use domain::Fault;

use super::{show, start};
use crate::args::Import;
use crate::client::Client;
use crate::{output, settings};

/// Brings a model here.
///
/// # Errors
/// Where the source cannot be read or is refused.
pub async fn run(client: &Client, options: Import, json: bool) -> Result<(), Fault> {
    let detach = options.detach;
    let request = ImportRequest {
        source: source(&options.source)?,
        revision: options.revision,
        name: options.name,
        hub_url: options.hub_url,
        quantize: options.quantize,
        token: options.hub_token.filter(|token| !token.is_empty()),
    };
    if !json {
        tell_license(client, &request.source).await;
    }
    let job: JobView = client.post(&["imports"], &request).await?;
    let result = start::outcome(client, job, detach, json).await?;
    let Some(result) = result else { return Ok(()) };
    let model = result.get("model").and_then(serde_json::Value::as_str).unwrap_or_default();
    output::line(format!("Imported as {model}"));
    if let Some(parity) = result.get("parity").and_then(serde_json::Value::as_str) {
        output::line(parity);
    }
    output::note(format!("  look at it: modeldex show {model}"));
    Ok(())
}

/// Prints the license before anything is fetched: of a listed model what its listing says.
async fn tell_license(client: &Client, source: &str) {
    if Path::new(source).is_absolute() {
        return;
    }
    let at_hub = format!("hub/{source}");
    for model in [source, at_hub.as_str()] {
        // What is not listed is no fault here: the import itself says what is wrong.
        if let Ok(card) = client.get::<ModelCard>(&show::model_path(model)).await {
            show::license_lines(&card).iter().for_each(output::note);
            return;
        }
    }
    output::note(format!(
        "license of {source}: not listed here; its card, which comes with its files, names it"
    ));
}

/// A source that exists here, as a folder or a GGUF file, is sent as its absolute path.
fn source(text: &str) -> Result<String, Fault> {
    let path = Path::new(text);
    let looks_like_path = text.starts_with(['.', '/']);
    if path.exists() || looks_like_path {
        return Ok(settings::absolute(path)?.display().to_string());
    }
    Ok(text.to_owned())
}
