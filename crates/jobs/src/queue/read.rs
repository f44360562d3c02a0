//! Reading jobs, logs and metrics.

use db::Row;

use super::Jobs;
use crate::{Error, Job, LogLine, MetricPoint, Result, State};

pub(super) const COLUMNS: &str = "id, kind, title, payload, state, progress, result, error, \
     attempt, retries_max, worker, created_ms, started_ms, finished_ms";
/// Lines or points in one answer; a reader goes on after the last.
const PAGE_MAX: i64 = 5_000;

impl Jobs {
    /// Returns one job.
    ///
    /// # Errors
    /// Where there is no such job; below, where the database fails.
    pub async fn get(&self, id: &str) -> Result<Job> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = $1");
        match self.db.row(&sql, &[id.into()]).await? {
            Some(row) => read_job(&row),
            None => Err(Error::NotFound { id: id.to_owned() }),
        }
    }

    /// Returns the newest jobs.
    pub async fn list(&self, limit: usize) -> Result<Vec<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM job ORDER BY number DESC LIMIT $1");
        let limit = i64::try_from(limit).unwrap_or(PAGE_MAX);
        self.db.rows(&sql, &[limit.into()]).await?.iter().map(read_job).collect()
    }

    /// Returns the lines of a job after the one numbered `after`.
    pub async fn logs(&self, id: &str, after: i64) -> Result<Vec<LogLine>> {
        let sql = "SELECT seq, at_ms, line FROM job_log WHERE job = $1 AND seq > $2 \
                   ORDER BY seq LIMIT $3";
        let rows = self.db.rows(sql, &[id.into(), after.into(), PAGE_MAX.into()]).await?;
        let read = |row: &Row| {
            Ok(LogLine { seq: row.int("seq")?, at_ms: row.int("at_ms")?, line: row.text("line")? })
        };
        rows.iter().map(read).collect()
    }

    /// Returns the metric points of a job after the one numbered `after`.
    pub async fn metrics(&self, id: &str, after: i64) -> Result<Vec<MetricPoint>> {
        let sql = "SELECT seq, name, step, value FROM job_metric WHERE job = $1 AND seq > $2 \
                   ORDER BY seq LIMIT $3";
        let rows = self.db.rows(sql, &[id.into(), after.into(), PAGE_MAX.into()]).await?;
        let read = |row: &Row| {
            Ok(MetricPoint {
                seq: row.int("seq")?,
                name: row.text("name")?,
                step: row.int("step")?.unsigned_abs(),
                value: row.real("value")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

pub(super) fn read_job(row: &Row) -> Result<Job> {
    let id = row.text("id")?;
    let stored = |why: String| Error::Stored { id: id.clone(), why };
    let json = |text: &str| serde_json::from_str(text).map_err(|error| stored(error.to_string()));
    let state = row.text("state")?;
    let count = |column: &str| -> Result<u32> {
        u32::try_from(row.int(column)?).map_err(|error| stored(error.to_string()))
    };
    let progress = match row.opt_text("progress")? {
        Some(text) => Some(serde_json::from_str(&text).map_err(|error| stored(error.to_string()))?),
        None => None,
    };
    let error = match row.opt_text("error")? {
        Some(text) => Some(serde_json::from_str(&text).map_err(|error| stored(error.to_string()))?),
        None => None,
    };
    Ok(Job {
        kind: row.text("kind")?,
        title: row.text("title")?,
        payload: json(&row.text("payload")?)?,
        state: State::parse(&state).ok_or_else(|| stored(format!("`{state}` is no state")))?,
        progress,
        result: row.opt_text("result")?.as_deref().map(json).transpose()?,
        error,
        attempt: count("attempt")?,
        retries_max: count("retries_max")?,
        worker: row.opt_text("worker")?,
        created_ms: row.int("created_ms")?,
        started_ms: row.opt_int("started_ms")?,
        finished_ms: row.opt_int("finished_ms")?,
        id,
    })
}
