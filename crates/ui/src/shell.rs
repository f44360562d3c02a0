//! The frame around every page: header with search, navigation, footer.

use maud::{DOCTYPE, Markup, html};

use crate::assets;
use crate::icon::{Icon, icon};

/// What every page shows besides its own content.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'a> {
    /// The time, in milliseconds since the epoch.
    pub now_ms: i64,
    /// The version of the program.
    pub version: &'a str,
    /// Whether the server reaches out to no hub.
    pub offline: bool,
}

/// The entries of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Models,
    Collections,
    Leaderboard,
    Saved,
    Import,
    Jobs,
    Endpoints,
    Elsewhere,
}

const NAVIGATION: [(Section, &str, &str); 6] = [
    (Section::Models, "Models", "/"),
    (Section::Collections, "Collections", "/collections"),
    (Section::Leaderboard, "Leaderboard", "/leaderboard"),
    (Section::Import, "Import", "/import"),
    (Section::Jobs, "Jobs", "/jobs"),
    (Section::Endpoints, "Endpoints", "/endpoints"),
];

/// One page.
pub(crate) struct Page<'a> {
    pub title: &'a str,
    pub section: Section,
    /// The text in the search box.
    pub query: &'a str,
    pub main: Markup,
}

impl Shell<'_> {
    /// Puts a page into the frame.
    pub(crate) fn page(&self, page: Page) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(page.title))
                body {
                    a.skip href="#main" { "Skip to the content" }
                    (self.header(&page))
                    main #main tabindex="-1" { (page.main) }
                    (self.footer())
                    (keys())
                }
            }
        }
    }

    fn header(&self, page: &Page) -> Markup {
        html! {
            header.top {
                a.brand href="/" aria-label="Modeldex, all models" { (brand()) span { "Modeldex" } }
                (search(page.query))
                nav.main-nav aria-label="Main" {
                    @for (section, name, href) in NAVIGATION {
                        a href=(href) aria-current=[(section == page.section).then_some("page")] {
                            (name)
                        }
                    }
                }
                @if self.offline { span.badge.offline title="No hub is asked" { "offline" } }
                a.ghost href="/saved" aria-label="Saved"
                    aria-current=[(page.section == Section::Saved).then_some("page")]
                { (icon(Icon::Star)) }
                button #theme .ghost.js-only type="button"
                    aria-label="Switch between light and dark"
                {
                    span.when-light { (icon(Icon::Moon)) }
                    span.when-dark { (icon(Icon::Sun)) }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            footer.bottom {
                span { "Modeldex " (self.version) }
                a href="/api/v1/openapi.json" { "API" }
                button.link.js-only type="button" data-keys { (icon(Icon::Keyboard)) "Keys" }
            }
        }
    }
}

/// The theme is set before the first paint, hence a script that blocks; it is 0.5 kB.
fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Modeldex" }
            link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
            link rel="stylesheet" href=(assets::url("icons.css"));
            link rel="stylesheet" href=(assets::url("app.css"));
            script src=(assets::url("theme.js")) {}
            script type="module" src=(assets::url("app.js")) {}
        }
    }
}

/// What each key does; a script opens it.
const KEYS: [(&[&str], &str); 8] = [
    (&["/"], "Search"),
    (&["↑", "↓"], "Walk through suggestions; through models where there are none"),
    (&["←", "→", "↑", "↓"], "Walk through the models"),
    (&["Enter"], "Open what is marked"),
    (&["f"], "Make the model a favorite, or no longer"),
    (&["c"], "Pick the model for comparing"),
    (&["Esc"], "Close what is open; go back to the search"),
    (&["?"], "Show these keys"),
];

fn keys() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            div.dialog-head {
                h2 #keys-title { "Keys" }
                form method="dialog" {
                    button.ghost type="submit" aria-label="Close" { (icon(Icon::Cross)) }
                }
            }
            dl.keys {
                @for (keys, what) in KEYS {
                    div { dt { @for key in keys { kbd { (key) } } } dd { (what) } }
                }
            }
        }
    }
}

/// The filters of the catalog belong to this form too, wherever they stand.
fn search(query: &str) -> Markup {
    html! {
        form #search .search action="/" role="search" {
            (icon(Icon::Search))
            input #q type="search" name="q" value=(query) aria-label="Search models"
                placeholder="Search models, tasks, publishers" autocomplete="off" spellcheck="false"
                maxlength="500" enterkeyhint="search";
            kbd.hint aria-hidden="true" { "/" }
            button type="submit" { "Search" }
        }
    }
}

fn brand() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" {
            rect.tile x="1" y="1" width="30" height="30" rx="8" {}
            path.mark d="M8 22.5V10.5l8 7.5l8-7.5v12" {}
            circle.dot cx="16" cy="8.5" r="2" {}
        }
    }
}
