//! What workers do: claim, keep the lease, write, finish; and what happens when they die.

use db::{Tx, Value};
use domain::{Fault, Millis};

use super::ask::RELEASED;
use super::read::{COLUMNS, read_job};
use super::{Claim, Jobs};
use crate::context::Recorded;
use crate::job::may_pass;
use crate::{Error, Job, JobError, Progress, Result};

/// How long a started worker may take to claim its job: loading a program takes less.
const START_TIME_MS: Millis = 15_000;
/// The pause before the first retry; it doubles.
const BACKOFF_MS: Millis = 1_000;
const BACKOFF_MAX_MS: Millis = 300_000;
/// Lines of a job's log; what comes later is dropped, with a notice.
const LINES_MAX: i64 = 20_000;

/// The job is still this attempt's.
const OURS: &str = "id = $1 AND attempt = $2 AND state IN ('running', 'cancelling')";

/// How a claimed job ended.
#[derive(Debug)]
pub(crate) enum End {
    Succeeded(serde_json::Value),
    Failed(Fault),
    Cancelled,
}

impl Jobs {
    /// Picks up to `limit` jobs that are due and holds them back for a worker that is starting.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn due(&self, limit: usize) -> Result<Vec<String>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now_ms();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .db
            .rows(
                "UPDATE job SET due_ms = $1 WHERE state = 'queued' AND id IN (SELECT id FROM job \
                 WHERE state = 'queued' AND due_ms <= $2 ORDER BY number LIMIT $3) RETURNING id",
                &[(now + START_TIME_MS).into(), now.into(), limit.into()],
            )
            .await?;
        Ok(rows.iter().map(|row| row.text("id")).collect::<std::result::Result<_, _>>()?)
    }

    /// Takes a queued job for `lease_ms`; `None` where another was quicker.
    pub async fn claim(&self, id: &str, worker: &str, lease_ms: Millis) -> Result<Option<Claim>> {
        let now = self.clock.now_ms();
        let sql = format!(
            "UPDATE job SET state = 'running', attempt = attempt + 1, worker = $2, \
             lease_until_ms = $3, started_ms = $4, progress = NULL \
             WHERE id = $1 AND state = 'queued' RETURNING {COLUMNS}"
        );
        let until = now + lease_ms;
        let values = [id.into(), worker.into(), until.into(), now.into()];
        let row = self.db.row(&sql, &values).await?;
        row.map(|row| Ok(Claim { job: read_job(&row)?, lease_ms })).transpose()
    }

    /// Renews the lease and writes what gathered; returns whether the job was asked to stop.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] where another attempt has the job.
    pub(crate) async fn write(&self, claim: &Claim, told: &Recorded) -> Result<bool> {
        let now = self.clock.now_ms();
        let job = &claim.job;
        let mut tx = self.db.begin().await?;
        let sql = format!(
            "UPDATE job SET lease_until_ms = $3, progress = COALESCE($4, progress) \
             WHERE {OURS} RETURNING cancel_asked"
        );
        let progress = told.progress.as_ref().map(progress_json);
        let until = now + claim.lease_ms;
        let values = [job.id.as_str().into(), job.attempt.into(), until.into(), progress.into()];
        let Some(row) = tx.row(&sql, &values).await? else {
            return Err(lost(job));
        };
        write_lines(&mut tx, &job.id, now, &told.lines).await?;
        write_metrics(&mut tx, &job.id, &told.metrics).await?;
        tx.commit().await?;
        Ok(row.int("cancel_asked")? != 0)
    }

    /// Ends a claimed job; a failure that may pass goes back into the queue while retries last.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] where another attempt has the job.
    pub(crate) async fn end(&self, claim: &Claim, end: End) -> Result<Job> {
        let now = self.clock.now_ms();
        let job = &claim.job;
        let (state, result, error, due) = match end {
            End::Succeeded(result) => ("succeeded", Some(result.to_string()), None, now),
            End::Cancelled => ("cancelled", None, None, now),
            End::Failed(fault) if may_pass(&fault) && job.attempt <= job.retries_max => {
                ("queued", None, Some(error_json(&fault)), now + backoff(job.attempt))
            }
            End::Failed(fault) => ("failed", None, Some(error_json(&fault)), now),
        };
        let finished = (state != "queued").then_some(now);
        let sql = format!(
            "UPDATE job SET state = $3, result = $4, error = $5, due_ms = $6, finished_ms = $7, \
             {RELEASED} WHERE {OURS}"
        );
        let values: [Value; 7] = [
            job.id.as_str().into(),
            job.attempt.into(),
            state.into(),
            result.into(),
            error.into(),
            due.into(),
            finished.into(),
        ];
        if self.db.execute(&sql, &values).await? == 0 {
            return Err(lost(job));
        }
        self.get(&job.id).await
    }

    /// Takes back the jobs whose lease ran out.
    pub async fn reap(&self) -> Result<()> {
        let now = self.clock.now_ms();
        let sql = format!(
            "SELECT {COLUMNS} FROM job WHERE state IN ('running', 'cancelling') \
             AND lease_until_ms < $1"
        );
        for row in self.db.rows(&sql, &[now.into()]).await? {
            self.take_back(&read_job(&row)?).await?;
        }
        Ok(())
    }

    /// Takes back a job whose worker is known to be dead, without waiting for its lease.
    ///
    /// A job that another worker has by now is left alone.
    pub async fn worker_died(&self, id: &str, worker: &str) -> Result<()> {
        let job = self.get(id).await?;
        let elsewhere = job.worker.as_deref().is_some_and(|holder| holder != worker);
        if job.state.is_over() || elsewhere {
            return Ok(());
        }
        self.take_back(&job).await
    }

    /// Queues a dead attempt's job again, or gives it up; fenced by the attempt.
    async fn take_back(&self, job: &Job) -> Result<()> {
        let now = self.clock.now_ms();
        let again = job.attempt <= job.retries_max;
        let message = format!("the worker died in attempt {} of `{}`", job.attempt, job.id);
        let fault = Fault::new(domain::Kind::Unavailable, message)
            .hint(format!("`modeldex jobs resume {}` goes on where it stopped", job.id));
        let sql = format!(
            "UPDATE job SET error = $3, due_ms = $4, \
             attempt = attempt + CASE WHEN state = 'queued' THEN 1 ELSE 0 END, \
             finished_ms = CASE WHEN cancel_asked = 1 OR $5 = 0 THEN $6 ELSE NULL END, \
             state = CASE WHEN cancel_asked = 1 THEN 'cancelled' \
             WHEN $5 = 0 THEN 'failed' ELSE 'queued' END, {RELEASED} \
             WHERE id = $1 AND attempt = $2 AND state IN ('queued', 'running', 'cancelling')"
        );
        let values: [Value; 6] = [
            job.id.as_str().into(),
            job.attempt.into(),
            error_json(&fault).into(),
            (now + backoff(job.attempt)).into(),
            i64::from(again).into(),
            now.into(),
        ];
        self.db.execute(&sql, &values).await?;
        Ok(())
    }

    pub(crate) fn now_ms(&self) -> Millis {
        self.clock.now_ms()
    }
}

