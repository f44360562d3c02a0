//! What the server and its worker hold: memory, open files, threads.

use std::fs;
use std::time::Duration;

use crate::bench::process;

/// What a process holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    /// Resident memory that is its own, in KiB.
    pub memory_kib: u64,
    /// Open files, connections among them.
    pub files: usize,
    /// Threads.
    pub threads: u64,
    /// Time of the processor, in ticks of a hundredth of a second.
    pub ticks: u64,
}

impl Held {
    /// Reads what a process holds; nothing where it is gone.
    pub fn by(pid: u32) -> Self {
        let status = process::status(pid);
        let files = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        let field = |name: &str| process::field(&status, name);
        let (memory_kib, threads) = (field("RssAnon"), field("Threads"));
        Self { memory_kib, files, threads, ticks: process::ticks(pid) }
    }
}

/// Returns how fast the memory grows over the second half of the samples, in KiB a minute: the
/// line that lies best through them.
pub fn slope(samples: &[(Duration, u64)]) -> f64 {
    let half = &samples[samples.len() / 2..];
    let count = half.len() as f64;
    let minutes = |at: Duration| at.as_secs_f64() / 60.0;
    let mean = |of: &dyn Fn(&(Duration, u64)) -> f64| half.iter().map(of).sum::<f64>() / count;
    let (time, memory) = (mean(&|one| minutes(one.0)), mean(&|one| one.1 as f64));
    let both = mean(&|one| (minutes(one.0) - time) * (one.1 as f64 - memory));
    let square = mean(&|one| (minutes(one.0) - time).powi(2));
    if square > 0.0 { both / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_holds_something() {
        let held = Held::by(std::process::id());
        assert!(held.memory_kib > 100 && held.files > 2 && held.threads > 0, "{held:?}");
        assert_eq!(Held::by(u32::MAX), Held::default());
    }

    #[test]
    fn the_slope_is_that_of_the_second_half() {
        let samples = |of: fn(u64) -> u64| -> Vec<_> {
            (0..20).map(|at| (Duration::from_secs(30 * at), of(at))).collect()
        };
        assert_eq!(slope(&samples(|_| 700)), 0.0);
        assert!((slope(&samples(|at| 1_000 + at * 50)) - 100.0).abs() < 1e-6);
        assert_eq!(slope(&samples(|at| if at < 10 { at * 1_000 } else { 9_000 })), 0.0);
    }
}
