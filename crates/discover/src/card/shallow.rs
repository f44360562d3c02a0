//! Takes out what is nested too deep: the work on a card grows with its depth.

use pulldown_cmark::Event;

/// No card that a person wrote nests deeper.
const DEPTH_MAX: usize = 32;
/// Tags of HTML in one card; the longest published table that is written in HTML has 600.
const HTML_TAGS_MAX: usize = 2_000;

/// A document without its deepest containers, whose text stays, and with few tags of HTML.
pub(super) struct Shallow<I> {
    events: I,
    depth: usize,
    html_tags: usize,
}

impl<I> Shallow<I> {
    pub(super) fn new(events: I) -> Self {
        Self { events, depth: 0, html_tags: 0 }
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Shallow<I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let event = self.events.next()?;
            let kept = match &event {
                Event::Start(_) => {
                    self.depth += 1;
                    self.depth <= DEPTH_MAX
                }
                Event::End(_) => {
                    self.depth -= 1;
                    self.depth < DEPTH_MAX
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    self.html_tags += html.matches('<').count();
                    self.html_tags <= HTML_TAGS_MAX
                }
                _ => true,
            };
            if kept {
                return Some(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::events;

    #[test]
    fn what_is_kept_is_balanced() {
        use pulldown_cmark::Event;
        for deep in [">".repeat(200), "- ".repeat(200), ">- ".repeat(90)] {
            let text = format!("{deep}x");
            let all: Vec<_> = events(&text, 1 << 20).collect();
            let (mut depth, mut deepest) = (0_i32, 0);
            for event in &all {
                match event {
                    Event::Start(_) => depth += 1,
                    Event::End(_) => depth -= 1,
                    _ => {}
                }
                deepest = deepest.max(depth);
            }
            assert_eq!((depth, deepest), (0, 32), "{deep:.9}");
            assert!(all.iter().any(|event| matches!(event, Event::Text(t) if t.contains('x'))));
        }
    }
}