fn lost(job: &Job) -> Error {
    Error::LeaseLost { id: job.id.clone(), attempt: job.attempt }
}

fn backoff(attempt: u32) -> Millis {
    (BACKOFF_MS << attempt.saturating_sub(1).min(20)).min(BACKOFF_MAX_MS)
}

fn progress_json(progress: &Progress) -> String {
    serde_json::to_string(progress).unwrap_or_default()
}

fn error_json(fault: &Fault) -> String {
    serde_json::to_string(&JobError::from(fault)).unwrap_or_default()
}

async fn last_seq(tx: &mut Tx, sql: &str, id: &str) -> Result<i64> {
    let row = tx.row(sql, &[id.into()]).await?;
    Ok(row.map(|row| row.opt_int("seq")).transpose()?.flatten().unwrap_or(0))
}

async fn write_lines(tx: &mut Tx, id: &str, now: Millis, lines: &[String]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut seq = last_seq(tx, "SELECT MAX(seq) AS seq FROM job_log WHERE job = $1", id).await?;
    for line in lines {
        seq += 1;
        let line = match seq {
            ..LINES_MAX => line.as_str(),
            LINES_MAX => "… the log is full: later lines are dropped",
            _ => break,
        };
        let values = [id.into(), seq.into(), now.into(), line.into()];
        tx.execute("INSERT INTO job_log (job, seq, at_ms, line) VALUES ($1, $2, $3, $4)", &values)
            .await?;
    }
    Ok(())
}

async fn write_metrics(tx: &mut Tx, id: &str, metrics: &[(String, u64, f64)]) -> Result<()> {
    if metrics.is_empty() {
        return Ok(());
    }
    let mut seq = last_seq(tx, "SELECT MAX(seq) AS seq FROM job_metric WHERE job = $1", id).await?;
    for (name, step, value) in metrics {
        seq += 1;
        let step = i64::try_from(*step).unwrap_or(i64::MAX);
        let values = [id.into(), seq.into(), name.as_str().into(), step.into(), (*value).into()];
        tx.execute(
            "INSERT INTO job_metric (job, seq, name, step, value) VALUES ($1, $2, $3, $4, $5)",
            &values,
        )
        .await?;
    }
    Ok(())
}
