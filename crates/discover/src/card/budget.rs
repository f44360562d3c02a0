//! Ends a card before what is made of it is too long: a table of a few bytes a cell becomes HTML
//! of many times its size.

use pulldown_cmark::{Event, Tag, TagEnd};

/// What an element costs, once at its start and once at its end: more than its bytes, as cleaning
/// one takes the time of so many bytes of text.
const TAG_BYTES: usize = 32;
/// What a piece of text costs besides its letters.
const PIECE_BYTES: usize = 8;
/// What stands in a link besides its address.
const LINK_BYTES: usize = 48;
/// The longest spelling of a letter that HTML escapes.
const ESCAPED_BYTES: usize = 6;

/// A document that ends, with everything closed, where its budget ends.
pub(super) struct Budget<I> {
    events: I,
    left: usize,
    open: Vec<TagEnd>,
    cut: bool,
}

impl<I> Budget<I> {
    pub(super) fn new(events: I, bytes: usize) -> Self {
        Self { events, left: bytes, open: Vec::new(), cut: false }
    }

    /// Tells whether the rest was left out.
    pub(super) fn was_cut(&self) -> bool {
        self.cut
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Budget<I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if self.cut {
            return self.open.pop().map(Event::End);
        }
        let event = self.events.next()?;
        match self.left.checked_sub(cost(&event)) {
            Some(left) => self.left = left,
            None => {
                self.cut = true;
                return self.last(event);
            }
        }
        match &event {
            Event::Start(tag) => self.open.push(tag.to_end()),
            Event::End(_) => drop(self.open.pop()),
            _ => {}
        }
        Some(event)
    }
}

impl<I> Budget<I> {
    /// Returns the beginning of a text for which the budget does not suffice.
    fn last<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Text(text) if self.left > ESCAPED_BYTES => {
                let part = self.left / ESCAPED_BYTES;
                // A letter has at most four bytes.
                let start: String = text.chars().take(part.div_ceil(4)).collect();
                Some(Event::Text(start.into()))
            }
            _ => self.open.pop().map(Event::End),
        }
    }
}

/// About what an event becomes.
fn cost(event: &Event<'_>) -> usize {
    match event {
        Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
            LINK_BYTES + escaped(dest_url) + escaped(title)
        }
        Event::Start(_) | Event::End(_) | Event::Rule | Event::HardBreak => TAG_BYTES,
        Event::Text(text) => PIECE_BYTES + escaped(text),
        Event::Code(text) => 2 * TAG_BYTES + escaped(text),
        Event::Html(html) | Event::InlineHtml(html) => TAG_BYTES + escaped(html),
        _ => 1,
    }
}

fn escaped(text: &str) -> usize {
    let special = |byte: &u8| matches!(byte, b'&' | b'<' | b'>' | b'"');
    text.len() + text.as_bytes().iter().filter(|byte| special(byte)).count() * (ESCAPED_BYTES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::Parser;

    #[test]
    fn what_is_cut_is_closed() {
        let text = "> - a *b **c** d* e\n> - f\n\ng\n";
        for bytes in 0..200 {
            let mut budget = Budget::new(Parser::new(text), bytes);
            let mut open = Vec::new();
            for event in budget.by_ref() {
                match event {
                    Event::Start(tag) => open.push(tag.to_end()),
                    Event::End(end) => assert_eq!(open.pop(), Some(end), "{bytes}"),
                    _ => {}
                }
            }
            assert!(open.is_empty(), "{bytes}");
            if bytes == 0 {
                assert!(budget.was_cut());
            }
        }
        assert!(!Budget::new(Parser::new(text), 1_000).was_cut());
    }
}
