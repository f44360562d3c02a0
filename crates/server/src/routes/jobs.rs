//! Following, cancelling and resuming jobs.

use std::convert::Infallible;
use std::time::Duration;

use api::{JobEvent, JobView, JobsView, LogsView, MetricPoint};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use domain::Fault;
use futures::Stream;
use jobs::NewJob;
use serde::Deserialize;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::views;

/// How often the stream looks for news.
const PERIOD: Duration = Duration::from_millis(200);
/// Jobs in one listing.
const LISTED_MAX: usize = 200;

/// Where to go on reading.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    /// The sequence number that was seen last.
    #[serde(default)]
    pub after: i64,
}

/// Puts a job into the queue and wakes the dispatcher.
///
/// # Errors
/// Where the database fails.
pub async fn enqueue(app: &App, job: NewJob, token: Option<String>) -> Result<JobView, Fault> {
    let job = app.jobs.enqueue(job).await?;
    if let Some(token) = token {
        app.secrets.put(&job.id, token);
    }
    app.job_added.notify_one();
    Ok(views::job(job))
}

/// Lists jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = JobsView)))]
pub async fn jobs(State(app): State<App>) -> ApiResult<Json<JobsView>> {
    jobs_view(&app).await.map(Json).map_err(ApiError)
}

/// Returns the newest jobs.
///
/// # Errors
/// Where the database fails.
pub async fn jobs_view(app: &App) -> Result<JobsView, Fault> {
    let jobs = app.jobs.list(LISTED_MAX).await?;
    Ok(JobsView { jobs: jobs.into_iter().map(views::job).collect() })
}

/// Shows one job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}",
    responses((status = 200, body = JobView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn job(State(app): State<App>, Path(id): Path<String>) -> ApiResult<Json<JobView>> {
    job_view(&app, &id).await.map(Json).map_err(ApiError)
}

/// Returns one job.
///
/// # Errors
/// Where there is no such job.
pub async fn job_view(app: &App, id: &str) -> Result<JobView, Fault> {
    Ok(views::job(app.jobs.get(id).await?))
}

/// Returns the lines of a job's log after one that was seen.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/logs",
    params(("after" = Option<i64>, Query, description = "the last `seq` that was seen")),
    responses((status = 200, body = LogsView), (status = 404, body = api::ErrorEnvelope)))]
pub async fn logs(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(After { after }): Query<After>,
) -> ApiResult<Json<LogsView>> {
    logs_view(&app, &id, after).await.map(Json).map_err(ApiError)
}

/// Returns log lines after `after`.
///
/// # Errors
/// Where there is no such job.
pub async fn logs_view(app: &App, id: &str, after: i64) -> Result<LogsView, Fault> {
    app.jobs.get(id).await?;
    let lines = app.jobs.logs(id, after).await?;
    Ok(LogsView { lines: lines.into_iter().map(views::log_line).collect() })
}

/// Returns the metrics of a job after a point that was seen.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/metrics",
    params(("after" = Option<i64>, Query, description = "the last `seq` that was seen")),
    responses((status = 200, body = Vec<MetricPoint>), (status = 404, body = api::ErrorEnvelope)))]
pub async fn metrics(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(After { after }): Query<After>,
) -> ApiResult<Json<Vec<MetricPoint>>> {
    metrics_of(&app, &id, after).await.map(Json).map_err(ApiError)
}

/// Returns metric points after `after`.
///
/// # Errors
/// Where there is no such job.
pub async fn metrics_of(app: &App, id: &str, after: i64) -> Result<Vec<MetricPoint>, Fault> {
    app.jobs.get(id).await?;
    let points = app.jobs.metrics(id, after).await?;
    Ok(points.into_iter().map(views::metric_point).collect())
}

/// Streams what happens to a job, as server-sent events, until it is over.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events",
    responses((status = 200, content_type = "text/event-stream", body = JobEvent)))]
pub async fn events(
    State(app): State<App>,
    Path(id): Path<String>,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    app.jobs.get(&id).await?;
    let stream = async_stream::stream! {
        for await event in job_events(app, id) {
            let data = serde_json::to_string(&event).unwrap_or_default();
            yield Ok(Event::default().data(data));
        }
    };
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// Yields the job whenever it changed, with its new log lines and metrics, until it is over.
pub fn job_events(app: App, id: String) -> impl Stream<Item = JobEvent> + Send {
    async_stream::stream! {
        let (mut seen, mut line_seen, mut point_seen) = (None, 0, 0);
        loop {
            let Ok(job) = job_view(&app, &id).await else { break };
            let news = logs_view(&app, &id, line_seen).await.map(|view| view.lines);
            for line in news.unwrap_or_default() {
                line_seen = line.seq;
                yield JobEvent::Log { line };
            }
            for point in metrics_of(&app, &id, point_seen).await.unwrap_or_default() {
                point_seen = point.seq;
                yield JobEvent::Metric { point };
            }
            let over = job.is_over();
            let state = serde_json::to_string(&job).ok();
            if state != seen {
                seen = state;
                yield JobEvent::Job { job: Box::new(job) };
            }
            if over {
                break;
            }
            tokio::time::sleep(PERIOD).await;
        }
    }
}

/// Stops a job between two steps.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel",
    responses((status = 200, body = JobView), (status = 409, body = api::ErrorEnvelope)))]
pub async fn cancel(State(app): State<App>, Path(id): Path<String>) -> ApiResult<Json<JobView>> {
    cancel_job(&app, &id).await.map(Json).map_err(ApiError)
}

/// Asks a job to stop.
///
/// # Errors
/// Where there is no such job or it is over.
pub async fn cancel_job(app: &App, id: &str) -> Result<JobView, Fault> {
    Ok(views::job(app.jobs.cancel(id).await?))
}

/// Starts a failed or cancelled job where it stopped.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/resume",
    responses((status = 200, body = JobView), (status = 409, body = api::ErrorEnvelope)))]
pub async fn resume(State(app): State<App>, Path(id): Path<String>) -> ApiResult<Json<JobView>> {
    resume_job(&app, &id).await.map(Json).map_err(ApiError)
}

/// Puts a failed or cancelled job back into the queue.
///
/// # Errors
/// Where there is no such job or it is not over.
pub async fn resume_job(app: &App, id: &str) -> Result<JobView, Fault> {
    let job = app.jobs.resume(id).await?;
    app.job_added.notify_one();
    Ok(views::job(job))
}
