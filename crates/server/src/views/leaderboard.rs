//! Leaderboards as they cross the wire.

use std::collections::BTreeMap;

use api::{BoardChoice, LeaderboardQuery, LeaderboardRow, LeaderboardView, Overview, OverviewRow};
use discover::Machine;
use discover::compare::{Asked, Choice, Leaderboard, Measurement, Metric, Ranked};
use domain::{Fault, Kind, Task};

use super::compare::{cost, metric, named, result, trade_off};
use crate::results::Results;

/// A page that people read to its end.
const LIMIT_DEFAULT: usize = 100;
/// More rows are for programs, which ask for another data set instead.
const LIMIT_MAX: usize = 1_000;
/// More rows of an overview are another page.
const OVERVIEW_ROWS_MAX: usize = 30;
/// More columns fit no screen.
const OVERVIEW_DATA_MAX: usize = 30;

/// Ranks the models.
///
/// # Errors
/// Where nothing was measured for what is asked for, or there is no such order.
pub fn leaderboard(
    results: &Results,
    machine: Machine,
    query: &LeaderboardQuery,
) -> Result<LeaderboardView, Fault> {
    let task = query.task.as_deref().map(discover::parse_task).transpose()?;
    let asked = Asked { task, data: query.data.as_deref(), metric: query.metric.as_deref() };
    let Some(board) = discover::compare::leaderboard(&results.measurements, asked)? else {
        return Ok(LeaderboardView::default());
    };
    let measured: Vec<_> = board.rows.iter().map(|row| row.measurement).collect();
    let mut rows: Vec<_> = board.rows.iter().map(|one| row(results, machine, one)).collect();
    sort(&mut rows, query.sort.as_deref().unwrap_or("rank"))?;
    rows.truncate(query.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX));
    Ok(LeaderboardView {
        tasks: board.tasks.iter().map(|one| choice(one, task_title)).collect(),
        data: board.data.iter().map(|one| choice(one, str::to_owned)).collect(),
        metrics: board.metrics.iter().map(|one| choice(one, metric_title)).collect(),
        metric: Some(metric(&board.metric)),
        total: board.rows.len(),
        rows,
        trade_off: trade_off(results, &measured, query.against.as_deref())?,
        overview: overview(results, &board),
    })
}

fn choice(one: &Choice, title: fn(&str) -> String) -> BoardChoice {
    BoardChoice {
        value: one.value.clone(),
        title: title(&one.value),
        models: one.models,
        chosen: one.chosen,
    }
}

fn task_title(tag: &str) -> String {
    tag.parse::<Task>().map_or_else(|_| tag.to_owned(), |task| task.title().to_owned())
}

fn metric_title(name: &str) -> String {
    Metric::of(name).title
}

fn row(results: &Results, machine: Machine, one: &Ranked) -> LeaderboardRow {
    let measured = one.measurement;
    let (display_name, listed) = named(results, measured);
    let record = results.models.get(&measured.model.unversioned());
    LeaderboardRow {
        rank: one.rank,
        model: measured.model.unversioned(),
        display_name,
        listed,
        result: result(measured),
        parameters: record.and_then(|record| record.parameters),
        size_bytes: record.and_then(|record| record.size_bytes),
        license: record.map(|record| record.license.to_string()),
        license_family: record.map(|record| record.license.family().as_str().to_owned()),
        cost: cost(results, measured, machine),
    }
}

/// Sorts rows; what is not known comes last, whichever way.
fn sort(rows: &mut [LeaderboardRow], by: &str) -> Result<(), Fault> {
    let (name, backwards) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
    let order: fn(&LeaderboardRow) -> (Option<u64>, Option<String>) = match name {
        "rank" => |row| (Some(row.rank as u64), None),
        "model" => |row| (Some(0), Some(row.display_name.to_lowercase())),
        "parameters" => |row| (row.parameters, None),
        "size" => |row| (row.size_bytes, None),
        "license" => |row| (row.license.as_ref().map(|_| 0), row.license.clone()),
        "memory" => |row| (row.cost.memory_bytes, None),
        _ => {
            let message = format!("`{by}` is not an order of a leaderboard");
            let hint = "choose one of `rank`, `model`, `parameters`, `size`, `license`, `memory`; \
                        with `-` before it, backwards";
            return Err(Fault::new(Kind::Invalid, message).hint(hint));
        }
    };
    rows.sort_by(|one, other| {
        let ((one, one_text), (other, other_text)) = (order(one), order(other));
        let known = other.is_some().cmp(&one.is_some());
        let values = one.cmp(&other).then(one_text.cmp(&other_text));
        known.then(if backwards { values.reverse() } else { values })
    });
    Ok(())
}

