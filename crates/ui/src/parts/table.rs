//! Tables that scroll in their own frame, and lists of facts.

use maud::{Markup, html};

/// Shows rows under headings; the first cell names its row.
pub(crate) fn table(caption: &str, headings: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table-frame tabindex="0" role="region" aria-label=(caption) {
            table {
                caption.hidden { (caption) }
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (at, cell) in row.iter().enumerate() {
                                @if at == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Shows names with what they stand for; entries without a value are left out.
pub(crate) fn facts(entries: &[(&str, Option<Markup>)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in entries {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}
