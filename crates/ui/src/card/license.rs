//! The license, before anything is downloaded.

use api::ModelCard;
use maud::{Markup, html};

use crate::icon::{Icon, icon};

/// Shows the license with its family and what it means, and what a gated model asks for first.
pub(super) fn license(card: &ModelCard) -> Markup {
    html! {
        div.license-box {
            p {
                span.strong { "License: " (card.summary.license) } " "
                span.family.(card.summary.license_family) { (card.summary.license_family) }
            }
            @if !card.license_meaning.is_empty() { p { (card.license_meaning) } }
            @if let Some(terms) = &card.terms {
                p.terms { (icon(Icon::Warning)) span { (crate::error_page::coded(terms)) } }
            }
        }
    }
}
