//! The card: `README.md` with facts in YAML at its top, as publishers write it.

use serde_yaml_ng::{Mapping, Value};

/// The longest card that is kept as text; the longest in use have about 100 KB.
const BODY_BYTES_MAX: usize = 256 << 10;
/// The longest block of facts; tables of results make it 200 KB here and there.
const FACTS_BYTES_MAX: usize = 1 << 20;
/// The longest summary.
const SUMMARY_CHARS_MAX: usize = 300;
/// How many words and names are kept of each sort.
const ITEMS_MAX: usize = 100;

/// What a card says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) license: Option<String>,
    pub(crate) task: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) datasets: Vec<String>,
    pub(crate) base_models: Vec<String>,
    /// The text below the facts.
    pub(crate) body: String,
    /// The first paragraph of the text, without marks.
    pub(crate) summary: String,
    /// Why the facts could not be read.
    pub(crate) defect: Option<String>,
}

impl Card {
    /// Reads a card; a defect in its facts costs the facts and not the text.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let (facts, body) = split(text);
        let mut card = match facts {
            None => Self::default(),
            Some(facts) if facts.len() > FACTS_BYTES_MAX => {
                Self { defect: Some("they are longer than 1 MiB".to_owned()), ..Self::default() }
            }
            Some(facts) => match serde_yaml_ng::from_str::<Option<Mapping>>(facts) {
                Ok(facts) => Self::from_facts(&facts.unwrap_or_default()),
                Err(error) => Self { defect: Some(error.to_string()), ..Self::default() },
            },
        };
        card.summary = summary(body);
        card.body = shortened(body.trim(), BODY_BYTES_MAX).to_owned();
        card
    }

    fn from_facts(facts: &Mapping) -> Self {
        let one = |name: &str| facts.get(name).map(texts).and_then(|all| all.into_iter().next());
        let all = |name: &str| facts.get(name).map(texts).unwrap_or_default();
        // `other` is not a name: the publisher's own is beside it.
        let license = match one("license") {
            Some(other) if other == "other" => one("license_name").or(Some(other)),
            found => found,
        };
        Self {
            license,
            task: one("pipeline_tag"),
            tags: all("tags"),
            languages: all("language"),
            datasets: all("datasets"),
            base_models: all("base_model"),
            ..Self::default()
        }
    }
}

/// Splits the facts, between two lines of `---` at the top, from the text.
fn split(text: &str) -> (Option<&str>, &str) {
    let Some(rest) = text.strip_prefix("---").and_then(|rest| rest.split_once('\n')) else {
        return (None, text);
    };
    let (after_mark, rest) = rest;
    if !after_mark.trim().is_empty() {
        return (None, text);
    }
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return (Some(&rest[..end]), &rest[end + line.len()..]);
        }
        end += line.len();
    }
    (None, text)
}

/// Returns one text, or each of a list; whatever else stands there is passed over.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let found: Vec<String> = match value {
        Value::Sequence(values) => values.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    };
    found.into_iter().filter(|text| !text.is_empty()).take(ITEMS_MAX).collect()
}

/// Returns the first paragraph that is prose.
fn summary(body: &str) -> String {
    let mut in_code = false;
    let mut paragraph: Vec<&str> = Vec::new();
    for line in body.lines().map(str::trim) {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        let is_prose = !in_code
            && !line.is_empty()
            && !line.starts_with(['#', '<', '!', '|', '>', '-', '*', '`', '=', '[', '{', '+']);
        match (is_prose, paragraph.is_empty()) {
            (true, _) => paragraph.push(line),
            (false, false) => break,
            (false, true) => {}
        }
    }
    let text = plain(&paragraph.join(" "));
    if text.chars().count() <= SUMMARY_CHARS_MAX {
        return text;
    }
    let cut: String = text.chars().take(SUMMARY_CHARS_MAX - 1).collect();
    match cut.rfind(". ") {
        Some(end) => cut[..=end].to_owned(),
        None => format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(start, _)| start)),
    }
}

