//! The machine that the server runs on, or as much of it as its container may have.

use std::fs;
use std::path::{Path, PathBuf};

use discover::Machine;

/// Looks at this machine's memory and cores; a system that does not tell has no memory.
pub fn this_machine() -> Machine {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let all = meminfo("MemTotal:").unwrap_or(0);
    let memory_bytes = bounds().map(|bound| bound.limit).fold(all, u64::min);
    Machine { memory_bytes, cpus: u32::try_from(cpus).unwrap_or(0), gpus: 0 }
}

/// Returns the memory that programs could have now without others losing theirs, where the system
/// tells.
pub fn available_bytes() -> Option<u64> {
    let all = meminfo("MemAvailable:")?;
    Some(bounds().map(|bound| bound.free()).fold(all, u64::min))
}

fn meminfo(name: &str) -> Option<u64> {
    read(&fs::read_to_string("/proc/meminfo").ok()?, name)
}

/// Reads a line such as `MemTotal:  16384 kB`.
fn read(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// What a control group lets its processes have together (cgroups(7)), in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    limit: u64,
    /// Without cached files, which make room for others.
    used: u64,
}

impl Bound {
    fn free(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Reads that of a folder of either version of control groups; none where there is no limit.
    fn read(dir: &Path) -> Option<Self> {
        let text = |name: &str| fs::read_to_string(dir.join(name)).ok();
        let bytes = |name: &str| text(name)?.trim().parse::<u64>().ok();
        let limit = bytes("memory.max").or_else(|| bytes("memory.limit_in_bytes"))?;
        let used = bytes("memory.current").or_else(|| bytes("memory.usage_in_bytes"))?;
        let facts = text("memory.stat").unwrap_or_default();
        let fact = |name: &str| {
            let mut lines = facts.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(found, _)| *found == name)?.1.parse::<u64>().ok()
        };
        let cached = fact("total_inactive_file").or_else(|| fact("inactive_file")).unwrap_or(0);
        Some(Self { limit, used: used.saturating_sub(cached) })
    }
}

/// Returns the bounds of the groups that this process is in.
fn bounds() -> impl Iterator<Item = Bound> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    folders(&groups, Path::new("/sys/fs/cgroup")).into_iter().filter_map(|dir| Bound::read(&dir))
}

/// Returns the folders of the groups that `/proc/self/cgroup` names, and of those around them: a
/// container sees its own as the outermost.
fn folders(groups: &str, root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(kinds), Some(group)) = (parts.next(), parts.next()) else { continue };
        let top = match kinds {
            "" => root.to_owned(),
            kinds if kinds.split(',').any(|kind| kind == "memory") => root.join("memory"),
            _ => continue,
        };
        let own = top.join(group.trim_start_matches('/'));
        all.extend(own.ancestors().take_while(|dir| dir.starts_with(&top)).map(Path::to_owned));
    }
    all
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

    #[test]
    fn groups_are_those_of_memory_and_all_around_them() {
        let check = |groups: &str, expected: &[&str]| {
            let found = folders(groups, Path::new("/g"));
            let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(found, expected, "{groups}");
        };
        check("0::/\n", &["/g"]);
        check("0::/user/a\n", &["/g/user/a", "/g/user", "/g"]);
        check("4:cpu:/a\n3:hugetlb,memory:/b\n", &["/g/memory/b", "/g/memory"]);
        check("nonsense\n", &[]);
    }

    #[test]
    fn a_bound_does_not_count_cached_files() {
        let check = |files: &[(&str, &str)], expected: Option<(u64, u64)>| {
            let dir = tempfile::tempdir().unwrap();
            for (name, text) in files {
                fs::write(dir.path().join(name), text).unwrap();
            }
            let found = Bound::read(dir.path()).map(|bound| (bound.limit, bound.free()));
            assert_eq!(found, expected, "{files:?}");
        };
        let stat = ("memory.stat", "anon 100\ninactive_file 30\n");
        check(&[("memory.max", "1000\n"), ("memory.current", "400\n"), stat], Some((1000, 630)));
        check(&[("memory.max", "max\n"), ("memory.current", "400\n"), stat], None);
        let used = ("memory.usage_in_bytes", "700");
        check(&[("memory.limit_in_bytes", "600"), used], Some((600, 0)));
        check(&[], None);
    }
}
