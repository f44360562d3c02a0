//! A job and what belongs to it.

use domain::{Fault, Kind, Millis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Progress;

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// A worker holds its lease and was asked to stop.
    Cancelling,
    /// Done; its result is there.
    Succeeded,
    /// Given up; its error is there.
    Failed,
    /// Stopped because somebody asked.
    Cancelled,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Cancelling,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Tells whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A job to be.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What sort of work: decides who runs it.
    pub kind: String,
    /// One line for lists.
    pub title: String,
    /// What the work needs to know; holds no secret.
    pub payload: Value,
    /// How often it may be started again after a failure that may pass.
    pub retries_max: u32,
}

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// `job-1`, `job-2`, …
    pub id: String,
    /// What sort of work.
    pub kind: String,
    /// One line for lists.
    pub title: String,
    /// What the work needs to know.
    pub payload: Value,
    /// What it is doing.
    pub state: State,
    /// How far it is.
    pub progress: Option<Progress>,
    /// What it made.
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// How often it was started.
    pub attempt: u32,
    /// How often it may be started again.
    pub retries_max: u32,
    /// Who runs it.
    pub worker: Option<String>,
    /// When it was enqueued.
    pub created_ms: Millis,
    /// When it was last started.
    pub started_ms: Option<Millis>,
    /// When it was over.
    pub finished_ms: Option<Millis>,
}

/// Why a job failed: a fault in a form that can be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// The spelling of [`Kind::code`].
    pub code: String,
    /// One sentence with its causes.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl From<&Fault> for JobError {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.kind().code().to_owned(),
            message: fault.chain(),
            hint: fault.hint_text().map(str::to_owned),
        }
    }
}

/// Tells whether the same work may succeed later.
pub(crate) fn may_pass(fault: &Fault) -> bool {
    matches!(fault.kind(), Kind::Unavailable | Kind::Busy)
}

/// One line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Counts the lines of the job from 1.
    pub seq: i64,
    /// When it was written.
    pub at_ms: Millis,
    /// The text.
    pub line: String,
}

/// One value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricPoint {
    /// Counts the points of the job from 1.
    pub seq: i64,
    /// The metric.
    pub name: String,
    /// The step.
    pub step: u64,
    /// The value.
    pub value: f64,
}
