//! The resident memory of workers, where the system has `/proc`.

use std::fs;

/// Returns the memory of one process.
pub fn of_process(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// Returns the memory of a process and of all that it started.
pub fn of_group(leader: u32) -> Option<u64> {
    of_process(leader)?;
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Some(pids.filter(|pid| group(*pid) == Some(leader)).filter_map(of_process).sum())
}

fn group(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which may hold anything: state, parent, group.
    text.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_at_least_its_leader() {
        let leader = group(std::process::id()).unwrap();
        let own = of_process(std::process::id()).unwrap();
        // The leader may be gone, and memory may have been given back since.
        let all = of_group(leader).unwrap_or(u64::MAX);
        assert!(all >= own / 2, "{all} of a group, {own} of one of its processes");
        assert_eq!(of_group(u32::MAX), None);
    }
}
