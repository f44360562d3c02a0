//! `modeldex leaderboard`.

use api::{BoardChoice, LeaderboardRow, LeaderboardView, ResultValue};
use domain::Fault;

use crate::args::Leaderboard;
use crate::client::Client;
use crate::output;

/// Prints models in the order of what was measured of them.
///
/// # Errors
/// Where nothing was measured for what is asked for.
pub async fn run(client: &Client, options: Leaderboard, as_json: bool) -> Result<(), Fault> {
    let choices = options.choices;
    let view: LeaderboardView = client.get_with(&["leaderboard"], &query(options)).await?;
    if as_json {
        output::json(&view);
        return Ok(());
    }
    let Some(metric) = &view.metric else {
        output::line("Nothing was measured yet.");
        output::note("hint: `modeldex evaluate`, or `modeldex catalog add-results FILE.csv`");
        return Ok(());
    };
    if choices {
        print_choices(&view);
        return Ok(());
    }
    let better = if metric.lower_is_better { "lower is better" } else { "higher is better" };
    let chosen = |all: &[BoardChoice]| {
        all.iter().find(|one| one.chosen).map(|one| one.value.clone()).unwrap_or_default()
    };
    output::note(format!(
        "{} on {}: {}, {better}; models: {}",
        chosen(&view.tasks),
        chosen(&view.data),
        metric.title,
        view.total
    ));
    let rows: Vec<_> = view.rows.iter().map(row).collect();
    let headings = ["rank", "model", &metric.name, "parameters", "files", "license", "measured"];
    output::table(&headings, &rows);
    Ok(())
}

fn query(options: Leaderboard) -> Vec<(&'static str, String)> {
    let sort = match (options.sort, options.reverse) {
        (Some(sort), true) => Some(format!("-{sort}")),
        (None, true) => Some("-rank".to_owned()),
        (sort, false) => sort,
    };
    let pairs = [
        ("task", options.task),
        ("data", options.data),
        ("metric", options.metric),
        ("sort", sort),
        ("limit", Some(options.limit.to_string())),
    ];
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn row(row: &LeaderboardRow) -> Vec<String> {
    vec![
        row.rank.to_string(),
        row.model.clone(),
        format!("{:.4}", row.result.value),
        row.parameters.map(output::parameters).unwrap_or_default(),
        row.size_bytes.map(output::bytes).unwrap_or_default(),
        row.license.clone().unwrap_or_default(),
        source(&row.result),
    ]
}

/// Says where a figure comes from.
pub fn source(result: &ResultValue) -> String {
    let by = match &result.published_by {
        Some(by) => format!("published by {by}"),
        None => "here".to_owned(),
    };
    match &result.setting {
        Some(setting) => format!("{by}, {setting}"),
        None => by,
    }
}

fn print_choices(view: &LeaderboardView) {
    let kinds = [("task", &view.tasks), ("data", &view.data), ("metric", &view.metrics)];
    let row = |kind: &str, one: &BoardChoice| {
        let mark = if one.chosen { "*" } else { "" };
        vec![kind.to_owned(), one.value.clone(), one.models.to_string(), mark.to_owned()]
    };
    let rows: Vec<_> = kinds
        .into_iter()
        .flat_map(|(kind, all)| all.iter().map(move |one| row(kind, one)))
        .collect();
    output::table(&["choice", "value", "models", "shown"], &rows);
}
