//! One figure of one model.

use std::collections::{BTreeMap, BTreeSet};

use catalog::EvaluationRecord;
use domain::{Millis, ModelRef, Task};
use serde_json::Value;

/// What one metric of one evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The model; at its version, where that was measured.
    pub model: ModelRef,
    /// What it did.
    pub task: Task,
    /// The data set.
    pub data: String,
    /// The metric.
    pub metric: String,
    /// What was found.
    pub value: f64,
    /// How it was measured, such as `5-shot`, where that is said.
    pub setting: Option<String>,
    /// On how many rows, where that is said.
    pub rows: Option<u64>,
    /// Who published it; absent where it was measured here.
    pub published_by: Option<String>,
    /// The evaluation.
    pub evaluation: String,
    /// The job that measured it here.
    pub job: Option<String>,
    /// When it came here.
    pub created_ms: Millis,
}

/// Takes evaluations apart into their figures.
///
/// Data that was measured here is the same where its bytes are: two files of one name get the
/// beginning of their digest after it. What was published is known by its name alone.
pub fn measurements(records: &[EvaluationRecord]) -> Vec<Measurement> {
    let mut digests: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        if let Some(digest) = &record.data_digest {
            digests.entry(key(stem(record))).or_default().insert(digest.short());
        }
    }
    let mut spellings = BTreeMap::new();
    let mut all = Vec::new();
    for record in records {
        let stem = stem(record);
        let name: &mut String = spellings.entry(key(stem)).or_insert_with(|| stem.to_owned());
        let several = digests.get(&key(stem)).is_some_and(|files| files.len() > 1);
        let data = match &record.data_digest {
            Some(digest) if several => format!("{name} ({})", digest.short()),
            _ => name.clone(),
        };
        all.extend(figures(record, &data));
    }
    all
}

/// A data set is known by the name of its file without what tells the format.
fn stem(record: &EvaluationRecord) -> &str {
    let name = record.data_name.as_str();
    if record.published_by.is_some() {
        return name;
    }
    let endings = [".csv", ".tsv", ".jsonl", ".json"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Names are alike when they differ in case and in how their words are joined alone.
pub(super) fn key(name: &str) -> String {
    name.to_lowercase().replace(['_', ' '], "-")
}

fn figures<'a>(
    record: &'a EvaluationRecord,
    data: &'a str,
) -> impl Iterator<Item = Measurement> + 'a {
    let metrics = record.metrics.as_object().into_iter().flatten();
    metrics.filter_map(move |(metric, value)| {
        let value = value.as_f64().filter(|value| value.is_finite())?;
        Some(Measurement {
            model: record.model.clone(),
            task: record.task,
            data: data.to_owned(),
            metric: metric.clone(),
            value,
            setting: setting(&record.report),
            rows: record.rows,
            published_by: record.published_by.clone(),
            evaluation: record.id.clone(),
            job: record.job.clone(),
            created_ms: record.created_ms,
        })
    })
}

/// How many examples a model saw before the question decides much of what it answers.
fn setting(report: &Value) -> Option<String> {
    let shots = report.get("parameters")?.get("n_shot")?;
    let shots = shots.as_str().map_or_else(|| shots.to_string(), str::to_owned);
    shots.parse::<u32>().ok().map(|shots| format!("{shots}-shot"))
}
