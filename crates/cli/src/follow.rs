//! Waits for a job and shows how far it is.

use std::io::IsTerminal;
use std::time::Duration;

use api::{JobView, LogsView, Progress};
use domain::Fault;
use indicatif::{ProgressBar, ProgressStyle};

use crate::client::{Client, job_fault};
use crate::output;

/// How often a job is looked at: a person sees no delay, a server no load.
const PERIOD: Duration = Duration::from_millis(120);

/// Follows a job to its end and returns it.
///
/// # Errors
/// Where the job failed or was cancelled, or the server went away.
pub async fn follow(client: &Client, id: &str, quiet: bool) -> Result<JobView, Fault> {
    let terminal = std::io::stderr().is_terminal() && !quiet;
    let bar = if terminal { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let mut seen = 0;
    loop {
        let job = client.job(id).await?;
        if !quiet {
            seen = show_logs(client, id, seen, &bar).await?;
        }
        if let Some(progress) = &job.progress {
            draw(&bar, progress);
        }
        if job.is_over() {
            bar.finish_and_clear();
            return if job.state == "succeeded" { Ok(job) } else { Err(job_fault(&job)) };
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn show_logs(client: &Client, id: &str, seen: i64, bar: &ProgressBar) -> Result<i64, Fault> {
    let query = [("after", seen.to_string())];
    let logs: LogsView = client.get_with(&["jobs", id, "logs"], &query).await?;
    for line in &logs.lines {
        bar.suspend(|| output::note(format!("  {}", line.line)));
    }
    Ok(logs.lines.last().map_or(seen, |line| line.seq))
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    let template = match progress.total {
        Some(_) => "  {bar:32} {pos}/{len} {msg}",
        None => "  {spinner} {pos} {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if let Some(total) = progress.total {
        bar.set_length(total);
    }
    bar.set_position(progress.done);
    let rate = progress.rate_per_second.map(|rate| format!("{rate:.0} {}/s", progress.unit));
    let eta = progress.eta_seconds.map(|seconds| format!("{seconds:.0} s left"));
    let parts = [Some(progress.message.clone()), rate, eta].into_iter().flatten();
    bar.set_message(parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "));
}
