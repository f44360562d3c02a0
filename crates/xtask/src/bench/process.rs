//! What the system says about this process and others.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The kernel counts processor time in hundredths of a second (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Memory of a process in KiB, as its `/proc/…/status` tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// Resident at most.
    pub peak: u64,
    /// Of what is resident, its own.
    pub own: u64,
    /// Of what is resident, mapped files, which the system may take back.
    pub mapped: u64,
}

impl Memory {
    /// Reads that of this process.
    pub fn now() -> Self {
        Self::parse(&status("self"))
    }

    /// Reads that of a process; nothing where it is gone.
    pub fn of(pid: u32) -> Self {
        Self::parse(&status(pid))
    }

    fn parse(status: &str) -> Self {
        let field = |name| field(status, name);
        Self {
            resident: field("VmRSS"),
            peak: field("VmHWM"),
            own: field("RssAnon"),
            mapped: field("RssFile"),
        }
    }
}

/// Reads what the system tells of a process; nothing where it is gone.
pub fn status(process: impl Display) -> String {
    fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default()
}

/// Returns a number of a status; 0 where it has none of that name.
pub fn field(status: &str, name: &str) -> u64 {
    let value = || {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_prefix(':')?.trim().trim_end_matches(" kB").parse().ok()
    };
    value().unwrap_or_default()
}

/// Returns the processor time that this process has used, all its threads together.
pub fn cpu_seconds() -> f64 {
    ticks("self") as f64 / TICKS_PER_SECOND
}

/// Returns the processor time that a process has used, in hundredths of a second.
pub fn ticks(process: impl Display) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program is in brackets and may hold blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// Returns the bytes of every file in a folder.
pub fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// Returns the processor's name with its cores, where the system tells it.
pub fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": ")).map(|(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{cores} cores of {}, load {load}", name.unwrap_or(std::env::consts::ARCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status() {
        let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nRssAnon:\t     700 kB\n\
                      RssFile:\t     324 kB\n";
        let memory = Memory { resident: 1_024, peak: 2_048, own: 700, mapped: 324 };
        assert_eq!(Memory::parse(status), memory);
        assert_eq!(Memory::parse(""), Memory::default());
    }

    #[test]
    fn this_process_has_memory() {
        assert!(Memory::of(std::process::id()).resident > 1 << 10);
        assert_eq!(Memory::of(0), Memory::default());
    }
}
