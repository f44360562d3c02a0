//! Cards as HTML that may stand in a page.

use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{bounded, events};

/// Elements whose content is no text either.
const DROPPED: [&str; 10] = [
    "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template",
    "textarea",
];

/// Renders a card as HTML without scripts, styles, frames and images; an image becomes a link to
/// it, so that looking at a card asks no other machine for anything.
pub fn html(markdown: &str) -> String {
    let markdown = bounded(markdown);
    let mut inside = Inside::default();
    let adapted = events(&markdown).flat_map(|event| inside.step(event));
    let mut unsafe_html = String::new();
    pulldown_cmark::html::push_html(&mut unsafe_html, adapted);
    cleaner().clean(&unsafe_html).to_string()
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .rm_tags(["img", "map", "area"])
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
}

impl Inside {
    /// Turns images into links, and headings into those of a part of a page.
    fn step<'a>(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match event {
            Event::Start(Tag::Image { dest_url, title, id, .. }) => {
                self.images += 1;
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
        let link = |text: &str| {
            format!("<p><a href=\"https://x/y.png\" rel=\"noopener nofollow\">{text}</a></p>")
        };
        assert_eq!(html("![a chart](https://x/y.png)").trim(), link("a chart"));
        assert_eq!(html("![](https://x/y.png)").trim(), link("image"));
        let badge = "[![badge](https://evil/b.svg)](https://x/y.png)";
        assert_eq!(html(badge).trim(), link("badge"));
        assert_eq!(
            html("![local](files/a.png)").trim(),
            "<p><a rel=\"noopener nofollow\">local</a></p>"
        );
    }

    #[test]
    fn nothing_that_runs_or_loads_is_left() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<img src=\"https://evil/pixel.gif\">",
            "<iframe src=\"https://evil\">x</iframe>",
            "<style>body{background:url(https://evil)}</style>",
            "<svg onload=alert(1)><use href=\"https://evil\"/></svg>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "<form action=\"https://evil\"><input name=a><button>b</button></form>",
            "<p style=\"background:url(https://evil)\" onclick=\"alert(1)\" class=\"x\" \
             id=\"y\">z</p>",
            "<link rel=stylesheet href=\"https://evil\">",
            "<meta http-equiv=refresh content=\"0;url=https://evil\">",
            "<base href=\"https://evil\">",
            "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
            "<video src=\"https://evil\" autoplay></video><audio src=\"https://evil\"></audio>",
            "<table background=\"https://evil\"><tr><td>a</td></tr></table>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        ];
        for markdown in hostile {
            let html = html(markdown);
            for part in ["alert", "evil", "<script", "<img", "style", "onclick", "<form", "<input"]
            {
                assert!(!html.contains(part), "{markdown}: {html}");
            }
        }
    }

    #[test]
    fn a_long_or_deep_card_is_bounded() {
        let long = html(&"word ".repeat(400_000));
        assert!(long.len() < 600_000 && long.contains("the rest is not shown"));
        let cut = html(&"ä".repeat(400_000));
        assert!(cut.contains("the rest is not shown"));
        for deep in [">".repeat(20_000), "<div>".repeat(20_000), "* ".repeat(5_000)] {
            assert!(html(&(deep + "\n\nx")).contains('x'));
        }
    }
}
