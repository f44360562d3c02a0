//! The filters of the catalog: check boxes that belong to the search form.

use api::{Facet, FacetValue, SearchPage, SearchQuery};
use maud::{Markup, html};

use crate::format;
use crate::icon::{Icon, icon};
use crate::link;

/// Values above this are behind "Show all": eight fit beside the first rows of cards.
const SHOWN: usize = 8;

/// Shows every filter with its values.
pub(crate) fn filter_list(page: &SearchPage) -> Markup {
    html! {
        @for facet in page.facets.iter().filter(|facet| !facet.values.is_empty()) {
            (filter(facet))
        }
        noscript { button.primary.wide type="submit" form="search" { "Apply filters" } }
    }
}

/// Chosen values come first, so that none is hidden.
fn filter(facet: &Facet) -> Markup {
    let (chosen, rest): (Vec<_>, Vec<_>) = facet.values.iter().partition(|value| value.selected);
    let shown = SHOWN.saturating_sub(chosen.len()).min(rest.len());
    let (first, hidden) = rest.split_at(shown);
    html! {
        fieldset.filter {
            legend { (facet.title) }
            @for value in chosen.iter().chain(first) { (filter_value(&facet.name, value)) }
            @if !hidden.is_empty() {
                details id={ "more-" (facet.name) } {
                    summary { "Show " (hidden.len()) " more" }
                    @for value in hidden { (filter_value(&facet.name, value)) }
                }
            }
        }
    }
}

fn filter_value(filter: &str, value: &FacetValue) -> Markup {
    html! {
        label.filter-value.none[value.count == 0] {
            input id={ (filter) "-" (link::escape(&value.value)) } type="checkbox" form="search"
                name=(filter) value=(value.value) checked[value.selected];
            span.name title=(value.label) { (value.label) }
            span.count { (format::count(value.count as u64)) }
        }
    }
}

/// Shows the chosen values as links that take one away each.
pub(crate) fn chosen(query: &SearchQuery, page: &SearchPage) -> Markup {
    let filters = query.filters.iter().chain(&query.excluded);
    let chosen: Vec<_> = filters
        .flat_map(|(filter, values)| values.iter().map(move |value| (filter, value)))
        .collect();
    if chosen.is_empty() {
        return html! {};
    }
    let all =
        SearchQuery { q: query.q.clone(), sort: query.sort.clone(), ..SearchQuery::default() };
    html! {
        ul.chosen aria-label="Filters in use" {
            @for (filter, value) in &chosen {
                @let label = label(page, filter, value);
                li { a.chip.removable href=(link::catalog(&link::without(query, filter, value)))
                    data-query aria-label={ "Remove the filter " (label) }
                { (label) (icon(Icon::Cross)) } }
            }
            li { a.clear href=(link::catalog(&all)) data-query { "Clear all" } }
        }
    }
}

fn label<'a>(page: &'a SearchPage, filter: &str, value: &'a str) -> &'a str {
    let facet = page.facets.iter().find(|facet| facet.name == filter);
    let found = facet.and_then(|facet| facet.values.iter().find(|one| one.value == value));
    found.map_or(value, |one| one.label.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(count: usize, selected: usize) -> Facet {
        let value = |at: usize| FacetValue {
            value: format!("v{at}"),
            label: format!("Value {at}"),
            count: 100 - at,
            selected: at == selected,
            excluded: false,
        };
        Facet { name: "task".into(), title: "Task".into(), values: (0..count).map(value).collect() }
    }

    #[test]
    fn a_chosen_value_is_never_hidden() {
        let html = filter(&facet(20, 19)).into_string();
        let (shown, hidden) = html.split_once("<details").unwrap();
        assert!(shown.contains(r#"value="v19" checked"#), "{shown}");
        assert_eq!(
            (shown.matches("checkbox").count(), hidden.matches("checkbox").count()),
            (8, 12)
        );
        assert!(!filter(&facet(8, 0)).into_string().contains("<details"));
    }

    #[test]
    fn a_chip_takes_away_one_value_and_shows_its_label() {
        let query = SearchQuery {
            filters: [("task".into(), vec!["v0".into(), "odd".into()])].into(),
            q: "x".into(),
            ..Default::default()
        };
        let page = SearchPage { facets: vec![facet(2, 0)], ..Default::default() };
        let html = chosen(&query, &page).into_string();
        assert!(html.contains(
            r#"href="/?q=x&amp;task=odd" data-query aria-label="Remove the filter Value 0""#
        ));
        assert!(html.contains(r#"href="/?q=x""#), "{html}");
        assert_eq!(chosen(&SearchQuery::default(), &page).into_string(), "");
    }
}
