//! All jobs, newest first; the list renews itself.

use api::{JobView, JobsView};
use maud::{Markup, html};

use crate::error_page::sentence;
use crate::icon::{Icon, icon};
use crate::parts::{state_badge, verb};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

/// Renders the list of jobs.
pub fn jobs(shell: &Shell, view: &JobsView) -> Markup {
    let main = html! {
        header.page-head { h1 { "Jobs" } p { "Everything that takes longer than a moment." } }
        live-region src="/jobs/live" { (jobs_list(shell.now_ms, view)) }
    };
    shell.page(Page { title: "Jobs", section: Section::Jobs, query: "", main })
}

/// Renders what changes on the page of jobs.
pub fn jobs_list(now_ms: i64, view: &JobsView) -> Markup {
    html! {
        div #job-list {
            @if view.jobs.is_empty() {
                div.empty {
                    (icon(Icon::Clock))
                    h2 { "No jobs yet" }
                    p { "Import, evaluate, fine-tune or run a batch from a model's card." }
                    p.actions { a.button href="/" { "All models" } }
                }
            } @else {
                ol.job-list { @for job in &view.jobs { (entry(now_ms, job)) } }
            }
        }
    }
}

fn entry(now_ms: i64, job: &JobView) -> Markup {
    let verb = verb(&job.kind);
    html! {
        li.job-entry {
            span.verb-icon { (icon(verb.icon)) }
            div.job-name {
                a href=(link::job(&job.id)) { (job.title) }
                p.note {
                    (verb.title) " · " (format::ago(now_ms, job.created_ms))
                    @if let Some(took) = seconds(now_ms, job) { " · " (format::duration(took)) }
                    @if job.attempt > 1 { " · attempt " (job.attempt) }
                }
            }
            div.job-progress { (short_progress(job)) }
            (state_badge(&job.state))
        }
    }
}

/// How far it is, or why it failed.
fn short_progress(job: &JobView) -> Markup {
    if let Some(error) = job.error.as_ref().filter(|_| job.state == "failed") {
        return html! { p.note.failed { (sentence(&error.message)) } };
    }
    match &job.progress {
        Some(progress) if !job.is_over() => match progress.total {
            Some(total) if total > 0 => html! {
                progress value=(progress.done) max=(total)
                    aria-label={ "Progress of " (job.title) } {}
            },
            _ => html! { progress aria-label={ "Progress of " (job.title) } {} },
        },
        _ => html! {},
    }
}

/// How long a job ran, or has been running.
pub(crate) fn seconds(now_ms: i64, job: &JobView) -> Option<f64> {
    let end = job.finished_ms.unwrap_or(now_ms);
    job.started_ms.map(|start| (end - start) as f64 / 1_000.0)
}
