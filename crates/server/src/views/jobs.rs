//! Jobs as clients see them.

use api::{JobError, JobView, LogLine, MetricPoint, Progress};
use jobs::Job;

/// Shows a job.
pub fn job(job: Job) -> JobView {
    JobView {
        state: job.state.as_str().to_owned(),
        progress: job.progress.map(progress),
        error: job.error.map(error),
        id: job.id,
        kind: job.kind,
        title: job.title,
        payload: job.payload,
        result: job.result,
        attempt: job.attempt,
        created_ms: job.created_ms,
        started_ms: job.started_ms,
        finished_ms: job.finished_ms,
    }
}

/// Shows a line of a job's log.
pub fn log_line(line: jobs::LogLine) -> LogLine {
    LogLine { seq: line.seq, at_ms: line.at_ms, line: line.line }
}

/// Shows a value of a job's metric.
pub fn metric_point(point: jobs::MetricPoint) -> MetricPoint {
    MetricPoint { seq: point.seq, name: point.name, step: point.step, value: point.value }
}

fn progress(progress: jobs::Progress) -> Progress {
    Progress {
        done: progress.done,
        total: progress.total,
        unit: progress.unit,
        rate_per_second: progress.rate_per_second,
        eta_seconds: progress.eta_seconds,
        message: progress.message,
    }
}

fn error(error: jobs::JobError) -> JobError {
    JobError { code: error.code, message: error.message, hint: error.hint }
}
