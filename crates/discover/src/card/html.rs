//! Cards as HTML that may stand in a page.

use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{CUT, OUTPUT_BYTES_MAX, bounded, events, picture};

/// Elements whose content is no text either.
const DROPPED: [&str; 10] = [
    "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template",
    "textarea",
];

/// Stands below a card with pictures.
const NOT_LOADED: &str = "Pictures are not loaded from other machines: their words are shown.";

/// Renders a card as HTML without scripts, styles, frames and images; an image becomes a link to
/// it, so that looking at a card asks no other machine for anything.
pub fn html(markdown: &str) -> String {
    let (markdown, cut) = bounded(markdown);
    let mut budget = OUTPUT_BYTES_MAX;
    loop {
        let mut rendered = render(&markdown, budget);
        // A budget is an estimate: what came out longer is made again with a smaller one.
        if rendered.html.len() > OUTPUT_BYTES_MAX && budget > 0 {
            budget /= 2;
            continue;
        }
        rendered.cut |= cut;
        return rendered.with_notes();
    }
}

/// A card as clean HTML.
struct Rendered {
    html: String,
    cut: bool,
    pictures: bool,
}

impl Rendered {
    fn with_notes(mut self) -> String {
        for (wanted, note) in [(self.pictures, NOT_LOADED), (self.cut, CUT)] {
            if wanted {
                if !self.html.ends_with('\n') {
                    self.html.push('\n');
                }
                self.html.push_str(&format!("<p class=\"note\">{note}</p>\n"));
            }
        }
        self.html
    }
}

fn render(markdown: &str, budget: usize) -> Rendered {
    let mut inside = Inside::default();
    let mut events = events(markdown, budget);
    let mut unsafe_html = String::new();
    let adapted = events.by_ref().flat_map(|event| inside.step(event));
    pulldown_cmark::html::push_html(&mut unsafe_html, adapted);
    let clean = cleaner().clean(&unsafe_html).to_string();
    let (html, pictures) = picture::as_text(&clean);
    Rendered { html, cut: events.was_cut(), pictures: pictures || inside.images_seen }
}

/// Allows what formats a text. Of a picture only its words are let through, for
/// [`picture::as_text`].
fn cleaner() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .rm_tags(["map", "area"])
        .rm_tag_attributes("img", ["src", "width", "height", "align"])
        .rm_generic_attributes(["lang", "title"])
        .clean_content_tags(HashSet::from(DROPPED))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener nofollow"));
    builder
}

/// Where the events of a document are.
#[derive(Default)]
struct Inside {
    links: usize,
    images: usize,
    alt_seen: bool,
    images_seen: bool,
}

impl Inside {
    /// Turns images into links, and headings into those of a part of a page.
    fn step<'a>(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match event {
            Event::Start(Tag::Image { dest_url, title, id, .. }) => {
                self.images += 1;
                self.images_seen = true;
                self.alt_seen = false;
                // A link inside a link is none: its text is enough.
                if self.links > 0 || self.images > 1 {
                    return Vec::new();
                }
                let link_type = LinkType::Inline;
                vec![Event::Start(Tag::Link { link_type, dest_url, title, id })]
            }
            Event::End(TagEnd::Image) => {
                self.images -= 1;
                let mut events = Vec::new();
                if !self.alt_seen {
                    events.push(Event::Text(CowStr::Borrowed("image")));
                }
                if self.links == 0 && self.images == 0 {
                    events.push(Event::End(TagEnd::Link));
                }
                events
            }
            Event::Start(Tag::Link { .. }) if self.images > 0 => Vec::new(),
            Event::End(TagEnd::Link) if self.images > 0 => Vec::new(),
            Event::Start(Tag::Link { .. }) => {
                self.links += 1;
                vec![event]
            }
            Event::End(TagEnd::Link) => {
                self.links -= 1;
                vec![event]
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let level = lower(level);
                let (id, classes, attrs) = (None, Vec::new(), Vec::new());
                vec![Event::Start(Tag::Heading { level, id, classes, attrs })]
            }
            Event::End(TagEnd::Heading(level)) => {
                vec![Event::End(TagEnd::Heading(lower(level)))]
            }
            Event::Text(_) | Event::Code(_) => {
                self.alt_seen = true;
                vec![event]
            }
            event => vec![event],
        }
    }
}

/// The page has its own title and sections: a card's headings stand below them.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(html(markdown).trim(), expected, "{markdown}");
        };
        check("# A\n\ntext *b* `c`", "<h3>A</h3>\n<p>text <em>b</em> <code>c</code></p>");
        check("[a](https://b.c)", "<p><a href=\"https://b.c\" rel=\"noopener nofollow\">a</a></p>");
        check(
            "a|b\n-|-\n1|2\n",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n\
             <tr><td>1</td><td>2</td></tr>\n</tbody></table>",
        );
        check("```json\n{\"a\": 1}\n```", "<pre><code>{\"a\": 1}\n</code></pre>");
    }

    #[test]
    fn images_become_links_to_them() {
        let note = format!("\n<p class=\"note\">{NOT_LOADED}</p>");
        let link = |text: &str| {
            let rel = "rel=\"noopener nofollow\"";
            format!("<p><a href=\"https://x/y.png\" {rel}>{text}</a></p>{note}")
        };
        assert_eq!(html("![a chart](https://x/y.png)").trim(), link("a chart"));
        assert_eq!(html("![](https://x/y.png)").trim(), link("image"));
        let badge = "[![badge](https://evil/b.svg)](https://x/y.png)";
        assert_eq!(html(badge).trim(), link("badge"));
        let local = format!("<p><a rel=\"noopener nofollow\">local</a></p>{note}");
        assert_eq!(html("![local](files/a.png)").trim(), local);
        let raw = html("<p><img src=\"https://evil/a.png\" alt=\"a &lt;b&gt; chart\"> c</p>");
        assert_eq!(raw.trim(), format!("<p>a &lt;b&gt; chart c</p>{note}"));
    }
}
