//! Long work: state, progress, logs, metrics.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Identifies the job.
    pub id: String,
    /// `import`, `evaluate`, `finetune` or `batch`.
    pub kind: String,
    /// One line for lists.
    pub title: String,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
    /// How often it was started.
    pub attempt: u32,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    /// Milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_ms: Option<i64>,
}

impl JobView {
    /// Tells whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "succeeded" | "failed" | "cancelled")
    }
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units in all, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// What is counted: `bytes`, `rows`, `steps`.
    pub unit: String,
    /// Units per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_second: Option<f64>,
    /// Seconds left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<f64>,
    /// What is being done.
    #[serde(default)]
    pub message: String,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobError {
    /// The stable code of the error envelope.
    pub code: String,
    /// One sentence with its causes.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Jobs, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobsView {
    /// The jobs.
    pub jobs: Vec<JobView>,
}

/// One line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Counts the lines of the job.
    pub seq: i64,
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// The text.
    pub line: String,
}

/// A part of a job's log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogsView {
    /// The lines in order.
    pub lines: Vec<LogLine>,
}

/// One value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricPoint {
    /// Counts the points of the job.
    pub seq: i64,
    /// `train/loss`, `validation/accuracy`, …
    pub name: String,
    /// The training step.
    pub step: u64,
    /// The value.
    pub value: f64,
}

/// What the event stream of a job carries, one JSON object an event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum JobEvent {
    /// The job changed.
    Job {
        /// The whole job.
        job: Box<JobView>,
    },
    /// A line was logged.
    Log {
        /// The line.
        line: LogLine,
    },
    /// A metric was recorded.
    Metric {
        /// The point.
        point: MetricPoint,
    },
}
