//! What differs between two versions of a model.

use std::collections::BTreeMap;

use api::{DiffView, EvaluationChange, FileChange, ValueChange};
use catalog::{EvaluationRecord, VersionRecord};
use discover::diff::{self, Change, File};
use domain::{Fault, Kind, ModelRef, VersionName};
use serde_json::Value;

use crate::app::App;

/// The two versions that a query string names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffQuery {
    /// The one.
    pub from: VersionName,
    /// The other.
    pub to: VersionName,
}

impl DiffQuery {
    /// Reads a query string; `None` where it names no two versions.
    ///
    /// # Errors
    /// Where it names one, or one that can be none.
    pub fn parse(raw: &str) -> Result<Option<Self>, Fault> {
        let mut named = [None, None];
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let place = match &*name {
                "from" => 0,
                "to" => 1,
                _ => continue,
            };
            let version = value
                .parse::<VersionName>()
                .map_err(|error: domain::NameError| Fault::wrap(Kind::Invalid, error))?;
            named[place] = Some(version);
        }
        match named {
            [Some(from), Some(to)] => Ok(Some(Self { from, to })),
            [None, None] => Ok(None),
            _ => Err(one_missing()),
        }
    }
}

/// Says that two versions are needed.
pub fn one_missing() -> Fault {
    Fault::new(Kind::Invalid, "two versions are compared").hint("name them: `?from=1&to=2`")
}

/// Compares two versions.
///
/// # Errors
/// Where there is no such model or version, or a store cannot be read.
pub async fn diff_view(app: &App, model: &ModelRef, query: &DiffQuery) -> Result<DiffView, Fault> {
    app.record(model).await?;
    let (from, to) = (side(app, model, &query.from).await?, side(app, model, &query.to).await?);
    let files = diff::changes(&from.files, &to.files);
    let after = files.iter().filter(|file| file.to.is_some()).count();
    Ok(DiffView {
        model: model.unversioned(),
        from: query.from.to_string(),
        to: query.to.to_string(),
        files_same: to.files.len().saturating_sub(after),
        files: files.into_iter().map(file).collect(),
        facts: values(from.version.facts.as_ref(), to.version.facts.as_ref()),
        origin: values(Some(&from.version.origin), Some(&to.version.origin)),
        evaluations: evaluations(&from.evaluations, &to.evaluations),
    })
}

struct Side {
    version: VersionRecord,
    files: BTreeMap<String, File>,
    evaluations: Vec<EvaluationRecord>,
}

async fn side(app: &App, model: &ModelRef, version: &VersionName) -> Result<Side, Fault> {
    let model = ModelRef::latest(model.collection.clone(), model.name.clone()).at(version.clone());
    let missing = || {
        Fault::new(Kind::NotFound, format!("there is no version `{model}`"))
            .hint("`modeldex show` lists the versions")
    };
    let version = app.catalog.get_version(&model).await?.ok_or_else(missing)?;
    let files = match &version.manifest {
        Some(manifest) => app.assets.manifest(manifest).await?.files,
        None => Vec::new(),
    };
    let file = |file: &assets::ManifestFile| {
        let known = File { size_bytes: file.size, sha256: file.sha256.to_string() };
        (file.path.to_string(), known)
    };
    let evaluations = app.catalog.evaluations(&model).await?;
    Ok(Side { version, files: files.iter().map(file).collect(), evaluations })
}

fn file(change: Change<File>) -> FileChange {
    let what = match (&change.from, &change.to) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    FileChange {
        path: change.name,
        change: what.to_owned(),
        from_bytes: change.from.as_ref().map(|file| file.size_bytes),
        to_bytes: change.to.as_ref().map(|file| file.size_bytes),
        from_sha256: change.from.map(|file| file.sha256),
        to_sha256: change.to.map(|file| file.sha256),
    }
}

fn values(from: Option<&Value>, to: Option<&Value>) -> Vec<ValueChange> {
    let flat = |value: Option<&Value>| value.map(diff::flat).unwrap_or_default();
    let changes = diff::changes(&flat(from), &flat(to));
    let view = |one: Change<String>| ValueChange { name: one.name, from: one.from, to: one.to };
    changes.into_iter().map(view).collect()
}

/// Puts each version's newest figures on the same data side by side, equal ones included.
fn evaluations(from: &[EvaluationRecord], to: &[EvaluationRecord]) -> Vec<EvaluationChange> {
    let (from, to) = (figures(from), figures(to));
    let names: std::collections::BTreeSet<_> = from.keys().chain(to.keys()).collect();
    names
        .into_iter()
        .map(|key| EvaluationChange {
            data_name: key.0.clone(),
            metric: key.1.clone(),
            from: from.get(key).copied(),
            to: to.get(key).copied(),
        })
        .collect()
}

/// Returns figures by data and metric; of several, the newest, which comes first.
fn figures(evaluations: &[EvaluationRecord]) -> BTreeMap<(String, String), f64> {
    let mut figures = BTreeMap::new();
    for record in evaluations {
        for (metric, value) in record.metrics.as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64() {
                figures.entry((record.data_name.clone(), metric.clone())).or_insert(value);
            }
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_named_or_none() {
        let named = DiffQuery::parse("from=1&x=y&to=3").unwrap().unwrap();
        assert_eq!((named.from.as_str(), named.to.as_str()), ("1", "3"));
        assert_eq!(DiffQuery::parse("memory_gib=4").unwrap(), None);
        assert_eq!(DiffQuery::parse("from=1").unwrap_err().kind(), Kind::Invalid);
        assert_eq!(DiffQuery::parse("from=a b&to=1").unwrap_err().kind(), Kind::Invalid);
    }
}
