//! The machine that the server runs on.

use discover::Machine;

/// Looks at this machine's memory and cores; a system that does not tell has no memory.
pub fn this_machine() -> Machine {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").ok();
    let memory_bytes = memory.and_then(|text| read(&text, "MemTotal:")).unwrap_or(0);
    Machine { memory_bytes, cpus: u32::try_from(cpus).unwrap_or(0), gpus: 0 }
}

/// Returns the memory that programs could have now without others losing theirs, where the system
/// tells.
pub fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    read(&text, "MemAvailable:")
}

/// Reads a line such as `MemTotal:  16384 kB`.
fn read(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        let text = "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:    8192 kB\n";
        assert_eq!(read(text, "MemTotal:"), Some(16 << 20));
        assert_eq!(read(text, "MemAvailable:"), Some(8 << 20));
        assert_eq!(read("MemFree: 1 kB\n", "MemTotal:"), None);
        assert!(this_machine().cpus > 0);
    }
}
