//! Models in the order of what was measured.

use std::collections::{BTreeMap, BTreeSet};

use domain::Task;

use super::measurement::key;
use super::{Error, Measurement, Metric};

/// Which leaderboard is asked for; what is left open is chosen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The task; the one with the most models where it is left open, likewise below.
    pub task: Option<Task>,
    /// The data set.
    pub data: Option<&'a str>,
    /// The metric; of those that most models have, the one that people ask for first.
    pub metric: Option<&'a str>,
}

/// A leaderboard, and those beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaderboard<'a> {
    /// Tasks that something was measured for.
    pub tasks: Vec<Choice>,
    /// Data sets of the chosen task.
    pub data: Vec<Choice>,
    /// Metrics on the chosen data set.
    pub metrics: Vec<Choice>,
    /// The chosen metric.
    pub metric: Metric,
    /// The models, best first.
    pub rows: Vec<Ranked<'a>>,
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub value: String,
    /// How many models were measured.
    pub models: usize,
    /// Whether it is what is shown.
    pub chosen: bool,
}

/// A model at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// The place; models with the same value share one, and the next is left out.
    pub rank: usize,
    /// What was measured.
    pub measurement: &'a Measurement,
}

/// Ranks the models that were measured; `None` where there is nothing at all.
///
/// # Errors
/// Where nothing was measured for what is asked for.
pub fn leaderboard<'a>(
    all: &'a [Measurement],
    asked: Asked,
) -> Result<Option<Leaderboard<'a>>, Error> {
    let tasks = count(all.iter(), |one| one.task.to_string());
    let wanted = asked.task.map(|task| task.to_string());
    let Some((tasks, task)) = choose(tasks, wanted.as_deref(), by_models) else {
        return match wanted {
            Some(task) => Err(Error::Task { task, known: names(count(all.iter(), task_of)) }),
            None => Ok(None),
        };
    };
    let of_task: Vec<_> = all.iter().filter(|one| one.task.tag() == task).collect();
    let data = count(of_task.iter().copied(), |one| one.data.clone());
    let known = || names(count(of_task.iter().copied(), |one| one.data.clone()));
    let Some((data, set)) = choose(data, asked.data, by_models) else {
        let data = asked.data.unwrap_or_default().to_owned();
        return Err(Error::Data { task, data, known: known() });
    };
    let of_data: Vec<_> = of_task.iter().copied().filter(|one| one.data == set).collect();
    let metrics = count(of_data.iter().copied(), |one| one.metric.clone());
    let known = || names(count(of_data.iter().copied(), |one| one.metric.clone()));
    let Some((metrics, metric)) = choose(metrics, asked.metric, by_fame) else {
        let metric = asked.metric.unwrap_or_default().to_owned();
        return Err(Error::Metric { data: set, metric, known: known() });
    };
    let metric = Metric::of(&metric);
    let rows = rank(of_data.into_iter().filter(|one| one.metric == metric.name), &metric);
    Ok(Some(Leaderboard { tasks, data, metrics, metric, rows }))
}

fn task_of(one: &Measurement) -> String {
    one.task.to_string()
}

/// Counts the models of each value.
fn count<'a>(
    all: impl Iterator<Item = &'a Measurement>,
    value: impl Fn(&Measurement) -> String,
) -> Vec<Choice> {
    let mut models: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for one in all {
        let model = (&one.model.collection, &one.model.name);
        models.entry(value(one)).or_default().insert(model);
    }
    let choice = |(value, models): (String, BTreeSet<_>)| Choice {
        value,
        models: models.len(),
        chosen: false,
    };
    models.into_iter().map(choice).collect()
}

fn names(choices: Vec<Choice>) -> Vec<String> {
    choices.into_iter().map(|one| one.value).collect()
}

/// Sorts the choices and marks the wanted one, or the first; `None` where there is none such.
fn choose(
    mut choices: Vec<Choice>,
    wanted: Option<&str>,
    order: fn(&Choice) -> (usize, usize),
) -> Option<(Vec<Choice>, String)> {
    choices.sort_by_key(order);
    let chosen = match wanted {
        Some(wanted) => choices.iter_mut().find(|one| key(&one.value) == key(wanted)),
        None => choices.first_mut(),
    }?;
    chosen.chosen = true;
    let value = chosen.value.clone();
    Some((choices, value))
}

fn by_models(one: &Choice) -> (usize, usize) {
    (usize::MAX - one.models, 0)
}

fn by_fame(one: &Choice) -> (usize, usize) {
    (usize::MAX - one.models, Metric::place(&one.value))
}

/// Takes the newest of each model and puts them in order.
fn rank<'a>(all: impl Iterator<Item = &'a Measurement>, metric: &Metric) -> Vec<Ranked<'a>> {
    let mut newest: BTreeMap<_, &Measurement> = BTreeMap::new();
    for one in all {
        let entry = newest.entry((&one.model.collection, &one.model.name)).or_insert(one);
        if (one.created_ms, &one.evaluation) > (entry.created_ms, &entry.evaluation) {
            *entry = one;
        }
    }
    let mut all: Vec<_> = newest.into_values().collect();
    all.sort_by(|one, other| metric.better.order(one.value, other.value));
    let mut rows: Vec<Ranked> = Vec::with_capacity(all.len());
    for (at, measurement) in all.into_iter().enumerate() {
        let tied = rows.last().filter(|last| last.measurement.value == measurement.value);
        let rank = tied.map_or(at + 1, |last| last.rank);
        rows.push(Ranked { rank, measurement });
    }
    rows
}
