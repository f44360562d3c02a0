//! What a job sees of the world: progress, log, metrics, cancel, and a folder that survives.
//!
//! Its methods never wait, so that compute threads and async code may call them alike; a task
//! writes what gathered to the database a few times a second.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Progress;

/// Lines or points that may gather between two writes; a job that writes more is a loop.
const PENDING_MAX: usize = 10_000;

/// The job's side of its row.
#[derive(Clone, Debug)]
pub struct Context {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: String,
    scratch: PathBuf,
    cancelled: AtomicBool,
    pending: Mutex<Recorded>,
}

/// What a job told and nobody wrote down yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// The last progress.
    pub progress: Option<Progress>,
    /// Lines in order.
    pub lines: Vec<String>,
    /// Name, step and value in order.
    pub metrics: Vec<(String, u64, f64)>,
}

impl Context {
    pub(crate) fn new(id: &str, scratch: PathBuf) -> Self {
        let inner = Inner {
            id: id.to_owned(),
            scratch,
            cancelled: AtomicBool::new(false),
            pending: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Makes a context without a queue: what is told stays in memory for [`Context::take`].
    pub fn detached(scratch: impl Into<PathBuf>) -> Self {
        Self::new("detached", scratch.into())
    }

    /// Returns the job's id.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// Returns the job's folder: it is there, and stays over restarts until the job is purged.
    pub fn scratch(&self) -> &Path {
        &self.inner.scratch
    }

    /// Tells whether the job should stop at the next step.
    pub fn cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Acquire)
    }

    /// Asks the job to stop at the next step.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Release);
    }

    /// Tells how far the job is, in `unit`s; the last call wins.
    pub fn progress(&self, done: u64, total: Option<u64>, unit: &str) {
        self.stage(done, total, unit, "");
    }

    /// Tells how far the job is and what it is doing.
    pub fn stage(&self, done: u64, total: Option<u64>, unit: &str, message: &str) {
        self.pending().progress = Some(Progress {
            done,
            total,
            unit: unit.to_owned(),
            rate_per_second: None,
            eta_seconds: None,
            message: message.to_owned(),
        });
    }

    /// Writes a line to the job's log.
    pub fn log(&self, line: impl Into<String>) {
        let mut pending = self.pending();
        match pending.lines.len() {
            0..PENDING_MAX => pending.lines.push(line.into()),
            PENDING_MAX => pending.lines.push("… more lines than can be kept".to_owned()),
            _ => {}
        }
    }

    /// Records a value of a metric.
    pub fn metric(&self, name: &str, step: u64, value: f64) {
        let mut pending = self.pending();
        if pending.metrics.len() < PENDING_MAX {
            pending.metrics.push((name.to_owned(), step, value));
        }
    }

    /// Takes what was told since the last call.
    pub fn take(&self) -> Recorded {
        std::mem::take(&mut *self.pending())
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Recorded> {
        self.inner.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
