//! `modeldex show MODEL --diff FROM..TO`.

use api::{DiffView, FileChange, ValueChange};
use domain::{Fault, Kind};

use crate::client::Client;
use crate::output;

/// Prints what differs between two versions.
///
/// # Errors
/// Where no two versions are named, or there is no such model or version.
pub async fn run(client: &Client, model: &str, versions: &str, json: bool) -> Result<(), Fault> {
    let Some((from, to)) = versions.split_once("..") else {
        let message = format!("`{versions}` does not name two versions");
        return Err(Fault::new(Kind::Invalid, message).hint("write `--diff 1..2`"));
    };
    let query = [("from", from.to_owned()), ("to", to.to_owned())];
    let diff: DiffView = client.get_with(&super::path("diff", model), &query).await?;
    if json {
        output::json(&diff);
        return Ok(());
    }
    output::line(format!("{}: version {} to version {}", diff.model, diff.from, diff.to));
    print_files(&diff);
    print_values("fact", &diff.facts);
    print_values("origin", &diff.origin);
    print_evaluations(&diff);
    Ok(())
}

fn print_files(diff: &DiffView) {
    let size = |bytes: Option<u64>| bytes.map(output::bytes).unwrap_or_default();
    let digest = |sha256: &Option<String>| {
        sha256.as_deref().and_then(|all| all.get(..12)).unwrap_or_default().to_owned()
    };
    let row = |file: &FileChange| {
        vec![
            file.path.clone(),
            file.change.clone(),
            size(file.from_bytes),
            size(file.to_bytes),
            digest(&file.from_sha256),
            digest(&file.to_sha256),
        ]
    };
    let rows: Vec<_> = diff.files.iter().map(row).collect();
    let same = format!("{} files are the same", diff.files_same);
    if !rows.is_empty() {
        output::line("");
        output::table(&["file", "change", "before", "after", "sha-256", "sha-256 after"], &rows);
    }
    output::line(format!("\n{same}"));
}

fn print_values(title: &str, changes: &[ValueChange]) {
    if changes.is_empty() {
        return;
    }
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let row =
        |change: &ValueChange| vec![change.name.clone(), shown(&change.from), shown(&change.to)];
    let rows: Vec<_> = changes.iter().map(row).collect();
    output::line("");
    output::table(&[title, "before", "after"], &rows);
}

fn print_evaluations(diff: &DiffView) {
    if diff.evaluations.is_empty() {
        return;
    }
    let figure = |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
    let rows: Vec<_> = diff
        .evaluations
        .iter()
        .map(|one| {
            vec![one.data_name.clone(), one.metric.clone(), figure(one.from), figure(one.to)]
        })
        .collect();
    output::line("");
    output::table(&["data", "metric", "before", "after"], &rows);
}
