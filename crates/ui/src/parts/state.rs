//! States of jobs, deployments and replicas: a word with a color, never a color alone.

use maud::{Markup, html};

/// Shows a state as a badge.
pub(crate) fn state_badge(state: &str) -> Markup {
    html! { span.state.(tone(state)) { span.dot {} (state) } }
}

/// Shows a state as a dot that names it to screen readers and pointers.
pub(crate) fn dot(state: &str) -> Markup {
    html! { span.state.bare.(tone(state)) title=(state) { span.dot {} span.hidden { (state) } } }
}

fn tone(state: &str) -> &'static str {
    match state {
        "succeeded" | "ready" => "good",
        "running" | "starting" => "busy",
        "failed" => "bad",
        "cancelling" | "restarting" => "warn",
        _ => "idle",
    }
}
