//! One row as one evaluation.

use data::Record;
use domain::{ModelRef, Task};
use serde_json::{Map, Value, json};

use super::{Names, RowDefect, metric_name};
use crate::{Error, EvaluationRecord, Result};

type Fields = Map<String, Value>;

const MODEL: [&str; 2] = ["model", "model_name"];
const DATA: [&str; 3] = ["dataset", "data", "data_name"];
const TASK: [&str; 1] = ["task"];

/// Columns that say more than the figures do.
const TOLD: [&str; 4] = ["name", "model", "model_version", "model_asset_id"];

/// The longest name of a data set: those that are known stay below 60.
const TEXT_MAX: usize = 200;

/// What embeddings are measured by: each is a use of them, none a task of its own.
const OF_EMBEDDINGS: [&str; 5] =
    ["retrieval", "clustering", "bitext-mining", "pair-classification", "sts"];

/// Refuses a file whose header cannot be that of results.
pub(super) fn check_columns(name: &str, fields: &Fields) -> Result<()> {
    let lacking = |wanted| Err(Error::ResultsColumn { name: name.to_owned(), wanted });
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    if !has(&MODEL) {
        return lacking("`model`");
    }
    if !has(&DATA) {
        return lacking("`dataset`");
    }
    if !fields.keys().any(|name| name.starts_with("m:")) {
        return lacking("of a metric, such as `m:accuracy`");
    }
    Ok(())
}

/// Reads a row, or tells what is wrong with it.
pub(super) fn read(
    record: &Record,
    by: &str,
    names: &mut Names,
) -> std::result::Result<EvaluationRecord, RowDefect> {
    let row = Row(record);
    let (column, name) = row.required(&MODEL)?;
    let model = names.find(name).map_err(|error| row.defect(column, error.to_string()))?;
    let (column, data) = row.required(&DATA)?;
    if data.len() > TEXT_MAX {
        return Err(row.defect(column, format!("it is longer than {TEXT_MAX} letters")));
    }
    let (task, kind) = row.task()?;
    let metrics = row.metrics()?;
    let report = row.report(by, kind);
    Ok(EvaluationRecord {
        id: id(by, name, data, task, &report),
        model: ModelRef { version: None, ..model },
        task,
        data_name: data.to_owned(),
        data_digest: None,
        rows: None,
        metrics: Value::Object(metrics),
        report,
        job: None,
        published_by: Some(by.to_owned()),
        created_ms: 0,
    })
}

/// Names a measurement by what makes it another one, so that it is known when it comes again.
fn id(by: &str, model: &str, data: &str, task: Task, report: &Value) -> String {
    let version = report.get("model_version").and_then(Value::as_str).unwrap_or_default();
    let kind = report.get("kind").and_then(Value::as_str).unwrap_or_default();
    let parameters = report.get("parameters").and_then(Value::as_object);
    let parameters =
        parameters.into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
    let parameters: Vec<_> = parameters.collect();
    format!("published/{by}/{model}@{version}/{data}/{task}/{kind}/{}", parameters.join(","))
}

struct Row<'a>(&'a Record);

impl Row<'_> {
    fn defect(&self, column: &str, message: impl Into<String>) -> RowDefect {
        RowDefect { line: self.0.line, column: column.to_owned(), message: message.into() }
    }

    /// Returns what a column says; nothing where it says that there is nothing.
    fn text(&self, column: &str) -> Option<&str> {
        said(self.0.fields.get(column)?)
    }

    /// Returns the first of the columns that says something.
    fn required<'n>(&self, columns: &[&'n str]) -> std::result::Result<(&'n str, &str), RowDefect> {
        let mut told = columns.iter().filter_map(|column| Some((*column, self.text(column)?)));
        told.next().ok_or_else(|| {
            let here = columns.iter().find(|column| self.0.fields.contains_key(**column));
            self.defect(here.unwrap_or(&columns[0]), "it is empty")
        })
    }

    /// Returns the task, and what of it was measured where that is a use of embeddings.
    fn task(&self) -> std::result::Result<(Task, Option<&str>), RowDefect> {
        let (column, text) = self.required(&TASK)?;
        let measured = self.text("evaluation_type").map(spelled);
        let of_embeddings = OF_EMBEDDINGS.contains(&spelled(text).as_str());
        if measured.as_deref() == Some("text-embeddings") || of_embeddings {
            return Ok((Task::FeatureExtraction, Some(text)));
        }
        let task = text.parse::<Task>();
        task.map(|task| (task, None)).map_err(|error| self.defect(column, error.to_string()))
    }

    fn metrics(&self) -> std::result::Result<Fields, RowDefect> {
        let mut metrics = Map::new();
        for (column, value) in &self.0.fields {
            let Some(name) = column.strip_prefix("m:") else { continue };
            let Some(number) = self.number(column, value)? else { continue };
            metrics.insert(self.metric(name), json!(number));
        }
        if metrics.is_empty() {
            return Err(self.defect("", "none of its metrics has a value"));
        }
        Ok(metrics)
    }

    fn number(&self, column: &str, value: &Value) -> std::result::Result<Option<f64>, RowDefect> {
        let Some(text) = said(value) else { return Ok(value.as_f64()) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.defect(column, format!("`{text}` is not a number"))),
        }
    }

    /// What a publisher calls accuracy may be another metric, which a column of its own names.
    fn metric(&self, name: &str) -> String {
        match self.text("accuracy_metric_name") {
            Some(really) if name == "accuracy" => metric_name(really),
            _ => metric_name(name),
        }
    }

    fn report(&self, by: &str, kind: Option<&str>) -> Value {
        let mut report = Map::from_iter([("source".to_owned(), json!(by))]);
        report.extend(kind.map(|kind| ("kind".to_owned(), json!(spelled(kind)))));
        for column in TOLD {
            report.extend(self.text(column).map(|text| (column.to_owned(), json!(text))));
        }
        let parameters: Fields = (self.0.fields.iter())
            .filter_map(|(column, value)| Some((column.strip_prefix("p:")?, parameter(value)?)))
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if !parameters.is_empty() {
            report.insert("parameters".to_owned(), Value::Object(parameters));
        }
        Value::Object(report)
    }
}

/// Tables that went through other hands write nothing in several ways.
fn said(value: &Value) -> Option<&str> {
    let text = value.as_str()?.trim();
    let nothing = ["", "nan", "none", "null", "n/a", "-"];
    (!nothing.contains(&text.to_ascii_lowercase().as_str())).then_some(text)
}

/// Files of JSON have numbers, and those of text their digits: both read as digits.
fn parameter(value: &Value) -> Option<Value> {
    said(value).map(|text| json!(text)).or_else(|| value.as_f64().map(|_| json!(value.to_string())))
}

fn spelled(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', ' '], "-")
}
