//! Requests that arrive together share passes through the body.
//!
//! No thread of its own: of the requests that wait, one runs the next pass for all.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::encoder::batch::Sequence;
use crate::{Error, Result};

/// Lets requests share passes of a bounded number of tokens.
#[derive(Debug)]
pub(super) struct Batcher {
    tokens_max: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// The hidden states of a sequence: some rows of a pass.
type Rows = (Arc<Vec<f32>>, Range<usize>);

#[derive(Debug, Default)]
struct Queue {
    /// In the order in which they came.
    requests: Vec<Request>,
    running: bool,
    next_id: u64,
}

#[derive(Debug)]
struct Request {
    id: u64,
    /// The longest first: they are taken from the end.
    waiting: Vec<(usize, Sequence)>,
    /// How many sequences are in the pass that runs.
    taken: usize,
    done: Vec<(usize, Rows)>,
    /// Whether a pass with one of its sequences was lost.
    lost: bool,
}

/// A sequence in a pass: whose it is, and its number there.
type Member = (u64, usize, Sequence);

/// What a request has to do next.
enum Step {
    Finish(Vec<(usize, Rows)>),
    Run(Vec<Member>),
    End,
}

impl Batcher {
    /// Makes a batcher whose passes have up to `tokens_max` tokens, or one longer sequence.
    pub(super) fn new(tokens_max: usize) -> Self {
        Self { tokens_max, queue: Mutex::default(), changed: Condvar::new() }
    }

    /// Runs sequences through `forward`, beside those of other requests, and hands the rows of
    /// each to `finish` as they are ready.
    ///
    /// `forward` must be the same for all requests. It returns the rows of all sequences, in order.
    ///
    /// # Errors
    /// Where a pass with one of the sequences broke down.
    pub(super) fn run(
        &self,
        sequences: Vec<Sequence>,
        width: usize,
        forward: impl Fn(&[Sequence]) -> Vec<f32>,
        mut finish: impl FnMut(usize, &[f32]),
    ) -> Result<()> {
        let request = Entered { id: self.enter(sequences), batcher: self };
        loop {
            match self.next(request.id)? {
                Step::Finish(rows) => {
                    for (number, (hidden, rows)) in rows {
                        finish(number, &hidden[rows.start * width..rows.end * width]);
                    }
                }
                Step::Run(members) => self.pass(members, &forward),
                Step::End => return Ok(()),
            }
        }
    }

    fn enter(&self, sequences: Vec<Sequence>) -> u64 {
        let mut queue = self.lock();
        let id = queue.next_id;
        queue.next_id += 1;
        queue.requests.push(Request::new(id, sequences));
        id
    }

    /// Waits until there is something to do for a request.
    fn next(&self, id: u64) -> Result<Step> {
        let mut queue = self.lock();
        loop {
            let running = queue.running;
            let Some(request) = queue.of(id) else { return Err(Error::Stopped) };
            if request.lost {
                return Err(Error::Stopped);
            }
            if !request.done.is_empty() {
                return Ok(Step::Finish(std::mem::take(&mut request.done)));
            }
            if request.waiting.is_empty() && request.taken == 0 {
                return Ok(Step::End);
            }
            if !running {
                queue.running = true;
                return Ok(Step::Run(take(&mut queue.requests, self.tokens_max)));
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn pass(&self, members: Vec<Member>, forward: &impl Fn(&[Sequence]) -> Vec<f32>) {
        let (owners, sequences): (Vec<_>, Vec<_>) =
            members.into_iter().map(|(id, number, sequence)| ((id, number), sequence)).unzip();
        let mut pass = Pass { batcher: self, owners, results: None };
        let hidden = Arc::new(forward(&sequences));
        let mut end = 0;
        let rows = sequences.iter().map(|sequence| {
            let start = end;
            end += sequence.tokens.len();
            (Arc::clone(&hidden), start..end)
        });
        pass.results = Some(rows.collect());
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    fn new(id: u64, sequences: Vec<Sequence>) -> Self {
        let mut waiting: Vec<_> = sequences.into_iter().enumerate().collect();
        waiting.sort_by_key(|(number, sequence)| Reverse((sequence.tokens.len(), *number)));
        Self { id, waiting, taken: 0, done: Vec::new(), lost: false }
    }
}

impl Queue {
    fn of(&mut self, id: u64) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| request.id == id)
    }
}

/// Chooses what the next pass runs: in each round one sequence of every request, the shortest that
/// it has left, until nothing more fits. A request with thousands of texts holds up no other.
fn take(requests: &mut [Request], tokens_max: usize) -> Vec<Member> {
    let (mut members, mut tokens) = (Vec::new(), 0);
    loop {
        let before = members.len();
        for request in requests.iter_mut() {
            let Some((_, sequence)) = request.waiting.last() else { continue };
            let more = sequence.tokens.len();
            if members.is_empty() || tokens + more <= tokens_max {
                tokens += more;
                request.taken += 1;
                let taken = request.waiting.pop();
                members.extend(taken.map(|(number, sequence)| (request.id, number, sequence)));
            }
        }
        if members.len() == before {
            return members;
        }
    }
}

/// A request that leaves the queue when it ends, however it ends.
struct Entered<'a> {
    id: u64,
    batcher: &'a Batcher,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.batcher.lock().requests.retain(|request| request.id != self.id);
    }
}

/// A pass that hands out its rows when it ends, or tells its requests that it broke down.
struct Pass<'a> {
    batcher: &'a Batcher,
    owners: Vec<(u64, usize)>,
    results: Option<Vec<Rows>>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut queue = self.batcher.lock();
        queue.running = false;
        let mut results = self.results.take().unwrap_or_default().into_iter();
        for (id, number) in self.owners.drain(..) {
            let rows = results.next();
            let Some(request) = queue.of(id) else { continue };
            request.taken -= 1;
            match rows {
                Some(rows) => request.done.push((number, rows)),
                None => request.lost = true,
            }
        }
        drop(queue);
        self.batcher.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
