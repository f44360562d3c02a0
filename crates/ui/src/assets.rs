//! The stylesheet, the scripts and the icon, compiled in. Their path names their content, so that
//! a browser may keep them for ever and still sees every change.

/// A compiled-in file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: &'static [u8],
    /// The media type.
    pub content_type: &'static str,
    /// A quoted entity tag.
    pub etag: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const STYLE: &str = concat!(
    include_str!("../static/tokens.css"),
    include_str!("../static/base.css"),
    include_str!("../static/parts.css"),
    include_str!("../static/tile.css"),
    include_str!("../static/catalog.css"),
    include_str!("../static/search.css"),
    include_str!("../static/collections.css"),
    include_str!("../static/pages.css"),
    include_str!("../static/charts.css"),
    include_str!("../static/card.css"),
    include_str!("../static/compare.css"),
    include_str!("../static/print.css"),
);

macro_rules! script {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../static/", $name)).as_slice(), JS)
    };
}

/// Scripts import each other by relative paths, so all of them share one folder.
const FILES: &[(&str, &[u8], &str)] = &[
    ("app.css", STYLE.as_bytes(), CSS),
    ("icons.css", crate::icon::RULES.as_bytes(), CSS),
    ("icon.svg", include_bytes!("../static/icon.svg"), SVG),
    script!("theme.js"),
    script!("app.js"),
    script!("catalog.js"),
    script!("compare.js"),
    script!("copy.js"),
    script!("favorites.js"),
    script!("filters.js"),
    script!("forms.js"),
    script!("keys.js"),
    script!("live.js"),
    script!("patch.js"),
    script!("suggest.js"),
];

/// The folder: a checksum of every file, in hexadecimal digits.
const REVISION: [u8; 16] = hex(checksum());
/// The revision between quotes.
const ETAG: [u8; 18] = quoted(REVISION);

/// Returns the file at `path`, as it follows `/static/`.
pub fn asset(path: &str) -> Option<Asset> {
    let (revision, wanted) = path.split_once('/')?;
    if revision != text(&REVISION) {
        return None;
    }
    let (_, bytes, content_type) = FILES.iter().find(|(name, _, _)| *name == wanted)?;
    Some(Asset { bytes, content_type, etag: text(&ETAG) })
}

/// Returns the path at which a compiled-in file is served.
pub(crate) fn url(name: &str) -> String {
    format!("/static/{}/{name}", text(&REVISION))
}

fn text(digits: &'static [u8]) -> &'static str {
    std::str::from_utf8(digits).unwrap_or_default()
}

/// FNV-1a: no adversary chooses these files, they only have to differ after an edit.
const fn checksum() -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut file = 0;
    while file < FILES.len() {
        let bytes = FILES[file].1;
        let mut at = 0;
        while at < bytes.len() {
            sum = (sum ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        file += 1;
    }
    sum
}

const fn hex(sum: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    let mut at = 0;
    while at < digits.len() {
        digits[at] = b"0123456789abcdef"[(sum >> (60 - 4 * at)) as usize & 15];
        at += 1;
    }
    digits
}

const fn quoted(digits: [u8; 16]) -> [u8; 18] {
    let mut text = [b'"'; 18];
    let mut at = 0;
    while at < digits.len() {
        text[at + 1] = digits[at];
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_at_its_url_and_nothing_else_is() {
        for (name, bytes, _) in FILES {
            let url = url(name);
            let found = asset(url.strip_prefix("/static/").unwrap()).unwrap();
            assert_eq!(found.bytes, *bytes, "{name}");
            assert!(found.etag.len() == 18 && found.etag.starts_with('"'), "{}", found.etag);
        }
        for path in ["", "app.css", "0000000000000000/app.css", "../secret"] {
            assert_eq!(asset(path), None, "{path}");
        }
        let other = url("nothing.js");
        assert_eq!(asset(other.strip_prefix("/static/").unwrap()), None);
    }

    #[test]
    fn scripts_import_only_what_is_served() {
        for (name, bytes, _) in FILES.iter().filter(|(_, _, kind)| *kind == JS) {
            let code = std::str::from_utf8(bytes).unwrap();
            for line in code.lines().filter(|line| line.starts_with("import ")) {
                let path = line.split('\'').nth(1).unwrap().strip_prefix("./").unwrap();
                assert!(FILES.iter().any(|(known, _, _)| *known == path), "{name}: {line}");
            }
        }
    }
}
