//! Nothing was found: what to do instead.

use api::{SearchPage, SearchQuery, Suggestion};
use maud::{Markup, html};

use crate::error_page::sentence;
use crate::icon::{Icon, icon};
use crate::link;
use crate::shell::Shell;

pub(super) fn nothing(shell: &Shell, query: &SearchQuery, page: &SearchPage) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Search))
            h2 { "No model matches" }
            p { "Use fewer words, take a filter away, or bring the model here." }
            ul.offers {
                @for suggestion in &page.suggestions { li { (offer(suggestion)) } }
                @if !query.q.is_empty() {
                    @if shell.offline {
                        li { a href="/import" {
                            (icon(Icon::Import))
                            "Import it from a folder: this server is offline and asks no hub"
                        } }
                    } @else {
                        li { a href={ "/import?source=" (link::escape(&query.q)) } {
                            (icon(Icon::Import))
                            span { "Import " code { (query.q) } " from a hub" }
                        } }
                        li { a href="/collections/hub" {
                            (icon(Icon::Sync)) "List a hub here, to search all that it has"
                        } }
                    }
                }
                li { a href="/" data-query { (icon(Icon::Shelf)) "Show all models" } }
            }
        }
    }
}

fn offer(suggestion: &Suggestion) -> Markup {
    match &suggestion.query {
        Some(query) => {
            let which = match suggestion.text.starts_with("without") {
                true => Icon::Filter,
                false => Icon::Search,
            };
            html! {
                a href={ "/?" (query) } data-query {
                    (icon(which)) span { (sentence(&suggestion.text)) }
                }
            }
        }
        None => html! { span { (icon(Icon::Warning)) span { (sentence(&suggestion.text)) } } },
    }
}
