//! Everything about one model, gathered from its record, versions, files and evaluations.

use std::sync::Arc;

use api::{CapabilityView, CodeSample, EvaluationView, FileView, ModelCard, VersionView};
use catalog::{EvaluationRecord, MinimumSpec, ModelRecord, Spec, VersionRecord};
use discover::capabilities::{self, FileFacts, Files};
use discover::{card, samples};
use domain::{Capabilities, Fault, Kind, ModelRef};
use native::ModelFacts;
use serde_json::Value;

use super::search::summary;
use crate::app::{App, read_facts};
use crate::config::{Config, PORT_DEFAULT};

/// Gathers the card of a model: at a version, or at the latest that has files here.
///
/// # Errors
/// Where there is no such model or version, or a store cannot be read.
pub async fn model_card(app: &App, model: &ModelRef) -> Result<ModelCard, Fault> {
    let record = app.record(model).await?;
    let versions = app.catalog.versions(model).await?;
    let shown = shown_version(model, &versions)?;
    let files = match shown.and_then(|version| version.manifest.as_ref()) {
        Some(manifest) => app.assets.manifest(manifest).await?.files.iter().map(file).collect(),
        None => Vec::new(),
    };
    let evaluations = app.catalog.evaluations(model).await?;
    let deployments = deployments(app, model);
    let facts = shown.and_then(read_facts);
    let capabilities = capabilities::of(&record, &usable(shown, facts.as_ref()));
    let latest = versions.first().map(|version| version.version.to_string());
    let mut summary = summary(&record, latest);
    summary.parameters = facts.as_ref().map(|facts| facts.parameters).or(summary.parameters);
    let labels = facts.as_ref().map_or(&[][..], |facts| &facts.labels);
    let mask = samples::mask_mark(facts.as_ref().map(|facts| facts.architecture.as_str()));
    Ok(ModelCard {
        summary,
        shown_version: shown.map(|version| version.version.to_string()),
        license_meaning: record.license.meaning().to_owned(),
        terms: terms(&record),
        source_url: source_url(&record, &app.config.hub_url),
        description_html: card::html(&record.description),
        description_text: card::text(&record.description),
        minimum_spec: minimum_spec(&record.minimum_spec),
        capabilities: capabilities.support.iter().map(capability).collect(),
        context_max: capabilities.context_max,
        facts: shown.and_then(|version| version.facts.clone()),
        versions: versions.iter().map(version).collect(),
        files,
        evaluations: evaluations.iter().map(evaluation).collect(),
        samples: code_samples(&app.config, model, &capabilities, mask, labels),
        sample_input: sample_input(&record, &capabilities, mask),
        deployments,
        languages: record.languages,
        datasets: record.datasets,
        keywords: record.keywords,
        hub_id: record.hub_id,
        hub_revision: record.hub_revision,
    })
}

/// Says what stands between a person and the files of a gated model.
fn terms(record: &ModelRecord) -> Option<String> {
    let hub_id = record.hub_id.as_deref().unwrap_or(record.name.as_str());
    record.flags.gated.then(|| {
        format!(
            "Its hub gives the files only to people who accepted its terms there: open `{hub_id}` \
             at the hub, accept them, and give your token as `HF_TOKEN` or `--hub-token`."
        )
    })
}

/// Returns the address of a listing at its hub; it is shown as text and nothing is loaded from it.
fn source_url(record: &ModelRecord, hub_url: &str) -> Option<String> {
    let hub_id = record.hub_id.as_deref()?;
    Some(format!("{}/{hub_id}", hub_url.trim_end_matches('/')))
}

/// Picks the version that was asked for, or the newest; a listed model has none.
fn shown_version<'a>(
    model: &ModelRef,
    versions: &'a [VersionRecord],
) -> Result<Option<&'a VersionRecord>, Fault> {
    let Some(wanted) = &model.version else { return Ok(versions.first()) };
    match versions.iter().find(|version| version.version == *wanted) {
        Some(version) => Ok(Some(version)),
        None => Err(Fault::new(Kind::NotFound, format!("there is no version `{model}`"))
            .hint("`modeldex show` lists the versions")),
    }
}

/// Tells what the files of a version allow.
pub fn usable(version: Option<&VersionRecord>, facts: Option<&ModelFacts>) -> Files {
    match (version, facts) {
        (None, _) => Files::Absent,
        (Some(_), Some(facts)) => Files::Here(FileFacts {
            tasks: facts.tasks.clone(),
            finetuning_tasks: facts.finetuning_tasks.clone(),
            context_max: Some(facts.context_max),
        }),
        (Some(version), None) => {
            let why = version.origin.get("unsupported").and_then(Value::as_str);
            let why = why.unwrap_or("its files were not understood when they were imported");
            Files::NotUnderstood(why.to_owned())
        }
    }
}

fn deployments(app: &App, model: &ModelRef) -> Vec<String> {
    let of_endpoint = |endpoint: &Arc<deploy::Endpoint>| {
        let deployments = endpoint.deployments.iter();
        let of_model = deployments.filter(|one| {
            let deployed = &one.plan.model;
            deployed.unversioned() == model.unversioned()
                && (model.version.is_none() || deployed.version == model.version)
        });
        of_model.map(|one| format!("{}/{}", endpoint.name, one.name)).collect::<Vec<_>>()
    };
    app.endpoints.list().iter().flat_map(of_endpoint).collect()
}

