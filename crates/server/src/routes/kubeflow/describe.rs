//! Records in Kubeflow's shape.

use std::collections::BTreeMap;

use api::kubeflow::{Artifact, Model, Property};
use catalog::{EvaluationRecord, ModelRecord, VersionRecord};
use discover::Listed;
use domain::{Millis, Task};
use serde_json::Value as Json;

use super::filter::Value;
use crate::routes::hub_api::commit_of;

/// Keywords that become properties; some publishers list hundreds.
const KEYWORDS_MAX: usize = 50;

/// Tasks whose answers are made rather than chosen.
const GENERATIVE: [Task; 7] = [
    Task::TextGeneration,
    Task::ChatCompletion,
    Task::Summarization,
    Task::Translation,
    Task::ImageTextToText,
    Task::ImageToImage,
    Task::TextToImage,
];

/// Shows a model.
pub fn model(record: &ModelRecord, version: Option<&str>) -> Model {
    Model {
        id: number_of(&record.model().to_string()),
        name: record.name.to_string(),
        source_id: record.collection.to_string(),
        external_id: record.hub_id.clone(),
        description: record.summary.clone(),
        readme: None,
        maturity: maturity(record).map(str::to_owned),
        language: record.languages.clone(),
        tasks: record.tasks.iter().map(ToString::to_string).collect(),
        provider: record.publisher.clone(),
        license: record.license.to_string(),
        library_name: record.library.clone(),
        custom_properties: properties(record, version),
        create_time_since_epoch: record.created_ms.to_string(),
        last_update_time_since_epoch: record.changed_ms().to_string(),
    }
}

fn maturity(record: &ModelRecord) -> Option<&'static str> {
    match (record.flags.deprecated, record.flags.preview) {
        (true, _) => Some("Deprecated"),
        (false, true) => Some("Preview"),
        (false, false) => None,
    }
}

fn properties(record: &ModelRecord, version: Option<&str>) -> BTreeMap<String, Property> {
    // A keyword is a property without a value; what is known for sure comes over it.
    let keywords = record.keywords.iter().take(KEYWORDS_MAX);
    let mut all: BTreeMap<_, _> = keywords.map(|word| (word.clone(), text(""))).collect();
    let whole = |count: u64| Property::Whole { int_value: count.to_string() };
    let flag = |bool_value: bool| Property::Flag { bool_value };
    let known = [
        ("model_type", Some(text(model_type(record)))),
        ("downloads", Some(whole(record.downloads))),
        ("likes", Some(whole(record.likes))),
        ("parameters", record.parameters.map(whole)),
        ("size_bytes", record.size_bytes.map(whole)),
        ("featured", Some(flag(record.flags.featured))),
        ("gated", Some(flag(record.flags.gated))),
        ("version", version.map(text)),
    ];
    let known = known.into_iter();
    all.extend(known.filter_map(|(name, value)| Some((name.to_owned(), value?))));
    all
}

fn model_type(record: &ModelRecord) -> &'static str {
    match record.tasks.as_slice() {
        [] => "unknown",
        tasks if tasks.iter().any(|task| GENERATIVE.contains(task)) => "generative",
        _ => "predictive",
    }
}

/// Returns what a model has in a property that a filter names.
pub fn values(listed: &Listed, field: &str) -> Vec<Value> {
    let record = &listed.record;
    let one = |value: &str| vec![Value::Text(value.to_owned())];
    let maybe = |value: Option<&str>| value.map(|one| Value::Text(one.to_owned())).into_iter();
    match field {
        "id" => vec![Value::Text(number_of(&record.model().to_string()))],
        "name" => one(record.name.as_str()),
        "source_id" => one(record.collection.as_str()),
        "externalId" => maybe(record.hub_id.as_deref()).collect(),
        "description" => one(&record.summary),
        "maturity" => maybe(maturity(record)).collect(),
        "language" => record.languages.iter().map(|name| Value::Text(name.clone())).collect(),
        "tasks" => record.tasks.iter().map(|task| Value::Text(task.to_string())).collect(),
        "provider" => maybe(record.publisher.as_deref()).collect(),
        "license" => one(record.license.as_str()),
        "libraryName" => maybe(record.library.as_deref()).collect(),
        "createTimeSinceEpoch" => one(&record.created_ms.to_string()),
        "lastUpdateTimeSinceEpoch" => one(&record.changed_ms().to_string()),
        field => {
            let mut all = properties(record, listed.version.as_deref());
            all.remove(field).map(value).into_iter().collect()
        }
    }
}

