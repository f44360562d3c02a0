//! The filters in use, as links that take one away each.

use api::{SearchPage, SearchQuery};
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::link;

pub(super) fn chosen(query: &SearchQuery, page: &SearchPage) -> Markup {
    if query.filters.is_empty() && query.excluded.is_empty() {
        return html! {};
    }
    let all =
        SearchQuery { q: query.q.clone(), sort: query.sort.clone(), ..SearchQuery::default() };
    html! {
        ul.chosen aria-label="Filters in use" {
            @for (filter, values) in &query.filters {
                @for value in values {
                    li { (chip(query, page, Choice { filter, value, not: "" })) }
                }
            }
            @for (filter, values) in &query.excluded {
                @for value in values {
                    li { (chip(query, page, Choice { filter, value, not: "not " })) }
                }
            }
            li { a.clear href=(link::catalog(&all)) data-query { "Clear all" } }
        }
    }
}

#[derive(Clone, Copy)]
struct Choice<'a> {
    filter: &'a str,
    value: &'a str,
    /// `not ` where the value is left out.
    not: &'static str,
}

fn chip(query: &SearchQuery, page: &SearchPage, choice: Choice) -> Markup {
    let Choice { filter, value, not } = choice;
    let facet = page.facets.iter().find(|facet| facet.name == filter);
    let found = facet.and_then(|facet| facet.values.iter().find(|one| one.value == value));
    let label = found.map_or(value, |one| one.label.as_str());
    html! {
        a.chip.removable.excluded[!not.is_empty()] data-query
            href=(link::catalog(&link::without(query, filter, value)))
        {
            span.hidden { "Remove the filter " }
            span.kind { (facet.map_or(filter, |facet| facet.title.as_str())) } " "
            (not) (label) (icon(Icon::Cross))
        }
    }
}

#[cfg(test)]
mod tests {
    use api::{Facet, FacetValue};

    use super::*;

    #[test]
    fn a_chip_takes_away_one_value_and_shows_its_label() {
        let one = FacetValue {
            value: "v0".into(),
            label: "Value 0".into(),
            count: 1,
            selected: true,
            excluded: false,
        };
        let facet = Facet { name: "task".into(), title: "Task".into(), values: vec![one] };
        let page = SearchPage { facets: vec![facet], ..SearchPage::default() };
        let query = SearchQuery {
            filters: [("task".into(), vec!["v0".into()])].into(),
            excluded: [("task".into(), vec!["odd".into()])].into(),
            q: "x".into(),
            ..Default::default()
        };
        let html = chosen(&query, &page).into_string();
        for part in [
            r#"href="/?q=x&amp;not_task=odd"><span class="hidden">Remove the filter </span>"#,
            r#"</span> Value 0<i"#,
            r#"href="/?q=x&amp;task=v0"><span class="hidden">Remove the filter </span>"#,
            r#"</span> not odd<i"#,
            r#"href="/?q=x""#,
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert_eq!(chosen(&SearchQuery::default(), &page).into_string(), "");
    }
}
