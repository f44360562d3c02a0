//! Renders the Markdown of a model's card: as safe HTML, and as text for terminals.

mod html;
mod table;
mod text;

pub use html::html;
pub use text::text;

/// The longest card in bytes; the longest published ones have 50 KB.
const CARD_BYTES_MAX: usize = 512 << 10;

/// Cuts a card that is too long, and takes out what moves a terminal's cursor.
fn bounded(markdown: &str) -> String {
    let mut end = markdown.len().min(CARD_BYTES_MAX);
    while !markdown.is_char_boundary(end) {
        end -= 1;
    }
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let mut text: String = markdown[..end].chars().filter(allowed).collect();
    if end < markdown.len() {
        text.push_str("\n\n*The card is longer than 512 KiB; the rest is not shown.*\n");
    }
    text
}

/// The Markdown that cards are written in: CommonMark with tables and deleted text.
fn options() -> pulldown_cmark::Options {
    pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH
}
