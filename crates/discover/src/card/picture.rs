//! Pictures in a card's own HTML: what they show stays as text, and nothing is loaded.

/// Replaces each `<img alt="…">` by its text; everything else of a picture was taken out before.
///
/// An attribute may hold letters that a text may not: they are escaped on the way.
pub(super) fn as_text(clean_html: &str) -> (String, bool) {
    const START: &str = "<img";
    const ALT: &str = " alt=\"";
    let mut out = String::with_capacity(clean_html.len());
    let mut rest = clean_html;
    let mut found = false;
    while let Some((before, after)) = rest.split_once(START) {
        found = true;
        out.push_str(before);
        rest = match after.strip_prefix(ALT).and_then(|alt| alt.split_once('"')) {
            Some((alt, after)) => {
                out.push_str(&alt.replace('<', "&lt;").replace('>', "&gt;"));
                after.strip_prefix('>').unwrap_or(after)
            }
            None => after.strip_prefix('>').unwrap_or(after),
        };
    }
    out.push_str(rest);
    (out, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_what_it_shows() {
        let check = |html: &str, expected: &str| assert_eq!(as_text(html).0, expected);
        check("a<img alt=\"b\">c<img>d", "abcd");
        check("<img alt=\"x > y <script>&quot;\">z", "x &gt; y &lt;script&gt;&quot;z");
        check("<p>no picture</p>", "<p>no picture</p>");
        check("<img alt=\"", " alt=\"");
        assert!(as_text("<img>").1 && !as_text("x").1);
    }
}
