//! From measurements to what crosses the wire: results side by side, and trade-offs.

use api::{MetricView, ResultValue, RunCost, SharedResult, TradeOff, TradeOffPoint};
use catalog::ModelRecord;
use discover::Machine;
use discover::compare::{Better, Candidate, Measurement, Metric, Shared, pareto};
use discover::fit::{self, Load, Precision, Shape};
use domain::{Fault, Kind};

use crate::results::Results;

/// A conversation is seldom longer.
const CONTEXT_USUAL: u64 = 8_192;

/// What quality is drawn against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The number of parameters.
    Parameters,
    /// Bytes of files.
    Size,
    /// Milliseconds for a row, where it was measured here.
    Speed,
}

impl Against {
    const ALL: [Self; 3] = [Self::Parameters, Self::Size, Self::Speed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Size => "size",
            Self::Speed => "speed",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            Fault::new(Kind::Invalid, format!("nothing is drawn against `{text}`"))
                .hint("choose one of `parameters`, `size`, `speed`")
        })
    }

    fn cost(self, results: &Results, one: &Measurement) -> Option<f64> {
        let record = results.models.get(&one.model.unversioned());
        let cost = match self {
            Self::Parameters => record?.parameters? as f64,
            Self::Size => record?.size_bytes? as f64,
            Self::Speed => 1_000.0 / rate(results, one)?,
        };
        Some(cost)
    }
}

fn rate(results: &Results, one: &Measurement) -> Option<f64> {
    results.rates.get(one.job.as_ref()?).copied()
}

/// Shows a metric.
pub fn metric(metric: &Metric) -> MetricView {
    MetricView {
        name: metric.name.clone(),
        title: metric.title.clone(),
        lower_is_better: metric.better == Better::Lower,
        low: metric.range.map(|(low, _)| low),
        high: metric.range.map(|(_, high)| high),
    }
}

/// Shows what a measurement found.
pub fn result(one: &Measurement) -> ResultValue {
    ResultValue {
        value: one.value,
        model: one.model.to_string(),
        published_by: one.published_by.clone(),
        setting: one.setting.clone(),
        rows: one.rows,
        evaluation: one.evaluation.clone(),
        job: one.job.clone(),
        created_ms: one.created_ms,
    }
}

/// Shows one metric on one data set for several models.
pub fn shared(one: &Shared) -> SharedResult {
    SharedResult {
        task: one.task.to_string(),
        data: one.data.to_owned(),
        metric: metric(&one.metric),
        values: one.values.iter().map(|value| value.map(result)).collect(),
        best: one.best(),
    }
}

/// Returns the name that a list shows, and whether a collection lists the model.
pub fn named(results: &Results, one: &Measurement) -> (String, bool) {
    match results.models.get(&one.model.unversioned()) {
        Some(record) => (record.display_name.clone(), true),
        None => (one.model.name.to_string(), false),
    }
}

/// Tells what a model of which only its listing is known takes on a machine.
pub fn cost(results: &Results, one: &Measurement, machine: Machine) -> RunCost {
    let rows_per_second = rate(results, one);
    let Some(record) = results.models.get(&one.model.unversioned()) else {
        let because = "no collection lists it, so that its size is not known".to_owned();
        let verdict = fit::Verdict::NotKnown.as_str().to_owned();
        return RunCost { verdict, because, rows_per_second, ..RunCost::default() };
    };
    let estimate = fit::run(
        &listed_shape(record),
        Precision::Bf16,
        Load { context: CONTEXT_USUAL, streams: 1 },
    );
    let (verdict, because) = estimate.verdict(&machine);
    RunCost {
        size_bytes: record.size_bytes,
        memory_bytes: estimate.known_bytes(),
        verdict: verdict.as_str().to_owned(),
        because,
        rows_per_second,
    }
}

/// Of a listing without a count, the bytes are all there is: most are published in 16 bits.
fn listed_shape(record: &ModelRecord) -> Shape {
    let of_bytes = record.parameters.is_none() && record.size_bytes.is_some();
    Shape {
        parameters: record.parameters,
        file_bytes: record.size_bytes,
        precision: of_bytes.then_some(Precision::Bf16),
        ..Shape::default()
    }
}

/// Shows quality against cost; `None` where fewer than two models can be drawn against anything.
///
/// Without a wish it is what most of the models are known by, the first where two are the same.
///
/// # Errors
/// Where there is no such cost.
pub fn trade_off(
    results: &Results,
    measured: &[&Measurement],
    wanted: Option<&str>,
) -> Result<Option<TradeOff>, Fault> {
    let wanted = wanted.map(Against::parse).transpose()?;
    let known = |against: &Against| {
        measured.iter().filter(|one| against.cost(results, one).is_some()).count()
    };
    let choices: Vec<_> = Against::ALL.into_iter().filter(|one| known(one) >= 2).collect();
    let best = choices.iter().copied().rev().max_by_key(known);
    let chosen = wanted.filter(|wanted| choices.contains(wanted)).or(best);
    let (Some(against), Some(first)) = (chosen, measured.first()) else { return Ok(None) };
    let of = Metric::of(&first.metric);
    let costs = measured.iter().filter_map(|one| Some((*one, against.cost(results, one)?)));
    let costs: Vec<_> = costs.collect();
    let candidates: Vec<_> =
        costs.iter().map(|(one, cost)| Candidate { cost: *cost, quality: one.value }).collect();
    let front = pareto(&candidates, of.better);
    let point = |(at, (one, cost)): (usize, &(&Measurement, f64))| TradeOffPoint {
        model: one.model.unversioned(),
        display_name: named(results, one).0,
        cost: *cost,
        quality: one.value,
        front: front.contains(&at),
    };
    Ok(Some(TradeOff {
        against: against.as_str().to_owned(),
        choices: choices.iter().map(|one| one.as_str().to_owned()).collect(),
        data: first.data.clone(),
        metric: metric(&of),
        points: costs.iter().enumerate().map(point).collect(),
        left_out: measured.len() - costs.len(),
    }))
}
