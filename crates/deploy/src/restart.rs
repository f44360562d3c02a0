//! When a worker process that died comes back.

use domain::Millis;

/// How patient to be with a worker that keeps dying.
#[derive(Clone, Copy, Debug)]
pub struct RestartPolicy {
    /// The wait after the first death.
    pub backoff_ms: Millis,
    /// The longest wait.
    pub backoff_max_ms: Millis,
    /// A worker that lived this long starts with a clean record.
    pub healthy_after_ms: Millis,
    /// Deaths in a row before the deployment counts as failed.
    pub deaths_max: u32,
}

impl Default for RestartPolicy {
    /// A fifth of a second at first, half a minute at most, five deaths in a row.
    fn default() -> Self {
        Self { backoff_ms: 200, backoff_max_ms: 30_000, healthy_after_ms: 60_000, deaths_max: 5 }
    }
}

/// What to do about a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start again at this moment.
    StartAt(Millis),
    /// Leave it; the deployment failed.
    GiveUp,
}

/// The deaths of one worker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restarts {
    deaths_in_a_row: u32,
    total: u32,
}

impl Restarts {
    /// Notes a death and says what to do.
    pub fn died(&mut self, policy: &RestartPolicy, lived_ms: Millis, now_ms: Millis) -> Verdict {
        if lived_ms >= policy.healthy_after_ms {
            self.deaths_in_a_row = 0;
        }
        self.deaths_in_a_row += 1;
        self.total += 1;
        if self.deaths_in_a_row >= policy.deaths_max {
            return Verdict::GiveUp;
        }
        let doubled = policy.backoff_ms << (self.deaths_in_a_row - 1).min(20);
        Verdict::StartAt(now_ms + doubled.min(policy.backoff_max_ms))
    }

    /// Returns how often the worker came back.
    pub fn total(&self) -> u32 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let policy = RestartPolicy::default();
        let mut restarts = Restarts::default();
        let verdicts: Vec<_> = (0..5).map(|_| restarts.died(&policy, 10, 1_000)).collect();
        let expected = [1_200, 1_400, 1_800, 2_600].map(Verdict::StartAt);
        assert_eq!(verdicts[..4], expected);
        assert_eq!(verdicts[4], Verdict::GiveUp);
    }

    #[test]
    fn a_long_life_clears_the_record() {
        let policy = RestartPolicy::default();
        let mut restarts = Restarts::default();
        for _ in 0..4 {
            restarts.died(&policy, 10, 0);
        }
        assert_eq!(restarts.died(&policy, 60_000, 0), Verdict::StartAt(200));
        assert_eq!(restarts.total(), 5);
    }
}