/// Returns the value of a property as filters compare it.
pub fn value(property: Property) -> Value {
    match property {
        Property::Text { string_value } => Value::Text(string_value),
        Property::Whole { int_value } => Value::Number(int_value.parse().unwrap_or(f64::NAN)),
        Property::Number { double_value } => Value::Number(double_value),
        Property::Flag { bool_value } => Value::Flag(bool_value),
    }
}

/// Shows where the files of a version can be had: the API of the hub lists and sends them.
pub fn files(record: &ModelRecord, version: &VersionRecord, base: &str) -> Option<Artifact> {
    let (model, commit) = (record.model(), commit_of(version)?);
    let name = format!("{model}@{}", version.version);
    let parent = version.parent.as_ref().map(|parent| text(&parent.to_string()));
    let known = [
        ("version", Some(text(version.version.as_str()))),
        ("manifest", version.manifest.as_ref().map(|digest| text(digest.as_str()))),
        ("size_bytes", Some(Property::Whole { int_value: version.size_bytes.to_string() })),
        ("parent", parent),
    ];
    let uri = format!("{base}/api/models/{model}/revision/{commit}");
    Some(artifact(name, uri, &known, version.created_ms))
}

/// Shows where the hub has the files.
pub fn files_of_hub(record: &ModelRecord) -> Option<Artifact> {
    let hub_id = record.hub_id.as_ref()?;
    let revision = record.hub_revision.as_deref();
    let known = [("source", Some(text("huggingface"))), ("revision", revision.map(text))];
    Some(artifact(hub_id.clone(), format!("hf://{hub_id}"), &known, record.created_ms))
}

fn artifact(
    name: String,
    uri: String,
    known: &[(&str, Option<Property>)],
    made_ms: Millis,
) -> Artifact {
    let known = known.iter().cloned();
    Artifact::Files {
        // The address of the server is not part of what the files are.
        id: number_of(&name),
        name,
        uri,
        custom_properties: known.filter_map(|(key, one)| Some((key.to_owned(), one?))).collect(),
        create_time_since_epoch: made_ms.to_string(),
        last_update_time_since_epoch: made_ms.to_string(),
    }
}

/// Shows what an evaluation measured.
pub fn measured(evaluation: &EvaluationRecord) -> Artifact {
    let metrics = evaluation.metrics.as_object().into_iter().flatten();
    let number = |(name, value): (&String, &Json)| {
        Some((name.clone(), Property::Number { double_value: value.as_f64()? }))
    };
    let mut all: BTreeMap<_, _> = metrics.filter_map(number).collect();
    all.extend([
        ("model".to_owned(), text(&evaluation.model.to_string())),
        ("task".to_owned(), text(evaluation.task.tag())),
        ("data_name".to_owned(), text(&evaluation.data_name)),
    ]);
    let rows = evaluation.rows.map(|rows| Property::Whole { int_value: rows.to_string() });
    all.extend(rows.map(|rows| ("rows".to_owned(), rows)));
    Artifact::Metrics {
        id: number_of(&evaluation.id),
        name: evaluation.id.clone(),
        metrics_type: "accuracy-metrics".to_owned(),
        custom_properties: all,
        create_time_since_epoch: evaluation.created_ms.to_string(),
        last_update_time_since_epoch: evaluation.created_ms.to_string(),
    }
}

fn text(value: &str) -> Property {
    Property::Text { string_value: value.to_owned() }
}

/// Makes a number that stays with a name: FNV-1a, without the sign.
fn number_of(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 1).to_string()
}