fn code_samples(
    config: &Config,
    model: &ModelRef,
    capabilities: &Capabilities,
    mask: &str,
    labels: &[String],
) -> Vec<CodeSample> {
    let subject = samples::Subject {
        model: &model.to_string(),
        capabilities,
        mask,
        labels,
        server: &address(config),
        secured: config.token.is_some(),
    };
    let view = |sample: samples::Sample| CodeSample {
        purpose: sample.purpose.as_str().to_owned(),
        task: sample.task.map(|task| task.to_string()),
        language: sample.language.as_str().to_owned(),
        code: sample.code,
    };
    samples::of(&subject).into_iter().map(view).collect()
}

/// Returns where a person reaches the server: a private one has a port that changes, and one that
/// listens on every address is reached on this machine by the loopback one.
fn address(config: &Config) -> String {
    let mut address = config.listen;
    if address.port() == 0 {
        address.set_port(PORT_DEFAULT);
    }
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// Returns the publisher's sample request, or one that fits the task.
fn sample_input(record: &ModelRecord, capabilities: &Capabilities, mask: &str) -> Option<Value> {
    let of_task = || capabilities.tasks.iter().find_map(|task| samples::sample_input(*task, mask));
    record.sample_input.clone().or_else(of_task)
}

fn capability(support: &domain::Support) -> CapabilityView {
    CapabilityView {
        capability: support.capability.as_str().to_owned(),
        available: support.absent_because.is_none(),
        reason: support.absent_because.clone(),
    }
}

fn version(version: &VersionRecord) -> VersionView {
    VersionView {
        version: version.version.to_string(),
        size_bytes: version.size_bytes,
        parent: version.parent.as_ref().map(ToString::to_string),
        origin: version.origin.clone(),
        manifest: version.manifest.as_ref().map(ToString::to_string),
        created_ms: version.created_ms,
    }
}

fn file(file: &assets::ManifestFile) -> FileView {
    FileView { path: file.path.to_string(), size_bytes: file.size, sha256: file.sha256.to_string() }
}

fn evaluation(record: &EvaluationRecord) -> EvaluationView {
    EvaluationView {
        id: record.id.clone(),
        model: record.model.to_string(),
        task: record.task.to_string(),
        data_name: record.data_name.clone(),
        data_digest: record.data_digest.as_ref().map(ToString::to_string),
        rows: record.rows,
        published_by: record.published_by.clone(),
        metrics: record.metrics.clone(),
        report: record.report.clone(),
        job: record.job.clone(),
        created_ms: record.created_ms,
    }
}

fn minimum_spec(spec: &MinimumSpec) -> api::MinimumSpec {
    let machine = |spec: &Option<Spec>| {
        spec.as_ref().map(|spec| api::Spec {
            cpus: spec.cpus,
            gpus: spec.gpus,
            memory_gib: spec.memory_gib,
            disk_gib: spec.disk_gib,
        })
    };
    api::MinimumSpec {
        inference: machine(&spec.inference),
        evaluation: machine(&spec.evaluation),
        finetuning: machine(&spec.finetuning),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::version_record;
    use super::*;

    #[test]
    fn the_version_that_is_shown_is_the_one_that_was_asked_for() {
        let versions = [version_record("2", Value::Null), version_record("1", Value::Null)];
        let shown = |model: &str| {
            let shown = shown_version(&model.parse().unwrap(), &versions);
            shown.map(|version| version.map(|version| version.version.to_string()))
        };
        assert_eq!(shown("workspace/a").unwrap().as_deref(), Some("2"));
        assert_eq!(shown("workspace/a@1").unwrap().as_deref(), Some("1"));
        assert_eq!(shown("workspace/a@7").unwrap_err().kind(), Kind::NotFound);
        assert_eq!(shown_version(&"curated/a".parse().unwrap(), &[]).unwrap(), None);
    }

    #[test]
    fn a_version_without_facts_says_why_it_cannot_be_run() {
        assert_eq!(usable(None, None), Files::Absent);
        let known = version_record("1", serde_json::json!({ "unsupported": "it is a GGUF" }));
        assert_eq!(usable(Some(&known), None), Files::NotUnderstood("it is a GGUF".into()));
        let unknown = version_record("1", Value::Null);
        assert!(matches!(usable(Some(&unknown), None), Files::NotUnderstood(_)));
    }

    #[test]
    fn samples_name_an_address_that_a_person_can_reach() {
        let check = |listen: &str, expected: &str| {
            let config =
                Config { listen: listen.parse().unwrap(), ..Config::new("d".into(), "p".into()) };
            assert_eq!(address(&config), expected);
        };
        check("127.0.0.1:0", "http://127.0.0.1:7878");
        check("0.0.0.0:9000", "http://127.0.0.1:9000");
        check("192.168.1.5:80", "http://192.168.1.5:80");
        check("[::1]:81", "http://[::1]:81");
    }
}
