//! What many durations say together.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Durations of one row on one side, in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// How many were measured.
    pub count: usize,
    /// Half were faster.
    pub p50: f64,
    /// Nine of ten were faster.
    pub p90: f64,
    /// Ninety-nine of a hundred were faster.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
    /// Whether the time for the row was up before every query was asked.
    pub cut: bool,
}

impl Latency {
    /// Sorts durations; `None` where there is none.
    pub fn of(mut durations: Vec<Duration>, cut: bool) -> Option<Self> {
        durations.sort_unstable();
        let at = |part: f64| percentile(&durations, part).map(|one| one.as_secs_f64() * 1e6);
        Some(Self {
            count: durations.len(),
            p50: at(0.50)?,
            p90: at(0.90)?,
            p99: at(0.99)?,
            max: at(1.0)?,
            cut,
        })
    }
}

/// Returns the smallest duration that `part` of all do not exceed.
fn percentile(sorted: &[Duration], part: f64) -> Option<Duration> {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Writes microseconds in the unit that reads best, with two or three digits.
pub fn text(microseconds: f64) -> String {
    match microseconds {
        ..10.0 => format!("{microseconds:.1} µs"),
        ..1_000.0 => format!("{microseconds:.0} µs"),
        ..10_000.0 => format!("{:.2} ms", microseconds / 1e3),
        ..100_000.0 => format!("{:.1} ms", microseconds / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", microseconds / 1e3),
        _ => format!("{:.1} s", microseconds / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let shuffled = (0..1_000).map(|number| Duration::from_micros(number * 7 % 1_000 + 1));
        let latency = Latency::of(shuffled.collect(), false).unwrap();
        let found = [latency.p50, latency.p90, latency.p99, latency.max];
        assert_eq!(found.map(f64::round), [500.0, 900.0, 990.0, 1_000.0]);
        assert_eq!(latency.count, 1_000);
    }

    #[test]
    fn one_duration_is_all_percentiles_and_none_is_nothing() {
        let latency = Latency::of(vec![Duration::from_millis(3)], true).unwrap();
        assert_eq!([latency.p50, latency.p99, latency.max].map(f64::round), [3_000.0; 3]);
        assert_eq!(Latency::of(Vec::new(), true), None);
    }

    #[test]
    fn durations_are_written_in_their_unit() {
        let cases = [
            (0.25, "0.2 µs"),
            (9.96, "10.0 µs"),
            (345.6, "346 µs"),
            (4_567.0, "4.57 ms"),
            (45_670.0, "45.7 ms"),
            (456_700.0, "457 ms"),
            (3_582_000.0, "3.6 s"),
        ];
        for (microseconds, expected) in cases {
            assert_eq!(text(microseconds), expected);
        }
    }
}
