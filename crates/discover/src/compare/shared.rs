//! The same data side by side.

use std::collections::BTreeMap;

use domain::{ModelRef, Task};

use super::{Measurement, Metric};

/// One metric on one data set, for several models.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared<'a> {
    /// The task.
    pub task: Task,
    /// The data set.
    pub data: &'a str,
    /// The metric.
    pub metric: Metric,
    /// The newest measurement of each model, in the order of the models.
    pub values: Vec<Option<&'a Measurement>>,
}

impl Shared<'_> {
    /// Returns how many of the models were measured.
    pub fn measured(&self) -> usize {
        self.values.iter().flatten().count()
    }

    /// Returns the best value, where at least two can be compared and not all are the same.
    pub fn best(&self) -> Option<f64> {
        let mut values: Vec<_> = self.values.iter().flatten().map(|one| one.value).collect();
        values.sort_by(|one, other| self.metric.better.order(*one, *other));
        let (best, worst) = (*values.first()?, *values.last()?);
        (best != worst).then_some(best)
    }
}

/// Gathers what was measured of any of the models; what all have in common comes first.
pub fn shared<'a>(all: &'a [Measurement], models: &[ModelRef]) -> Vec<Shared<'a>> {
    let mut found: BTreeMap<_, Shared> = BTreeMap::new();
    for one in all {
        for (at, _) in models.iter().enumerate().filter(|(_, model)| is_of(one, model)) {
            let place = (one.task.tag(), &one.data, Metric::place(&one.metric), &one.metric);
            let shared = found.entry(place).or_insert_with(|| Shared {
                task: one.task,
                data: &one.data,
                metric: Metric::of(&one.metric),
                values: vec![None; models.len()],
            });
            let known = &mut shared.values[at];
            let newer = |known: &Measurement| {
                (one.created_ms, &one.evaluation) > (known.created_ms, &known.evaluation)
            };
            if known.is_none_or(newer) {
                *known = Some(one);
            }
        }
    }
    let mut all: Vec<_> = found.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.measured()));
    all
}

/// What was published is of every version.
fn is_of(measurement: &Measurement, model: &ModelRef) -> bool {
    let measured = &measurement.model;
    measured.collection == model.collection
        && measured.name == model.name
        && (model.version.is_none()
            || measured.version.is_none()
            || measured.version == model.version)
}
