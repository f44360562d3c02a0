//! The filters: check boxes that belong to the search form, two for each value. One asks for it,
//! the other leaves out what has it.

use api::{Facet, FacetValue, SearchPage, SearchQuery};
use maud::{Markup, html};

use crate::format;
use crate::icon::{Icon, icon};
use crate::link;

/// Values of a filter beside the models; the rest is one step away. Twelve filters of so many stay
/// below a third of the 60 kB that a page may have.
const SHOWN: usize = 5;

/// Filters that are open before anybody asks.
const OPEN: [&str; 5] = ["task", "license_family", "deployment", "size", "fits"];

/// Filters of so many values that one looks for them by name.
const LONG: [&str; 4] = ["license", "publisher", "library", "language"];

/// Shows every filter with its first values.
pub(super) fn filter_list(query: &SearchQuery, page: &SearchPage) -> Markup {
    html! {
        @for facet in page.facets.iter().filter(|facet| !facet.values.is_empty()) {
            (filter(query, facet))
        }
        noscript { button.primary.wide type="submit" form="search" { "Apply filters" } }
    }
}

fn filter(query: &SearchQuery, facet: &Facet) -> Markup {
    let name = &*facet.name;
    let chosen = facet.values.iter().filter(|one| one.selected || one.excluded).count();
    html! {
        details.filter id={ "filter-" (name) } open[chosen > 0 || OPEN.contains(&name)] {
            summary {
                h3 { (facet.title) }
                @if chosen > 0 { span.badge { (chosen) } }
                (icon(Icon::Chevron))
            }
            @if facet.values.len() > SHOWN && LONG.contains(&name) {
                input.find.js-only type="search" data-find=(name) autocomplete="off"
                    placeholder="Find" aria-label={ "Find in " (facet.title) };
            }
            (values(query, facet, SHOWN))
        }
    }
}

/// Lists the values of a filter, those that are chosen first, `most` of the others.
pub(super) fn values(query: &SearchQuery, facet: &Facet, most: usize) -> Markup {
    let (chosen, rest): (Vec<_>, Vec<_>) =
        facet.values.iter().partition(|value| value.selected || value.excluded);
    let shown = most.saturating_sub(chosen.len()).min(rest.len());
    html! {
        div.values id={ "values-" (facet.name) } role="group" aria-label=(facet.title) {
            @for value in chosen.iter().chain(&rest[..shown]) { (row(&facet.name, value)) }
            (unlisted(query, facet))
            @if shown < rest.len() {
                a.more href=(link::filter(&facet.name, query)) data-more=(facet.name) {
                    "Show more" span.hidden { " of " (facet.title) }
                }
            }
        }
    }
}

/// Chosen values that are not among those that are listed: they stay chosen all the same.
fn unlisted(query: &SearchQuery, facet: &Facet) -> Markup {
    let missing = |value: &&String| !facet.values.iter().any(|one| one.value == **value);
    let chosen = query.filters.get(&facet.name).into_iter().flatten().filter(missing);
    let excluded = query.excluded.get(&facet.name).into_iter().flatten().filter(missing);
    html! {
        @for value in chosen {
            input type="hidden" form="search" name=(facet.name) value=(value);
        }
        @for value in excluded {
            input type="hidden" form="search" name={ "not_" (facet.name) } value=(value);
        }
    }
}

fn row(filter: &str, value: &FacetValue) -> Markup {
    let none = value.count == 0 && !value.selected && !value.excluded;
    html! {
        div.filter-value.none[none] {
            label {
                input type="checkbox" form="search" name=(filter) value=(value.value)
                    checked[value.selected];
                span { (value.label) }
                b { (format::count(value.count as u64)) }
            }
            input.not type="checkbox" form="search" name={ "not_" (filter) } value=(value.value)
                checked[value.excluded] aria-label={ "Leave out " (value.label) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(name: &str, count: usize, selected: usize) -> Facet {
        let value = |at: usize| FacetValue {
            value: format!("v{at}"),
            label: format!("Value {at}"),
            count: 100 - at,
            selected: at == selected,
            excluded: at == 18,
        };
        Facet { name: name.into(), title: "Title".into(), values: (0..count).map(value).collect() }
    }

    #[test]
    fn a_chosen_value_is_never_hidden() {
        let query = SearchQuery { q: "x".into(), ..SearchQuery::default() };
        let html = filter(&query, &facet("license", 20, 19)).into_string();
        assert!(html.contains(r#"name="license" value="v19" checked"#), "{html}");
        assert!(html.contains(r#"name="not_license" value="v18" checked"#), "{html}");
        assert_eq!(html.matches(r#"name="license""#).count(), SHOWN);
        assert!(html.contains(r#"href="/filters/license?q=x""#), "{html}");
        assert!(html.contains(" open>") && html.contains("data-find"), "{html}");
        let few = filter(&query, &facet("license", SHOWN, 99)).into_string();
        assert!(!few.contains("data-more") && !few.contains(" open>"), "{few}");
    }
}
