//! The top of the start page: where to begin, and what is kept at hand.

use api::{Marks, ModelSummary, SearchPage};
use maud::{Markup, html};

use crate::format;
use crate::icon::{Icon, icon};
use crate::parts::mini;

/// Where people start: filters that most ask for first, as far as they find something.
const STARTS: [(&str, &str, &str); 7] = [
    ("collection", "workspace", "Your workspace"),
    ("fits", "yes", "Fits this machine"),
    ("finetuning_task", "text-classification", "Teach to classify texts"),
    ("task", "chat-completion", "Chat"),
    ("task", "feature-extraction", "Embeddings"),
    ("task", "automatic-speech-recognition", "Speech"),
    ("task", "image-classification", "Pictures"),
];

/// Marks of one kind on the start page: two rows beside those of the other.
const MARKS_SHOWN: usize = 4;

pub(super) fn welcome(page: &SearchPage, marks: &Marks) -> Markup {
    html! {
        section.welcome {
            h1 { "Find a model. Make it yours." }
            p {
                "Try it, measure it on your own data, teach it, and put it to work: "
                "all of it on your own machine."
            }
            ul.starts aria-label="Where to start" {
                @for (filter, value, title) in STARTS {
                    @if let Some(count) = count(page, filter, value) {
                        li { a href={ "/?" (filter) "=" (value) } {
                            (title) span.count { (format::count(count as u64)) }
                        } }
                    }
                }
            }
        }
        (at_hand(marks))
    }
}

fn count(page: &SearchPage, filter: &str, wanted: &str) -> Option<usize> {
    let facet = page.facets.iter().find(|facet| facet.name == filter)?;
    let value = facet.values.iter().find(|value| value.value == wanted)?;
    (value.count > 0).then_some(value.count)
}

fn at_hand(marks: &Marks) -> Markup {
    let Marks { favorites, seen, searches } = marks;
    if favorites.is_empty() && seen.is_empty() && searches.is_empty() {
        return html! {};
    }
    html! {
        section.at-hand aria-label="At hand" {
            (shelf("Recently seen", seen))
            (shelf("Favorites", favorites))
            @if !searches.is_empty() {
                div.shelf.wide {
                    h2 { "Saved searches" a href="/saved" { "All saved" } }
                    ul.starts {
                        @for search in searches.iter().take(2 * MARKS_SHOWN) {
                            li { a href={ "/?" (search.query) } {
                                (icon(Icon::Search)) (search.name)
                            } }
                        }
                    }
                }
            }
        }
    }
}

fn shelf(title: &str, models: &[ModelSummary]) -> Markup {
    html! {
        @if !models.is_empty() {
            div.shelf {
                h2 { (title) a href="/saved" { "All saved" } }
                div.minis { @for model in models.iter().take(MARKS_SHOWN) { (mini(model)) } }
            }
        }
    }
}
