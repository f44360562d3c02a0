//! All values of one filter on a page of their own; scripts show its list beside the models.

use api::{Facet, SearchQuery};
use maud::{Markup, html};

use super::filters::values;
use crate::icon::{Icon, icon};
use crate::link;
use crate::shell::{Page, Section, Shell};

/// What the page of a filter shows.
#[derive(Clone, Copy, Debug)]
pub struct FilterFacts<'a> {
    /// The search that the values belong to.
    pub query: &'a SearchQuery,
    /// The values.
    pub facet: &'a Facet,
    /// What their names were searched for.
    pub prefix: &'a str,
}

/// Renders the page of a filter.
pub fn filter_page(shell: &Shell, facts: FilterFacts) -> Markup {
    let FilterFacts { query, facet, prefix } = facts;
    let rest = SearchQuery { q: String::new(), offset: 0, cursor: None, ..query.clone() };
    let first = SearchQuery { q: query.q.clone(), ..rest.clone() };
    let asked = link::pairs(&first);
    let own = |name: &str| name.strip_prefix("not_").unwrap_or(name) == facet.name;
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            a href=(link::catalog(query)) { "Models" } (icon(Icon::Chevron)) span { "Filter" }
        }
        header.page-head {
            h1 { (facet.title) }
            p { "Tick what models must have; the mark at the right leaves them out." }
        }
        section.panel.narrow.filter-page {
            form.find-form action={ "/filters/" (facet.name) } {
                @for (name, value) in &asked { input type="hidden" name=(name) value=(value); }
                input type="search" name="prefix" value=(prefix) placeholder="Find"
                    aria-label={ "Find in " (facet.title) } autocomplete="off";
                button type="submit" { "Find" }
            }
            @if facet.values.is_empty() { p.muted { "No value has “" (prefix) "” in its name." } }
            (values(query, facet, usize::MAX))
            // What else was asked for goes along with the search form, to which the boxes belong.
            @for (name, value) in link::pairs(&rest).iter().filter(|(name, _)| !own(name)) {
                input type="hidden" form="search" name=(name) value=(value);
            }
            div.form-foot {
                button.primary type="submit" form="search" { "Show models" }
                a.button href=(link::catalog(query)) { "Back" }
            }
        }
    };
    shell.page(Page { title: &facet.title, section: Section::Models, query: &query.q, main })
}
