//! The table of a soak, a line each minute, and what it was held to.

use std::fmt::Write;
use std::time::Duration;

use super::tally::Counts;
use super::watch::Held;

/// A stretch of the soak.
pub struct Line {
    /// The minute.
    pub minute: usize,
    /// How long it was.
    pub time: Duration,
    /// What came of its requests.
    pub counts: Counts,
    /// What the server and the worker held at its end.
    pub held: [Held; 2],
}

/// Something that the soak was held to.
pub struct Check {
    /// What.
    pub what: String,
    /// What came of it.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
    /// Whether that is so.
    pub met: bool,
}

/// Returns the head of the table.
pub fn head() -> String {
    "| minute | answers/s | refused | 429 | 503 | left | wrong | first token p50 / p99, ms \
     | a token p50 / p99, ms | memory, MiB | files | threads |\n\
     |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        .to_owned()
}

/// Writes a line; pairs are those of the server and the worker.
pub fn line(line: &Line) -> String {
    let Line { minute, time, counts, held: [server, worker] } = line;
    let rate = counts.whole as f64 / time.as_secs_f64();
    let mib = |held: &Held| held.memory_kib as f64 / 1024.0;
    format!(
        "| {minute} | {rate:.0} | {} | {} | {} | {} | {} | {} | {} | {:.1} + {:.1} | {} + {} \
         | {} + {} |",
        counts.refused,
        counts.busy,
        counts.unavailable,
        counts.left,
        counts.wrong,
        two(&counts.first),
        two(&counts.each),
        mib(server),
        mib(worker),
        server.files,
        worker.files,
        server.threads,
        worker.threads,
    )
}

/// Writes the median and the 99th percentile in milliseconds.
fn two(durations: &[Duration]) -> String {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let at = |part: f64| {
        let rank = (part * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).map_or(f64::NAN, |one| one.as_secs_f64() * 1e3)
    };
    format!("{:.1} / {:.1}", at(0.50), at(0.99))
}

/// Writes what the soak was held to.
pub fn checks(checks: &[Check]) -> String {
    let mut text = String::from("| | found | wanted | met |\n|---|--:|--:|---|\n");
    for Check { what, found, wanted, met } in checks {
        let met = if *met { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {what} | {found} | {wanted} | {met} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_a_line() {
        let milliseconds =
            |list: &[u64]| list.iter().map(|ms| Duration::from_millis(*ms)).collect();
        let counts = Counts {
            whole: 120,
            busy: 7,
            left: 3,
            first: milliseconds(&[10, 30, 20]),
            each: milliseconds(&[1]),
            ..Counts::default()
        };
        let held = Held { memory_kib: 2_048, files: 9, threads: 4, ticks: 0 };
        let time = Duration::from_secs(60);
        let text = line(&Line { minute: 1, time, counts, held: [held, held] });
        let expected = "| 1 | 2 | 0 | 7 | 0 | 3 | 0 | 20.0 / 30.0 | 1.0 / 1.0 | 2.0 + 2.0 \
                        | 9 + 9 | 4 + 4 |";
        assert_eq!(text, expected);
        assert_eq!(head().lines().next().unwrap().matches('|').count(), text.matches('|').count());
    }
}
