//! The catalog: search, filters, models.

use api::{SearchPage, SearchQuery};
use maud::{Markup, html};

use crate::error_page::coded;
use crate::icon::{Icon, icon};
use crate::parts::{chosen, filter_list, tile};
use crate::shell::{Page, Section, Shell};
use crate::{format, link};

const SORTS: [(&str, &str); 3] =
    [("", "Most relevant"), ("name", "Name"), ("updated", "Last updated")];

/// Renders one page of the catalog.
pub fn catalog(shell: &Shell, query: &SearchQuery, page: &SearchPage) -> Markup {
    let main = html! {
        @if *query == SearchQuery::default() {
            (welcome(page))
        } @else {
            h1.hidden { "Models" }
        }
        model-catalog.catalog {
            aside #filters .filters popover aria-label="Filters" {
                div.filters-head {
                    h2 { "Filters" }
                    button.ghost type="button" popovertarget="filters" popovertargetaction="hide"
                        aria-label="Close the filters" { (icon(Icon::Cross)) }
                }
                div #filter-list { (filter_list(page)) }
                button.primary.wide.show-results type="submit" form="search" { "Show models" }
            }
            section #catalog .results aria-label="Models" { (results(query, page)) }
        }
        (compare_bar())
    };
    shell.page(Page { title: "Models", section: Section::Models, query: &query.q, main })
}

/// Where people start: filters that most ask for first, as far as they find something.
const STARTS: [(&str, &str, &str); 6] = [
    ("collection", "workspace", "Your workspace"),
    ("finetuning_task", "text-classification", "Teach to classify texts"),
    ("task", "chat-completion", "Chat"),
    ("task", "feature-extraction", "Embeddings"),
    ("task", "automatic-speech-recognition", "Speech"),
    ("task", "image-classification", "Pictures"),
];

fn welcome(page: &SearchPage) -> Markup {
    let count = |filter: &str, wanted: &str| {
        let facet = page.facets.iter().find(|facet| facet.name == filter)?;
        let value = facet.values.iter().find(|value| value.value == wanted)?;
        (value.count > 0).then_some(value.count)
    };
    html! {
        section.welcome {
            h1 { "Find a model. Make it yours." }
            p {
                "Try it, measure it on your own data, teach it, and put it to work: "
                "all of it on your own machine."
            }
            ul.starts aria-label="Where to start" {
                @for (filter, value, title) in STARTS {
                    @if let Some(count) = count(filter, value) {
                        li { a href={ "/?" (filter) "=" (value) } {
                            (title) span.count { (format::count(count as u64)) }
                        } }
                    }
                }
            }
        }
    }
}

fn results(query: &SearchQuery, page: &SearchPage) -> Markup {
    let count: usize = query.filters.values().chain(query.excluded.values()).map(Vec::len).sum();
    html! {
        div.results-head {
            p.total role="status" {
                strong { (format::count(page.total as u64)) }
                (if page.total == 1 { " model" } else { " models" })
                @if !query.q.is_empty() { " for “" (query.q) "”" }
            }
            button.filters-button type="button" popovertarget="filters" {
                (icon(Icon::Filter)) "Filters"
                @if count > 0 { span.count { (count) } }
            }
            label.sort {
                span { "Sort by" }
                select name="sort" form="search" aria-label="Sort by" {
                    @for (value, title) in SORTS {
                        option value=(value)
                            selected[sorted(query) == value] { (title) }
                    }
                }
            }
        }
        (chosen(query, page))
        @if page.models.is_empty() {
            (nothing(query, page))
        } @else {
            div.tiles { @for model in &page.models { (tile(model)) } }
            (pages(query, page))
        }
    }
}

/// The order that is in use; relevance is the one that is meant where none is named.
fn sorted(query: &SearchQuery) -> &str {
    query.sort.as_deref().filter(|sort| *sort != "relevance").unwrap_or_default()
}

fn nothing(query: &SearchQuery, page: &SearchPage) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Search))
            h2 { "No model matches" }
            @for suggestion in &page.suggestions {
                p {
                    @match &suggestion.query {
                        Some(query) => {
                            a href={ "/?" (query) } data-query { (coded(&suggestion.text)) }
                        }
                        None => { (coded(&suggestion.text)) }
                    }
                }
            }
            p { "Use fewer words, or take a filter away." }
            p.actions {
                a.button href="/" data-query { "Show all models" }
                @if !query.q.is_empty() {
                    a.button href={ "/import?source=" (link::escape(&query.q)) } {
                        "Import it from a hub"
                    }
                }
            }
        }
    }
}

fn pages(query: &SearchQuery, page: &SearchPage) -> Markup {
    if page.limit == 0 || page.total <= page.limit {
        return html! {};
    }
    let at = |offset| link::catalog(&SearchQuery { offset, ..query.clone() });
    let last = (page.offset + page.models.len()).min(page.total);
    html! {
        nav.pages aria-label="Pages" {
            @if page.offset > 0 {
                a.button rel="prev" href=(at(page.offset.saturating_sub(page.limit))) data-query {
                    "Previous"
                }
            }
            span { (page.offset + 1) "–" (last) " of " (format::count(page.total as u64)) }
            @if last < page.total {
                a.button rel="next" href=(at(page.offset + page.limit)) data-query { "Next" }
            }
        }
    }
}

/// Stays out of sight until a model is picked.
fn compare_bar() -> Markup {
    html! {
        compare-bar {
            form #compare .compare-bar action="/compare" aria-label="Compare models" {
                span.compare-list { "Pick two to six models" }
                button.primary type="submit" { (icon(Icon::Compare)) "Compare" }
            }
        }
    }
}
