//! What people ask of the queue: enqueue, cancel, resume.

use db::Value;

use super::Jobs;
use super::read::COLUMNS;
use crate::{Error, Job, NewJob, Result, State};

impl Jobs {
    /// Puts a job at the end of the queue.
    ///
    /// # Errors
    /// Where the database fails; likewise below.
    pub async fn enqueue(&self, new: NewJob) -> Result<Job> {
        let now = self.clock.now_ms();
        let mut tx = self.db.begin().await?;
        let row = tx
            .row(
                "INSERT INTO counter (name, value) VALUES ('job', 1) \
                 ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
                &[],
            )
            .await?;
        let number = row.map_or(Ok(1), |row| row.int("value"))?;
        let id = format!("job-{number}");
        tx.execute(
            "INSERT INTO job (id, number, kind, title, payload, state, attempt, retries_max, \
             due_ms, cancel_asked, created_ms) \
             VALUES ($1, $2, $3, $4, $5, 'queued', 0, $6, $7, 0, $7)",
            &[
                id.as_str().into(),
                number.into(),
                new.kind.into(),
                new.title.into(),
                new.payload.to_string().into(),
                new.retries_max.into(),
                now.into(),
            ],
        )
        .await?;
        tx.commit().await?;
        self.get(&id).await
    }

    /// Stops a job: a queued one at once, a running one at its next step.
    ///
    /// # Errors
    /// Where there is no such job or it is over.
    pub async fn cancel(&self, id: &str) -> Result<Job> {
        let now = self.clock.now_ms();
        let changed = self
            .db
            .execute(
                "UPDATE job SET cancel_asked = 1, \
                 finished_ms = CASE WHEN state = 'queued' THEN $2 ELSE finished_ms END, \
                 state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE 'cancelling' END \
                 WHERE id = $1 AND state IN ('queued', 'running', 'cancelling')",
                &[id.into(), now.into()],
            )
            .await?;
        let job = self.get(id).await?;
        if changed == 0 {
            return Err(wrong_state("cancel", &job));
        }
        Ok(job)
    }

    /// Puts a failed or cancelled job back into the queue, with fresh retries and its folder kept.
    ///
    /// # Errors
    /// Where there is no such job or it did not stop.
    pub async fn resume(&self, id: &str) -> Result<Job> {
        let now = self.clock.now_ms();
        let changed = self
            .db
            .execute(
                &format!(
                    "UPDATE job SET state = 'queued', due_ms = $2, cancel_asked = 0, \
                     retries_max = retries_max + attempt, error = NULL, finished_ms = NULL, \
                     {RELEASED} WHERE id = $1 AND state IN ('failed', 'cancelled')"
                ),
                &[id.into(), now.into()],
            )
            .await?;
        let job = self.get(id).await?;
        if changed == 0 {
            return Err(wrong_state("resume", &job));
        }
        Ok(job)
    }

    /// Deletes jobs that were over before `before_ms`, with their logs and metrics.
    pub async fn purge(&self, before_ms: i64) -> Result<Vec<String>> {
        let mut tx = self.db.begin().await?;
        let sql = format!("SELECT {COLUMNS} FROM job WHERE finished_ms < $1");
        let rows = tx.rows(&sql, &[before_ms.into()]).await?;
        let ids: Vec<String> =
            rows.iter().map(|row| row.text("id")).collect::<std::result::Result<_, _>>()?;
        for id in &ids {
            let id = [Value::from(id.as_str())];
            tx.execute("DELETE FROM job_log WHERE job = $1", &id).await?;
            tx.execute("DELETE FROM job_metric WHERE job = $1", &id).await?;
            tx.execute("DELETE FROM job WHERE id = $1", &id).await?;
        }
        tx.commit().await?;
        Ok(ids)
    }
}

/// Nobody holds the job.
pub(super) const RELEASED: &str = "lease_until_ms = NULL, worker = NULL";

fn wrong_state(what: &'static str, job: &Job) -> Error {
    let state: State = job.state;
    Error::State { what, id: job.id.clone(), state: state.as_str() }
}
