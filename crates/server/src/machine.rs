//! The machine that the server runs on.

use discover::Machine;

/// Looks at this machine's memory and cores; a system that does not tell has no memory.
pub fn this_machine() -> Machine {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").ok();
    let memory_bytes = memory.and_then(|text| total(&text)).unwrap_or(0);
    Machine { memory_bytes, cpus: u32::try_from(cpus).unwrap_or(0), gpus: 0 }
}

/// Reads `MemTotal:  16384 kB`.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        assert_eq!(total("MemTotal:       16384 kB\nMemFree: 1 kB\n"), Some(16 << 20));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert!(this_machine().cpus > 0);
    }
}