/// Puts the models of a task beside each other on all data that the metric was measured on;
/// `None` where that is one data set, or one model.
fn overview(results: &Results, board: &Leaderboard) -> Option<Overview> {
    let task = board.rows.first()?.measurement.task;
    let of_metric = |one: &&Measurement| one.task == task && one.metric == board.metric.name;
    let mut data: BTreeMap<&str, usize> = BTreeMap::new();
    let mut models: BTreeMap<String, BTreeMap<&str, &Measurement>> = BTreeMap::new();
    for one in results.measurements.iter().filter(of_metric) {
        let of_model = models.entry(one.model.unversioned()).or_default();
        let known = of_model.entry(&one.data).or_insert(one);
        if (one.created_ms, &one.evaluation) > (known.created_ms, &known.evaluation) {
            *known = one;
        }
    }
    models.values().flat_map(BTreeMap::keys).for_each(|one| *data.entry(one).or_default() += 1);
    let mut data: Vec<_> = data.into_iter().filter(|(_, models)| *models > 1).collect();
    data.sort_by_key(|(_, models)| std::cmp::Reverse(*models));
    data.truncate(OVERVIEW_DATA_MAX);
    let data: Vec<_> = data.into_iter().map(|(name, _)| name).collect();
    let all = models.len();
    let mut rows = full_rows(results, models, &data);
    let better = board.metric.better;
    rows.sort_by(|one, other| better.order(one.mean, other.mean));
    rows.truncate(OVERVIEW_ROWS_MAX);
    (data.len() > 1 && rows.len() > 1).then(|| Overview {
        metric: metric(&board.metric),
        left_out: all - rows.len(),
        data: data.into_iter().map(str::to_owned).collect(),
        rows,
    })
}

/// Keeps the models with the most data sets: a mean over fewer is another figure.
fn full_rows(
    results: &Results,
    models: BTreeMap<String, BTreeMap<&str, &Measurement>>,
    data: &[&str],
) -> Vec<OverviewRow> {
    let measured = |of: &BTreeMap<&str, &Measurement>| {
        data.iter().filter(|name| of.contains_key(**name)).count()
    };
    let most = models.values().map(measured).max().unwrap_or(0);
    let row = |(model, of): (String, BTreeMap<&str, &Measurement>)| {
        let count = measured(&of);
        if count < most || most == 0 {
            return None;
        }
        let (display_name, listed) = named(results, of.values().next()?);
        let values: Vec<_> = data.iter().map(|name| of.get(name).map(|one| one.value)).collect();
        let mean = values.iter().flatten().sum::<f64>() / count as f64;
        Some(OverviewRow { model, display_name, listed, mean, values })
    };
    models.into_iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_comes_last_whichever_way() {
        let row = |name: &str, parameters| LeaderboardRow {
            rank: 1,
            model: name.into(),
            display_name: name.into(),
            listed: true,
            result: api::ResultValue {
                value: 0.5,
                model: name.into(),
                published_by: None,
                setting: None,
                rows: None,
                evaluation: String::new(),
                job: None,
                created_ms: 0,
            },
            parameters,
            size_bytes: None,
            license: None,
            license_family: None,
            cost: api::RunCost::default(),
        };
        let sorted = |by: &str| {
            let mut rows = [row("b", None), row("c", Some(7)), row("A", Some(3))];
            sort(&mut rows, by).unwrap();
            rows.map(|row| row.model).concat()
        };
        assert_eq!(sorted("parameters"), "Acb");
        assert_eq!(sorted("-parameters"), "cAb");
        assert_eq!(sorted("model"), "Abc");
        assert_eq!(sorted("-model"), "cbA");
        assert!(sort(&mut [], "beauty").is_err());
    }
}
