//! Hostile cards: nothing runs, nothing loads, nothing takes long.

use std::time::{Duration, Instant};

use proptest::prelude::{ProptestConfig, proptest};
use proptest::strategy::Strategy;
use proptest::{collection, sample};

use super::{CUT, html, text};

/// The HTML of a card on a page, with its notes.
const PAGE_BUDGET: usize = 400 << 10;

/// Anything that a browser would run or load.
fn is_harmless(html: &str) -> bool {
    let lower = html.to_lowercase();
    let forbidden = [
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "<style",
        "<link",
        "<meta",
        "<base",
        "<form",
        "<input",
        "<button",
        "<img",
        "<picture",
        "<video",
        "<audio",
        "<source",
        "<track",
        "<svg",
        "<math",
        "<template",
        "<frame",
        "<applet",
        "<!--",
        "javascript:",
        "vbscript:",
        "data:",
        " src=",
        " style=",
        " srcset=",
        " background=",
        " onclick=",
        " onerror=",
        " onload=",
        " formaction=",
        " xlink:href=",
        " id=",
        " name=",
    ];
    // Escaped text may say anything: only what stands in a tag counts.
    let tags = lower.split('<').skip(1).map(|rest| format!("<{}", tag_of(rest)));
    tags.into_iter().all(|tag| !forbidden.iter().any(|part| tag.contains(part)))
}

/// A letter that no terminal obeys.
fn is_plain(letter: char) -> bool {
    !letter.is_control() || matches!(letter, '\n' | '\t')
}

