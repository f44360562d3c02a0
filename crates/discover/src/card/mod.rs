//! Renders the Markdown of a model's card: as safe HTML, and as text for terminals.

mod html;
mod shallow;
mod table;
mod text;

pub use html::html;
pub use text::text;

use shallow::Shallow;

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

/// Reads a card: CommonMark with tables and deleted text.
fn events(markdown: &str) -> impl Iterator<Item = pulldown_cmark::Event<'_>> {
    use pulldown_cmark::Options;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Shallow::new(pulldown_cmark::Parser::new_ext(markdown, options))
}
