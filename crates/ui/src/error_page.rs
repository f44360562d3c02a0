//! What a person sees when something failed.

use api::ErrorBody;
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::shell::{Page, Section, Shell};

/// Renders a failure as a page of its own.
pub fn error(shell: &Shell, status: u16, error: &ErrorBody) -> Markup {
    let title = heading(&error.code);
    let main = html! {
        section.notice-page {
            p.status aria-hidden="true" { (status) }
            h1 { (title) }
            p.lead { (sentence(&error.message)) }
            @if let Some(hint) = &error.hint { p.hint-line { (hint) } }
            p.actions {
                a.button.primary href="/" { "All models" }
                a.button href="/jobs" { "Jobs" }
            }
            p.fine {
                "Code " code { (error.code) }
                @if let Some(id) = &error.request_id { " · request " code { (id) } }
            }
        }
    };
    shell.page(Page { title, section: Section::Elsewhere, query: "", main })
}

/// Renders a failure above the form that caused it.
pub(crate) fn alert(error: &ErrorBody) -> Markup {
    html! {
        div.alert role="alert" {
            (icon(Icon::Warning))
            div {
                p { (sentence(&error.message)) }
                @if let Some(hint) = &error.hint { p.hint-line { (hint) } }
            }
        }
    }
}

fn heading(code: &str) -> &'static str {
    match code {
        "not_found" => "Not here",
        "invalid" => "That did not make sense",
        "exists" | "conflict" => "Not in this state",
        "unsupported" => "This cannot be done",
        "denied" => "Not allowed",
        "unauthenticated" => "Who are you?",
        "busy" => "Too much at once",
        "unavailable" => "Not available now",
        _ => "Something broke",
    }
}

/// Starts a message with a capital letter, as messages are fragments.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
