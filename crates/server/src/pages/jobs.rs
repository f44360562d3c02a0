//! Jobs: the list, one job with live charts, and its buttons.

use std::time::Duration;

use api::{JobEvent, JobView, LogLine, MetricPoint};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Fault;
use futures::{Stream, StreamExt};
use ui::JobFacts;

use super::answer::{PageResult, page, see_other, shell};
use super::live::{PERIOD, done, patch, stream};
use crate::app::App;
use crate::routes;

/// Answers `GET /jobs`.
pub async fn jobs(State(app): State<App>) -> PageResult {
    let view = routes::jobs_view(&app).await?;
    Ok(page(StatusCode::OK, ui::jobs(&shell(&app), &view).into_string()))
}

/// Answers `GET /jobs/live`: the list, whenever it changed.
pub async fn jobs_live(State(app): State<App>) -> Response {
    stream(async_stream::stream! {
        let mut shown = String::new();
        while let Ok(view) = routes::jobs_view(&app).await {
            let html = ui::jobs_list(app.clock.now_ms(), &view).into_string();
            if html != shown {
                shown.clone_from(&html);
                yield patch(html);
            }
            tokio::time::sleep(PERIOD).await;
        }
    })
}

/// Answers `GET /jobs/{id}`.
pub async fn job(State(app): State<App>, Path(id): Path<String>) -> PageResult {
    let job = routes::job_view(&app, &id).await?;
    let points = routes::metrics_of(&app, &id, 0).await?;
    let lines = routes::logs_view(&app, &id, 0).await?.lines;
    let facts = JobFacts { job: &job, points: &points, lines: &lines };
    Ok(page(StatusCode::OK, ui::job(&shell(&app), facts).into_string()))
}

/// Answers `GET /jobs/{id}/live`: state, charts and log as they change, until the job is over.
pub async fn job_live(State(app): State<App>, Path(id): Path<String>) -> PageResult {
    routes::job_view(&app, &id).await?;
    Ok(stream(job_patches(app, id)))
}

/// A burst larger than this is drawn in parts.
const BURST_MAX: usize = 10_000;
/// News within this time is drawn once: a chart cannot be read faster.
const GATHERED: Duration = Duration::from_millis(250);

fn job_patches(app: App, id: String) -> impl Stream<Item = axum::response::sse::Event> + Send {
    async_stream::stream! {
        let mut seen = Seen::default();
        let events = routes::job_events(app.clone(), id);
        // The job's own events come in bursts; what is gathered is drawn when they pause.
        let bursts = tokio_stream::StreamExt::chunks_timeout(events, BURST_MAX, GATHERED);
        let mut bursts = Box::pin(bursts);
        while let Some(burst) = bursts.next().await {
            for event in burst {
                seen.take(event);
            }
            for html in seen.changed(app.clock.now_ms()) {
                yield patch(html);
            }
        }
        yield done();
    }
}

/// What a page of a job has been told so far.
#[derive(Default)]
struct Seen {
    job: Option<JobView>,
    points: Vec<MetricPoint>,
    lines: Vec<LogLine>,
    job_changed: bool,
    points_changed: bool,
    lines_changed: bool,
}

impl Seen {
    fn take(&mut self, event: JobEvent) {
        match event {
            JobEvent::Job { job } => {
                self.job = Some(*job);
                self.job_changed = true;
            }
            JobEvent::Log { line } => {
                self.lines.push(line);
                self.lines_changed = true;
            }
            JobEvent::Metric { point } => {
                self.points.push(point);
                self.points_changed = true;
            }
        }
    }

    /// Renders the parts that changed since the last time.
    fn changed(&mut self, now_ms: i64) -> Vec<String> {
        let mut parts = Vec::new();
        if std::mem::take(&mut self.points_changed) {
            parts.push(ui::job_charts(&self.points).into_string());
        }
        if std::mem::take(&mut self.lines_changed) {
            parts.push(ui::log(&self.lines).into_string());
        }
        if let Some(job) = self.job.as_ref().filter(|_| std::mem::take(&mut self.job_changed)) {
            parts.push(ui::job_head(now_ms, job).into_string());
        }
        parts
    }
}

/// Answers `POST /jobs/{id}/cancel`.
pub async fn cancel(State(app): State<App>, Path(id): Path<String>) -> PageResult {
    back_to(routes::cancel_job(&app, &id).await)
}

/// Answers `POST /jobs/{id}/resume`.
pub async fn resume(State(app): State<App>, Path(id): Path<String>) -> PageResult {
    back_to(routes::resume_job(&app, &id).await)
}

fn back_to(job: Result<JobView, Fault>) -> PageResult {
    Ok(see_other(&format!("/jobs/{}", job?.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_drawn_again() {
        let mut seen = Seen::default();
        assert!(seen.changed(0).is_empty());
        let point = |step, value| JobEvent::Metric {
            point: MetricPoint { seq: step as i64, name: "train/loss".into(), step, value },
        };
        seen.take(point(1, 2.0));
        seen.take(point(2, 1.0));
        let parts = seen.changed(0);
        assert_eq!(parts.len(), 1);
        assert!(parts[0].contains(r#"id="job-charts""#) && parts[0].contains("<path"));
        assert!(seen.changed(0).is_empty());
        seen.take(JobEvent::Log { line: LogLine { seq: 1, at_ms: 0, line: "<hello>".into() } });
        assert!(seen.changed(0)[0].contains("&lt;hello&gt;"));
    }
}