/// Removes the marks of Markdown: a link becomes its text.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['[', '*', '`']) {
        plain.push_str(&rest[..start]);
        let link = rest[start..].strip_prefix('[').and_then(|inner| {
            let (label, after) = inner.split_once("](")?;
            let (_, after) = after.split_once(')')?;
            (!label.contains(['[', ']'])).then_some((label, after))
        });
        match link {
            Some((label, after)) => {
                plain.push_str(label);
                rest = after;
            }
            None => {
                if rest[start..].starts_with('[') {
                    plain.push('[');
                }
                rest = &rest[start + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a text to `bytes_max`, between two characters.
fn shortened(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_text_are_read() {
        let card = Card::parse(
            "---\nlicense: apache-2.0\nlanguage:\n- en\n- de\ntags: [a, b]\npipeline_tag: \
             fill-mask\ndatasets: wiki\nbase_model: acme/base\nwidget:\n- text: x\n---\n\n# \
             Title\n\nThe **first** [paragraph](http://x/y) has `two`\nlines.\n\nMore.\n",
        );
        assert_eq!(card.license.as_deref(), Some("apache-2.0"));
        assert_eq!(card.task.as_deref(), Some("fill-mask"));
        assert_eq!(card.languages, ["en", "de"]);
        assert_eq!(card.tags, ["a", "b"]);
        assert_eq!(
            (&card.datasets[..], &card.base_models[..]),
            (&["wiki".to_owned()][..], &["acme/base".to_owned()][..],)
        );
        assert_eq!(card.summary, "The first paragraph has two lines.");
        assert!(card.body.starts_with("# Title") && card.defect.is_none());
    }

    #[test]
    fn a_card_without_sound_facts_keeps_its_text() {
        let check = |text: &str, body: &str, defect: Option<&str>| {
            let card = Card::parse(text);
            assert_eq!(card.body, body, "{text:?}");
            assert_eq!(card.license, None);
            match defect {
                Some(part) => assert!(card.defect.unwrap().contains(part)),
                None => assert_eq!(card.defect, None),
            }
        };
        check("Just text.", "Just text.", None);
        check("", "", None);
        check("---\n---\nText", "Text", None);
        check("---\nno end", "---\nno end", None);
        check("--- x\nText", "--- x\nText", None);
        check("---\na: [\n---\nText", "Text", Some("line"));
        check("---\n- a\n---\nText", "Text", Some("expected"));
        check("---\nlicense: {a: b}\n---\nText", "Text", None);
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
            + &(b'b'..=b'i')
                .map(|c| {
                    let (this, last) = (c as char, (c - 1) as char);
                    let all = format!("*{last},").repeat(10);
                    format!("{this}: &{this} [{all}]\n")
                })
                .collect::<String>();
        check(&format!("---\n{bomb}---\nText"), "Text", Some("repetition limit"));
        let long = format!("---\nx: {}\n---\nText", "y".repeat(FACTS_BYTES_MAX));
        check(&long, "Text", Some("longer than 1 MiB"));
    }

    #[test]
    fn an_own_license_goes_by_its_name() {
        let check = |facts: &str, license: &str| {
            let card = Card::parse(&format!("---\n{facts}\n---\n"));
            assert_eq!(card.license.as_deref(), Some(license));
        };
        check("license: other\nlicense_name: llama3", "llama3");
        check("license: other", "other");
        check("license: [mit, apache-2.0]", "mit");
    }

    #[test]
    fn the_summary_is_the_first_prose_and_short() {
        let check = |body: &str, text: &str| assert_eq!(summary(body), text);
        check("<p>x</p>\n\n[![badge](a)](b)\n\n```py\ncode\n```\n> quote\n\nProse.", "Prose.");
        check("# Only\n- lists\n| and | tables |", "");
        check("A [b](c) and [d] ` e.", "A b and [d] e.");
        let long = format!("One sentence. {}", "word ".repeat(100));
        check(&long, "One sentence.");
        let cut = summary(&"word ".repeat(100));
        assert!(cut.ends_with("word…") && cut.chars().count() <= SUMMARY_CHARS_MAX);
    }
}
