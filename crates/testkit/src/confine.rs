//! Runs many cases in a process that may take only so much memory and time, so that what a case
//! takes beyond them, and what no test survives, is a failure that names the case.

use std::env;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Set in the confined process: the file that holds the number of the case.
const PLACE: &str = "MODELDEX_TEST_CONFINED";
/// Other cases than the usual ones, as `FIRST..END`: one that failed, or a million more.
const SEEDS: &str = "MODELDEX_TEST_SEEDS";
/// How much of what a failed process said is shown.
const WORDS_MAX: usize = 4_000;

/// What the cases of a test may take.
#[derive(Clone, Copy, Debug)]
pub struct Confined {
    /// The test's name, as the test runner knows it.
    pub test: &'static str,
    /// Address space of the process.
    pub memory_mib: u64,
    /// Time of one case; a busy machine makes it longer, so it is generous.
    pub case_time: Duration,
    /// How many cases.
    pub cases: u64,
}

impl Confined {
    /// Runs `case` with each seed.
    ///
    /// # Panics
    /// Where a case fails, ends the process, or takes more than it may; the message has the seed.
    pub fn run(self, case: impl FnMut(u64)) {
        let usual = 0..self.cases;
        let seeds = env::var(SEEDS).ok().and_then(|text| range(&text)).unwrap_or(usual);
        match env::var_os(PLACE) {
            Some(place) => self.run_here(&PathBuf::from(place), seeds, case),
            None => self.run_apart(&seeds),
        }
    }

    fn run_here(self, place: &Path, seeds: Range<u64>, mut case: impl FnMut(u64)) {
        for seed in seeds {
            std::fs::write(place, seed.to_string()).expect("the case is noted");
            let began = Instant::now();
            case(seed);
            let taken = began.elapsed();
            assert!(taken < self.case_time, "case {seed} took {taken:?}");
        }
    }

    fn run_apart(self, seeds: &Range<u64>) {
        let place = env::temp_dir().join(format!("{}-{}", self.test, std::process::id()));
        let cases = (seeds.end - seeds.start).max(1);
        // An endless case ends with the time of the processor; the others share it.
        let seconds = 2 * self.case_time.as_secs() + cases;
        let kib = self.memory_mib << 10;
        let limits = format!("ulimit -v {kib} && ulimit -t {seconds} && exec \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &limits, "sh"])
            .arg(env::current_exe().expect("this test's program"))
            .args(["--exact", self.test, "--nocapture"])
            .env(PLACE, &place)
            // Each of the allocator's arenas reserves address space, which is what is bounded.
            .env("MALLOC_ARENA_MAX", "1")
            .output()
            .expect("a shell");
        let seed = std::fs::read_to_string(&place);
        let _ = std::fs::remove_file(&place);
        let said = String::from_utf8_lossy(&output.stderr);
        let said = &said[said.floor_char_boundary(said.len().saturating_sub(WORDS_MAX))..];
        let Ok(seed) = seed else { panic!("`{}` ran no case: {said}", self.test) };
        let status = output.status;
        assert!(status.success(), "`{}` ended at case {seed} ({status}): {said}", self.test);
    }
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    Some(first.parse().ok()?..end.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn confined(test: &'static str) -> Confined {
        Confined { test, memory_mib: 512, case_time: Duration::from_secs(5), cases: 4 }
    }

    /// Runs cases, and returns what is said of the failure.
    fn failure(test: &'static str, case: impl FnMut(u64)) -> String {
        let run = || confined(test).run(case);
        let failed = catch_unwind(AssertUnwindSafe(run)).expect_err("a failure");
        if env::var_os(PLACE).is_some() {
            std::panic::resume_unwind(failed);
        }
        *failed.downcast::<String>().expect("a message")
    }

    #[test]
    fn sound_cases_pass() {
        confined("confine::tests::sound_cases_pass").run(|_| ());
    }

    #[test]
    fn a_case_that_takes_too_much_is_named() {
        let said = failure("confine::tests::a_case_that_takes_too_much_is_named", |seed| {
            let bytes = if seed == 2 { 1 << 32 } else { 1 };
            assert!(std::hint::black_box(vec![1_u8; bytes]).len() == bytes);
        });
        assert!(said.contains("ended at case 2") && said.contains("memory allocation"), "{said}");
    }

    #[test]
    fn a_case_that_fails_is_named() {
        let said = failure("confine::tests::a_case_that_fails_is_named", |seed| {
            assert_ne!(seed, 3, "not this one");
        });
        assert!(said.contains("ended at case 3") && said.contains("not this one"), "{said}");
    }

    #[test]
    fn a_range_of_seeds_is_read() {
        assert_eq!(range("7..9"), Some(7..9));
        assert_eq!(range("7"), None);
    }
}
