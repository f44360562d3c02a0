//! Just enough reading of HTML for tests: tags with their attributes, in order.

/// An opening tag.
#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    pub name: &'a str,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// Returns the value of an attribute.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let start = self.attributes.find(&format!(" {name}=\""))? + name.len() + 3;
        let value = &self.attributes[start..];
        Some(&value[..value.find('"')?])
    }

    /// Returns the names of all attributes.
    pub fn names(&self) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut rest = self.attributes.trim();
        while !rest.is_empty() {
            let end = rest.find([' ', '=']).unwrap_or(rest.len());
            names.push(&rest[..end]);
            rest = &rest[end..];
            if let Some(value) = rest.strip_prefix("=\"") {
                rest = &value[value.find('"').map_or(value.len(), |at| at + 1)..];
            }
            rest = rest.trim_start();
        }
        names
    }
}

/// Returns the opening tags of a page.
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    let opening = |part: &'_ str| part.starts_with(|letter: char| letter.is_ascii_alphabetic());
    html.split('<')
        .filter(|part| opening(part))
        .map(|part| {
            let tag = &part[..part.find('>').unwrap_or(part.len())];
            let end = tag.find(' ').unwrap_or(tag.len());
            Tag { name: &tag[..end], attributes: &tag[end..] }
        })
        .collect()
}

/// Elements that have no closing tag.
const VOID: [&str; 5] = ["meta", "link", "input", "br", "hr"];

/// Returns the first element that is not closed where it should be.
pub fn unclosed(html: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for part in html.split('<').skip(1) {
        let name = part.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        if part.starts_with('!') || VOID.contains(&name) {
            continue;
        }
        if !part.starts_with('/') {
            open.push(name);
        } else if open.pop() != Some(name) {
            return Some(format!("</{name}> inside {open:?}"));
        }
    }
    open.first().map(|name| format!("<{name}>"))
}

/// Returns what a person reads, one line for each piece of text.
pub fn text(html: &str) -> String {
    let pieces = html.split('<').filter_map(|part| part.split_once('>'));
    let pieces = pieces.map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    pieces.collect::<Vec<_>>().join("\n").replace("&lt;", "<").replace("&quot;", "\"")
}
