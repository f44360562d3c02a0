//! How far a job is, how fast, and how long it will take.

use domain::Millis;
use serde::{Deserialize, Serialize};

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: String,
    /// Units per second since this attempt began to count.
    pub rate_per_second: Option<f64>,
    /// Seconds left at that rate.
    pub eta_seconds: Option<f64>,
    /// What is being done.
    #[serde(default)]
    pub message: String,
}

/// Where an attempt began to count a unit: the base of its rate.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    unit: String,
    done: u64,
    at_ms: Millis,
}

/// A rate over less than this is noise.
const RATE_AFTER_MS: Millis = 500;

impl Pace {
    /// Completes `progress` with rate and time left; starts again where another unit is counted.
    pub(crate) fn complete(pace: &mut Option<Self>, progress: &mut Progress, now_ms: Millis) {
        let begins = || Self { unit: progress.unit.clone(), done: progress.done, at_ms: now_ms };
        let base = match pace {
            Some(base) if base.unit == progress.unit && base.done <= progress.done => base,
            other => other.insert(begins()),
        };
        let elapsed_ms = now_ms - base.at_ms;
        let done = progress.done - base.done;
        if elapsed_ms < RATE_AFTER_MS || done == 0 {
            return;
        }
        let rate = done as f64 * 1_000.0 / elapsed_ms as f64;
        progress.rate_per_second = Some(rate);
        progress.eta_seconds =
            progress.total.map(|total| total.saturating_sub(progress.done) as f64 / rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(unit: &str, done: u64) -> Progress {
        Progress {
            done,
            total: Some(100),
            unit: unit.into(),
            rate_per_second: None,
            eta_seconds: None,
            message: String::new(),
        }
    }

    #[test]
    fn the_rate_counts_from_where_the_attempt_began() {
        let mut pace = None;
        let mut at = |unit, done, now_ms| {
            let mut progress = progress(unit, done);
            Pace::complete(&mut pace, &mut progress, now_ms);
            (progress.rate_per_second, progress.eta_seconds)
        };
        assert_eq!(at("rows", 40, 0), (None, None));
        assert_eq!(at("rows", 41, 100), (None, None));
        assert_eq!(at("rows", 60, 2_000), (Some(10.0), Some(4.0)));
        assert_eq!(at("steps", 60, 3_000), (None, None));
        assert_eq!(at("steps", 70, 4_000), (Some(10.0), Some(3.0)));
        assert_eq!(at("steps", 5, 5_000), (None, None));
    }
}
