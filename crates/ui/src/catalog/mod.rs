//! The catalog: search, filters, models.

mod chosen;
mod filter_page;
mod filters;
mod nothing;
mod results;
mod welcome;

use api::{ErrorBody, Marks, SearchPage, SearchQuery};
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::parts::compare_bar;
use crate::shell::{Page, Section, Shell};

pub use filter_page::{FilterFacts, filter_page};

/// What a page of the catalog shows.
#[derive(Clone, Copy, Debug)]
pub struct CatalogFacts<'a> {
    /// What was asked for.
    pub query: &'a SearchQuery,
    /// What was found; where the query was refused, everything.
    pub page: &'a SearchPage,
    /// What people keep at hand; shown where nothing is asked for.
    pub marks: &'a Marks,
    /// The favorites among the models, by their references.
    pub favorites: &'a [String],
    /// The name under which the search is saved.
    pub saved: Option<&'a str>,
    /// Why the query was refused.
    pub refused: Option<&'a ErrorBody>,
}

/// Renders one page of the catalog.
pub fn catalog(shell: &Shell, facts: CatalogFacts) -> Markup {
    let query = facts.query;
    let main = html! {
        div #start {
            @if *query == SearchQuery::default() {
                (welcome::welcome(facts.page, facts.marks))
            } @else {
                h1.hidden { "Models" }
            }
        }
        model-catalog.catalog {
            aside #filters .filters popover aria-label="Filters" {
                div.filters-head {
                    h2 { "Filters" }
                    button.ghost type="button" popovertarget="filters" popovertargetaction="hide"
                        aria-label="Close the filters" { (icon(Icon::Cross)) }
                }
                div #filter-list { (filters::filter_list(query, facts.page)) }
                button.primary.wide.show-results type="submit" form="search" { "Show models" }
            }
            // Stays while the models are replaced, so that screen readers hear of them.
            p #said .hidden role="status" {}
            section #catalog .found aria-label="Models" { (results::results(shell, facts)) }
        }
        (compare_bar())
    };
    shell.page(Page { title: "Models", section: Section::Models, query: &query.q, main })
}
