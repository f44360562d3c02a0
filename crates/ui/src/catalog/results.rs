//! What a search found: how many, in which order, the models, the way to more.

use api::{SearchPage, SearchQuery};
use maud::{Markup, html};

use super::CatalogFacts;
use super::chosen::chosen;
use super::nothing::nothing;
use crate::error_page::alert;
use crate::icon::{Icon, icon};
use crate::parts::{Tile, favorite_form};
use crate::shell::Shell;
use crate::{format, link};

/// The orders; relevance is the one that is meant where none is named.
const SORTS: [(&str, &str); 7] = [
    ("", "Best match"),
    ("downloads", "Most downloaded"),
    ("likes", "Most liked"),
    ("updated", "Last updated"),
    ("created", "Newest"),
    ("size", "Smallest"),
    ("name", "Name"),
];

pub(super) fn results(shell: &Shell, facts: CatalogFacts) -> Markup {
    let CatalogFacts { query, page, favorites, refused, .. } = facts;
    html! {
        (head(query, page))
        (chosen(query, page))
        @if let Some(error) = refused {
            (alert(error))
            p.actions { a.button href="/" data-query { "Show all models" } }
        } @else if page.models.is_empty() {
            (nothing(shell, query, page))
        } @else {
            div.tiles {
                @for model in &page.models {
                    @let favorite = favorites.contains(&model.model);
                    (Tile { model, favorite }.render())
                }
            }
            (pages(query, page))
        }
        (favorite_form(&link::catalog(query)))
        (save(facts))
    }
}

fn head(query: &SearchQuery, page: &SearchPage) -> Markup {
    let count: usize = query.filters.values().chain(query.excluded.values()).map(Vec::len).sum();
    html! {
        div.results-head {
            p.total {
                strong { (format::count(page.total as u64)) }
                (if page.total == 1 { " model" } else { " models" })
                @if !query.q.is_empty() { " for “" (query.q) "”" }
            }
            button.filters-button type="button" popovertarget="filters" {
                (icon(Icon::Filter)) "Filters"
                @if count > 0 { span.count { (count) } }
            }
            label.sort-by {
                span { "Sort by" }
                select name="sort" form="search" aria-label="Sort by" {
                    @for (value, title) in SORTS {
                        option value=(value) selected[sorted(query) == value] { (title) }
                    }
                }
            }
        }
    }
}

fn sorted(query: &SearchQuery) -> &str {
    query.sort.as_deref().filter(|sort| *sort != "relevance").unwrap_or_default()
}

/// Onward by the cursor, which costs the same on every page; back by counting, as a cursor only
/// knows what follows it.
fn pages(query: &SearchQuery, page: &SearchPage) -> Markup {
    let last = page.offset + page.models.len();
    if page.offset == 0 && page.next.is_none() {
        return html! {};
    }
    let at = |offset, cursor| link::catalog(&SearchQuery { offset, cursor, ..query.clone() });
    html! {
        nav.pages aria-label="Pages" {
            @if page.offset > 0 {
                a.button rel="prev" href=(at(page.offset.saturating_sub(page.limit), None))
                    data-query { "Previous" }
            }
            span {
                (format::count(page.offset as u64 + 1)) "–" (format::count(last as u64))
                " of " (format::count(page.total as u64))
            }
            @if let Some(next) = &page.next {
                a.button rel="next" href=(at(last, Some(next.clone()))) data-query { "Next" }
            }
        }
    }
}

/// Letters of a name that the API takes; it takes no slash.
const NAME_MAX: usize = 60;

/// What to call a search, until somebody finds a better name.
fn name_of(query: &SearchQuery) -> String {
    query.q.replace('/', " ").chars().take(NAME_MAX).collect()
}

/// Keeps the search under a name; what is kept already says so.
fn save(facts: CatalogFacts) -> Markup {
    let CatalogFacts { query, saved, .. } = facts;
    let first = SearchQuery { offset: 0, cursor: None, ..query.clone() };
    let path = link::catalog(&first);
    let Some(asked) = path.strip_prefix("/?").filter(|_| facts.refused.is_none()) else {
        return html! {};
    };
    html! {
        div.save {
            @if let Some(name) = saved {
                p { (icon(Icon::Check)) "Saved as " a href="/saved" { (name) } }
            } @else {
                details #save {
                    summary { (icon(Icon::Star)) "Save this search" }
                    form method="post" action="/saved/searches" {
                        input type="hidden" name="query" value=(asked);
                        input type="hidden" name="back" value=(path);
                        input type="text" name="name" required maxlength=(NAME_MAX)
                            autocomplete="off"
                            aria-label="Name of the search" placeholder="Name"
                            value=(name_of(query));
                        button.primary type="submit" { "Save" }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onward_goes_by_the_cursor_and_back_by_counting() {
        let query = SearchQuery { q: "x".into(), offset: 48, ..SearchQuery::default() };
        let page = SearchPage {
            total: 1_234,
            offset: 48,
            limit: 24,
            next: Some("c/1".into()),
            ..SearchPage::default()
        };
        let html = pages(&query, &page).into_string();
        assert!(html.contains(r#"rel="prev" href="/?q=x&amp;offset=24""#), "{html}");
        assert!(html.contains(r#"rel="next" href="/?q=x&amp;cursor=c/1&amp;offset=48""#), "{html}");
        assert!(html.contains("of 1,234"), "{html}");
        assert_eq!(pages(&query, &SearchPage::default()).into_string(), "");
    }
}
