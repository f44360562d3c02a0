//! What came of the requests, minute by minute.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::answer::Outcome;

/// What is wrong is shown so often; the rest is counted.
const SHOWN_MAX: usize = 20;

/// When the events of one stream came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    first: Option<Duration>,
    last: Duration,
    events: usize,
}

impl Times {
    /// Notes that so many events came, so long after the request.
    pub fn note(&mut self, at: Duration, events: usize) {
        self.first.get_or_insert(at);
        self.last = at;
        self.events += events;
    }
}

/// Counts of a stretch of time.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Complete answers.
    pub whole: u64,
    /// Refusals of what had to be refused.
    pub refused: u64,
    /// Times the queue was full.
    pub busy: u64,
    /// Times no worker could answer.
    pub unavailable: u64,
    /// Clients that left.
    pub left: u64,
    /// Whatever else.
    pub wrong: u64,
    /// From the request to the first event, of streams that were read to their end.
    pub first: Vec<Duration>,
    /// From event to event, on average over each of these streams.
    pub each: Vec<Duration>,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.whole += other.whole;
        self.refused += other.refused;
        self.busy += other.busy;
        self.unavailable += other.unavailable;
        self.left += other.left;
        self.wrong += other.wrong;
        self.first.extend(&other.first);
        self.each.extend(&other.each);
    }
}

/// Counts that all clients write to.
#[derive(Debug, Default)]
pub struct Tally {
    now: Mutex<Counts>,
    all: Mutex<Counts>,
    shown: Mutex<Vec<String>>,
}

impl Tally {
    /// Counts what came of a request.
    pub fn count(&self, outcome: Outcome) {
        let mut counts = lock(&self.now);
        match outcome {
            Outcome::Whole => counts.whole += 1,
            Outcome::Refused => counts.refused += 1,
            Outcome::Busy => counts.busy += 1,
            Outcome::Unavailable => counts.unavailable += 1,
            Outcome::Left => counts.left += 1,
            Outcome::Wrong(why) => {
                counts.wrong += 1;
                let mut shown = lock(&self.shown);
                if shown.len() < SHOWN_MAX {
                    eprintln!("wrong: {why}");
                    shown.push(why);
                }
            }
        }
    }

    /// Notes when the events of a stream came.
    pub fn time(&self, times: Times) {
        let Some(first) = times.first else { return };
        let mut counts = lock(&self.now);
        counts.first.push(first);
        if let Some(between) = times.events.checked_sub(1).filter(|between| *between > 0) {
            counts.each.push((times.last - first) / between as u32);
        }
    }

    /// Returns the counts since the last call.
    pub fn stretch(&self) -> Counts {
        let counts = std::mem::take(&mut *lock(&self.now));
        lock(&self.all).add(&counts);
        counts
    }

    /// Returns the counts of all stretches.
    pub fn total(&self) -> Counts {
        lock(&self.all).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_add_up() {
        let tally = Tally::default();
        tally.count(Outcome::Whole);
        tally.count(Outcome::Busy);
        let mut times = Times::default();
        times.note(Duration::from_millis(10), 1);
        times.note(Duration::from_millis(40), 3);
        tally.time(times);
        let first = tally.stretch();
        assert_eq!((first.whole, first.busy, first.first.len()), (1, 1, 1));
        assert_eq!(first.each, [Duration::from_millis(10)]);
        tally.count(Outcome::Whole);
        assert_eq!((tally.stretch().whole, tally.total().whole), (1, 2));
    }
}
