//! What people keep at hand: favorites, saved searches, what they looked at last.

use api::{Marks, SavedSearch};
use maud::{Markup, html};

use crate::icon::{Icon, icon};
use crate::parts::{Tile, compare_bar, favorite_form, mini};
use crate::shell::{Page, Section, Shell};

/// Renders everything that is kept at hand.
pub fn saved(shell: &Shell, marks: &Marks) -> Markup {
    let main = html! {
        header.page-head {
            h1 { "Saved" }
            p { "Favorites, searches and what was looked at last." }
        }
        div.saved {
            section {
                h2 { "Searches" }
                @if marks.searches.is_empty() {
                    (none("Search or filter, then choose “Save this search” below the models."))
                }
                ul.searches { @for search in &marks.searches { li { (entry(search)) } } }
            }
            section {
                h2 { "Favorites" }
                @if marks.favorites.is_empty() {
                    (none("Mark a model with the star in its corner."))
                }
                div.tiles {
                    @for model in &marks.favorites {
                        (Tile { model, favorite: true }.render())
                    }
                }
            }
            section {
                h2 { "Recently seen" }
                @if marks.seen.is_empty() { (none("Open a model, and it is here.")) }
                div.minis { @for model in &marks.seen { (mini(model)) } }
            }
        }
        (favorite_form("/saved"))
        (compare_bar())
    };
    shell.page(Page { title: "Saved", section: Section::Saved, query: "", main })
}

fn none(text: &str) -> Markup {
    html! { p.none-yet { (text) } }
}

fn entry(search: &SavedSearch) -> Markup {
    html! {
        a href={ "/?" (search.query) } {
            (icon(Icon::Search)) strong { (search.name) } code { (search.query) }
        }
        form method="post" action="/saved/searches/delete" {
            input type="hidden" name="name" value=(search.name);
            button.ghost type="submit" aria-label={ "Forget the search " (search.name) } {
                (icon(Icon::Trash))
            }
        }
    }
}