/// The tag at the start of a text, up to the `>` that is in no quotes.
fn tag_of(rest: &str) -> &str {
    let mut quoted = false;
    let end = rest.find(|c: char| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    &rest[..end.unwrap_or(rest.len())]
}

#[test]
fn nothing_that_runs_or_loads_is_left() {
    let hostile = [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil></sCrIpT>",
        "<<script>script>alert(1)<</script>/script>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"https://evil/pixel.gif\">",
        "<img alt=\"x\" src=x onerror=alert(1)>",
        "<iframe src=\"https://evil\">x</iframe>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<style>body{background:url(https://evil)}</style>",
        "<svg onload=alert(1)><use href=\"https://evil\"/></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><foreignObject><iframe src=\"https://evil\"></iframe></foreignObject></svg>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 \
         onerror=alert(1)&gt;\"></table></mtext></math>",
        "<math href=\"javascript:alert(1)\">x</math>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" &#106;avascript:alert(1)\">x</a>",
        "<a href=\"java\nscript:alert(1)\">x</a>",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
        "<a href=\"vbscript:x\">x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![x](javascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        "<form action=\"https://evil\"><input name=a><button formaction=x>b</button></form>",
        "<p style=\"background:url(https://evil)\" onclick=\"alert(1)\" class=\"x\" id=\"y\">z</p>",
        "<link rel=stylesheet href=\"https://evil\">",
        "<meta http-equiv=refresh content=\"0;url=https://evil\">",
        "<base href=\"https://evil\">",
        "<video src=\"https://evil\" autoplay></video><audio src=\"https://evil\"></audio>",
        "<picture><source srcset=\"https://evil\"><img src=x></picture>",
        "<table background=\"https://evil\"><tr><td>a</td></tr></table>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<!-- <img src=x onerror=alert(1)> -->",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<?php <img src=x onerror=alert(1)> ?>",
        "<template><img src=x onerror=alert(1)></template>",
        "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
        "<select><template><img src=x onerror=alert(1)></template></select>",
        "<object data=\"https://evil\"><embed src=\"https://evil\"></object>",
        "<details ontoggle=alert(1) open>x</details>",
        "<a href=\"https://ok\" ping=\"https://evil\" target=\"_top\">x</a>",
        "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
        "```html\n<script>alert(1)</script>\n```",
    ];
    for markdown in hostile {
        let html = html(markdown);
        assert!(is_harmless(&html), "{markdown}: {html}");
        let shown = text(markdown);
        assert!(shown.chars().all(is_plain), "{markdown}: {shown}");
    }
}

#[test]
fn what_formats_a_text_stays() {
    let check = |markdown: &str, part: &str| {
        let html = html(markdown);
        assert!(html.contains(part), "{markdown}: {html}");
    };
    check("<details><summary>More</summary>text</details>", "<summary>More</summary>");
    check("<b>bold</b> H<sub>2</sub>O", "<b>bold</b> H<sub>2</sub>O");
    check("[mail](mailto:a@b.c)", "href=\"mailto:a@b.c\"");
    check("~~gone~~", "<del>gone</del>");
    check("`<script>`", "<code>&lt;script&gt;</code>");
    check("<!-- hidden --> shown", "shown");
}

/// Checks that a card is short and quick, in both shapes. A build without optimization takes about
/// thirty times as long as one with.
fn check_bounded(name: &str, markdown: &str, cut: bool) {
    let limit = if cfg!(debug_assertions) { 20_000 } else { 400 };
    let started = Instant::now();
    let html = html(markdown);
    let text = text(markdown);
    let took = started.elapsed();
    assert!(html.len() <= PAGE_BUDGET, "{name}: {} bytes", html.len());
    assert!(text.len() <= 2 * PAGE_BUDGET, "{name}: {} bytes of text", text.len());
    assert_eq!(html.contains(CUT), cut, "{name}");
    assert!(took < Duration::from_millis(limit), "{name}: {took:?}");
    assert!(is_harmless(&html), "{name}");
}

#[test]
fn long_and_deep_cards_are_bounded() {
    let mib = 1 << 20;
    let cards = [
        ("words", "word ".repeat(400_000), true),
        ("letters of two bytes", "ä".repeat(400_000), true),
        ("a table of 5 MB", format!("a|b|c\n-|-|-\n{}", "1|2|3\n".repeat(5 * mib / 6)), true),
        (
            "narrow cells",
            format!("{}\n{}\n", "a|".repeat(2_000), "-|".repeat(2_000)) + &"x\n".repeat(2_000),
            true,
        ),
        ("stars", "*".repeat(10 * mib), true),
        ("stars and letters", "*a".repeat(5 * mib), true),
        ("brackets", "[".repeat(10 * mib), true),
        ("links that never end", "[a](".repeat(2 * mib), true),
        ("images", "![a](b)".repeat(mib), true),
        ("ticks", "`a``".repeat(2 * mib), true),
        ("quotes", ">".repeat(20_000), false),
        ("lists", "* ".repeat(5_000), false),
        ("elements", "<div>".repeat(20_000), false),
        ("letters that are escaped", "&\"<>".repeat(100_000), true),
        ("comments", "<!--".repeat(100_000), true),
        ("entities", "&amp;".repeat(200_000), true),
    ];
    for (name, markdown, cut) in cards {
        check_bounded(name, &markdown, cut);
    }
}

/// Pieces of Markdown and HTML that mean something, in any order.
fn cards() -> impl Strategy<Value = String> {
    const PIECES: [&str; 44] = [
        "*",
        "**",
        "_",
        "`",
        "```",
        "~~",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "</",
        "/>",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "|",
        "-|-\n",
        "- ",
        "1. ",
        "> ",
        "# ",
        "&",
        "&#x",
        ";",
        "\"",
        "'",
        "<img alt=\"",
        "<script>",
        "<svg ",
        "<math>",
        "<style>",
        "<!--",
        "-->",
        "<a href=\"",
        "javascript:",
        "onerror=",
        "word",
        "ä",
        "\u{0}",
        "\u{1b}[31m",
        "<table><tr><td>",
    ];
    collection::vec(sample::select(PIECES.to_vec()), 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_card_breaks_out(card in cards()) {
        let html = html(&card);
        assert!(is_harmless(&html), "{card:?}: {html}");
        assert!(text(&card).chars().all(is_plain), "{card:?}");
    }

    #[test]
    fn any_text_is_a_card(card in ".{0,300}") {
        assert!(is_harmless(&html(&card)), "{card:?}");
        text(&card);
    }
}
