//! Cards as text for terminals: no colors, no escapes, lines of readable length.

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::table::Table;
use super::{CUT, OUTPUT_BYTES_MAX, bounded, events};

/// Lines above this are hard to read, and wider than many terminals.
const WIDTH: usize = 88;
/// However deep a list is, its text keeps some room.
const INDENT_MAX: usize = 32;

/// Renders a card as text.
pub fn text(markdown: &str) -> String {
    let (markdown, mut cut) = bounded(markdown);
    let mut writer = Writer::default();
    let mut events = events(&markdown, OUTPUT_BYTES_MAX);
    for event in events.by_ref() {
        writer.step(event);
    }
    writer.flush();
    cut |= events.was_cut();
    if cut {
        writer.space();
        writer.line(CUT.to_owned());
    }
    let text = writer.out.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The text of the block that is being read.
    block: String,
    /// What stands before each line; the second is for the first line of a block only.
    prefixes: Vec<(String, Option<String>)>,
    lists: Vec<Option<u64>>,
    links: Vec<(String, usize)>,
    table: Option<Table>,
    code: bool,
    html: Option<String>,
}

impl Writer {
    fn step(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.block.push_str(&text),
            Event::Html(html) => {
                self.html.get_or_insert_default().push_str(&html);
            }
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.block.push('\n'),
            Event::SoftBreak => self.block.push(' '),
            Event::HardBreak => self.block.push('\n'),
            Event::Rule => {
                self.space();
                self.line("-".repeat(3));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::HtmlBlock => self.open(),
            Tag::BlockQuote(_) => {
                self.open();
                self.prefixes.push(("> ".to_owned(), None));
            }
            Tag::CodeBlock(_) => {
                self.open();
                self.code = true;
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.open();
                } else {
                    self.flush();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.prefixes.push((" ".repeat(mark.len()), Some(mark)));
            }
            Tag::Table(_) => {
                self.open();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            Tag::Link { dest_url, .. } => self.links.push((dest_url.to_string(), self.block.len())),
            Tag::Image { .. } => self.block.push_str("[image: "),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph => self.flush(),
            TagEnd::Item => {
                self.flush();
                self.prefixes.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.prefixes.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                let code = std::mem::take(&mut self.block);
                code.lines().for_each(|line| self.line(format!("    {line}")));
                self.code = false;
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.block);
                if let Some(table) = &mut self.table {
                    table.cell(&cell);
                }
            }
            TagEnd::Table => {
                let table = self.table.take().unwrap_or_default();
                table.lines().into_iter().for_each(|line| self.line(line));
            }
            TagEnd::Link => self.close_link(),
            TagEnd::Image => self.block.push(']'),
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                self.block.push_str(&without_tags(&html));
                self.flush();
            }
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let rule = match level {
            HeadingLevel::H1 => Some("="),
            HeadingLevel::H2 => Some("-"),
            _ => None,
        };
        let width = self.block.chars().count().min(WIDTH);
        self.flush();
        if let Some(rule) = rule {
            self.line(rule.repeat(width));
        }
    }

    /// Writes where a link leads, unless its text says it.
    fn close_link(&mut self) {
        let Some((target, start)) = self.links.pop() else { return };
        let leads_out = ["http://", "https://", "mailto:"].iter().any(|s| target.starts_with(s));
        let said = self.block.get(start..).is_some_and(|text| target.ends_with(text.trim()));
        if leads_out && !said {
            self.block.push_str(&format!(" ({target})"));
        }
    }

    /// Ends what came before and leaves a line free.
    fn open(&mut self) {
        self.flush();
        if self.prefixes.last().is_none_or(|(_, first)| first.is_none()) {
            self.space();
        }
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Writes the block's text in lines of readable length.
    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        let indent: usize = self.prefixes.iter().map(|(rest, _)| rest.len()).sum();
        let width = WIDTH - indent.min(INDENT_MAX);
        for paragraph in block.split('\n') {
            let mut line = String::new();
            let mut length = 0;
            for word in paragraph.split_whitespace() {
                let more = word.chars().count() + 1;
                if length > 0 && length + more > width {
                    self.line(std::mem::take(&mut line));
                    length = 0;
                }
                if length > 0 {
                    line.push(' ');
                }
                line.push_str(word);
                length += more;
            }
            if length > 0 {
                self.line(line);
            }
        }
    }

    fn line(&mut self, text: String) {
        let mut indent = String::new();
        for (rest, first) in &mut self.prefixes {
            indent.push_str(&first.take().unwrap_or_else(|| rest.clone()));
        }
        // Deeper marks stay out: the text keeps its room.
        let shown: String = indent.chars().take(INDENT_MAX).collect();
        // A card may write a control letter as `&#27;`, which is one only now.
        let text: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        self.out.push_str(format!("{shown}{text}").trim_end());
        self.out.push('\n');
    }
}

/// Takes the tags out of HTML.
fn without_tags(html: &str) -> String {
    let mut builder = ammonia::Builder::empty();
    builder.clean_content_tags(["script", "style"].into());
    let html = html.replace("<br", "\n<br").replace("</tr>", "</tr>\n").replace("</p>", "</p>\n");
    let text = builder.clean(&html).to_string();
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_lines() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(text(markdown), expected, "{markdown}");
        };
        check("", "");
        check("# A *b*\n\ntext `c`\nd\n\n## E\nf", "A b\n===\n\ntext c d\n\nE\n-\n\nf\n");
        check("- a\n- b\n  - c\n\nd", "- a\n- b\n  - c\n\nd\n");
        check("3. a\n4. b\n", "3. a\n4. b\n");
        check("> a\n> b\n", "> a b\n");
        check("```\n{\n  1\n}\n```\n", "    {\n      1\n    }\n");
        check("[a](https://b.c/d) and <https://e.f>", "a (https://b.c/d) and https://e.f\n");
        check("[a](#top) ![chart](https://x/y.png)", "a [image: chart]\n");
        check("a|bb\n-|-\n1|2\nlong|\n", "a     bb\n----  --\n1     2\nlong\n");
        check("<b>x &amp; y</b><br>z\n", "x & y\nz\n");
        check("a<br/>b", "a\nb\n");
        check("a\n\n---\n\nb", "a\n\n---\n\nb\n");
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let out = text(&format!("- {}", "word ".repeat(40)));
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
        assert!(out.lines().skip(1).all(|line| line.starts_with("  word")), "{out}");
        assert_eq!(out.split_whitespace().count(), 41);
    }

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        let out = text(
            "\u{1b}[31mred\u{7} a\u{9b}b `c\u{1b}]0;x\u{7}`\n\n<script>bad()</script>\n\n\
                  &#27;[31m &#x9b;b\n\n<p>&#27;[32m</p>\n",
        );
        assert!(out.chars().all(|c| !c.is_control() || c == '\n'), "{out:?}");
        assert!(!out.contains("bad"), "{out}");
    }

    #[test]
    fn a_deep_card_is_bounded() {
        for deep in [">".repeat(5_000), "- ".repeat(5_000), "[".repeat(5_000)] {
            let out = text(&(deep + " x"));
            assert!(out.contains('x') && out.len() < 1 << 20, "{}", out.len());
        }
    }
}
