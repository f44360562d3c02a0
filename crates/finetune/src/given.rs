//! Hyper-parameters as a person gave them, read with their bounds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use native::train::classifier::Schedule;
use serde_json::Value;

use crate::{Error, Result};

/// Every name that is known, in the order of the guide.
const KNOWN: &[&str] = &[
    "epochs",
    "batch_size",
    "accumulation",
    "learning_rate",
    "schedule",
    "warmup_ratio",
    "weight_decay",
    "clip_norm",
    "patience",
    "seed",
    "tokens_max",
    "rank",
    "alpha",
    "validation_split",
];

/// What a person chose, by name.
#[derive(Debug)]
pub(crate) struct Given<'a>(&'a BTreeMap<String, Value>);

impl<'a> Given<'a> {
    /// Takes them where every name is known.
    pub(crate) fn new(given: &'a BTreeMap<String, Value>) -> Result<Self> {
        match given.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            None => Ok(Self(given)),
            Some(name) => Err(Error::UnknownHyperparameter {
                name: name.clone(),
                known: KNOWN.iter().map(|name| (*name).to_owned()).collect(),
                near: data::near(name, KNOWN.iter().copied(), 1).first().map(|n| (*n).to_owned()),
            }),
        }
    }

    /// Tells whether a value was given; null is as good as none.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Reads a whole number within bounds, or takes the default.
    pub(crate) fn whole(
        &self,
        name: &'static str,
        bounds: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64> {
        let Some(value) = self.value(name) else { return Ok(default) };
        // A form sends every value as text.
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        number.filter(|number| bounds.contains(number)).ok_or_else(|| {
            let (least, most) = (bounds.start(), bounds.end());
            let wanted = match *most {
                u64::MAX => format!("a whole number from {least} on"),
                _ => format!("a whole number from {least} to {most}"),
            };
            wrong(name, value, wanted)
        })
    }

    /// Reads a number within bounds, or takes the default.
    pub(crate) fn number(
        &self,
        name: &'static str,
        bounds: RangeInclusive<f64>,
        default: f64,
    ) -> Result<f64> {
        let Some(value) = self.value(name) else { return Ok(default) };
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        number.filter(|number| bounds.contains(number)).ok_or_else(|| {
            wrong(name, value, format!("a number from {} to {}", bounds.start(), bounds.end()))
        })
    }

    /// Reads the schedule, or takes the default.
    pub(crate) fn schedule(&self, default: Schedule) -> Result<Schedule> {
        let name = "schedule";
        match self.value(name).map(|value| (value, value.as_str())) {
            None => Ok(default),
            Some((_, Some("linear"))) => Ok(Schedule::Linear),
            Some((_, Some("cosine"))) => Ok(Schedule::Cosine),
            Some((_, Some("constant"))) => Ok(Schedule::Constant),
            Some((value, _)) => {
                Err(wrong(name, value, "`linear`, `cosine` or `constant`".to_owned()))
            }
        }
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn wrong(name: &'static str, value: &Value, wanted: String) -> Error {
    Error::Hyperparameter { name, value: value.to_string(), wanted }
}
