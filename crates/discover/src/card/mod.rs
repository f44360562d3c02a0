//! Renders the Markdown of a model's card: as safe HTML, and as text for terminals.

mod budget;
mod html;
mod picture;
mod shallow;
mod table;
mod text;

pub use html::html;
pub use text::text;

use budget::Budget;
use shallow::Shallow;

/// The longest card in bytes; the longest published ones have 50 KB.
const CARD_BYTES_MAX: usize = 256 << 10;
/// The longest HTML that is made of a card, which with the rest of its page stays below 512 KiB.
const OUTPUT_BYTES_MAX: usize = 384 << 10;
/// Stands below a card that is shown in part.
const CUT: &str = "The card is too long to be shown whole: the rest is not shown.";

/// Cuts a card that is too long, and takes out what moves a terminal's cursor; tells whether it
/// was cut.
fn bounded(markdown: &str) -> (String, bool) {
    let mut end = markdown.len().min(CARD_BYTES_MAX);
    while !markdown.is_char_boundary(end) {
        end -= 1;
    }
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    (markdown[..end].chars().filter(allowed).collect(), end < markdown.len())
}

/// Reads a card, CommonMark with tables and deleted text, as far as so many bytes of output.
fn events(markdown: &str, bytes: usize) -> Budget<impl Iterator<Item = pulldown_cmark::Event<'_>>> {
    use pulldown_cmark::Options;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Budget::new(Shallow::new(pulldown_cmark::Parser::new_ext(markdown, options)), bytes)
}

#[cfg(test)]
mod tests;
