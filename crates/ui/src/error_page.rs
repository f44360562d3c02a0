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
            @if let Some(hint) = &error.hint { p.hint-line { (sentence(hint)) } }
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
                @if let Some(hint) = &error.hint { p.hint-line { (sentence(hint)) } }
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

/// Renders a fragment as a sentence: its first letter large, its values between backticks as code.
pub(crate) fn sentence(fragment: &str) -> Markup {
    let mut letters = fragment.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    coded(&first.chain(letters).collect::<String>())
}

/// Renders what stands between backticks as code.
pub(crate) fn coded(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_becomes_a_sentence_with_its_values_as_code() {
        let cases = [
            ("no model `a<b`", "No model <code>a&lt;b</code>"),
            ("`x` is gone", "<code>x</code> is gone"),
            ("", ""),
        ];
        for (fragment, html) in cases {
            assert_eq!(sentence(fragment).into_string(), html);
        }
    }
}
