//! The place of a text that the words of a query were found in.

use std::collections::HashSet;

use crate::query::{Fragment, Listed};

/// What fits into two lines of a tile.
const CHARS_MAX: usize = 180;

/// What is shown before the first word that was found.
const CHARS_BEFORE: usize = 40;

/// Cuts the summary around the first word that was found; empty where none is in it.
pub(super) fn of(listed: &Listed, words: &HashSet<String>) -> Vec<Fragment> {
    let text = listed.record.summary.as_str();
    let hits: Vec<(usize, usize)> = tokens(text)
        .filter(|(start, end)| words.contains(&text[*start..*end].to_lowercase()))
        .collect();
    let Some((first, _)) = hits.first() else { return Vec::new() };
    let start = cut_before(text, *first);
    let end = cut_after(text, start);
    let mut fragments = Vec::new();
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            fragments.push(Fragment { text: text.to_owned(), hit });
        }
    };
    if start > 0 {
        push("…", false);
    }
    let mut at = start;
    for (from, to) in hits.into_iter().filter(|(_, to)| *to <= end) {
        push(&text[at..from], false);
        push(&text[from..to], true);
        at = to;
    }
    push(&text[at..end], false);
    if end < text.len() {
        push("…", false);
    }
    fragments
}

/// Returns where each word begins and ends.
fn tokens(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| {
        // A part of a text begins behind its beginning.
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start, start + word.len())
    })
}

/// Returns the beginning of a word a little before `at`.
fn cut_before(text: &str, at: usize) -> usize {
    if at <= CHARS_BEFORE {
        return 0;
    }
    let words = tokens(&text[..at]).map(|(start, _)| start);
    words.filter(|start| at - start <= CHARS_BEFORE).min().unwrap_or(at)
}

/// Returns the end of the last word that fits.
fn cut_after(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    match rest.char_indices().nth(CHARS_MAX) {
        None => text.len(),
        Some((limit, _)) => {
            let ends = tokens(rest).map(|(_, end)| end).filter(|end| *end <= limit);
            start + ends.max().unwrap_or(limit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(summary: &str, words: &[&str], expected: &str) {
        let record = catalog::ModelRecord {
            summary: summary.to_owned(),
            ..catalog::ModelRecord::new("a".parse().unwrap(), "b".parse().unwrap())
        };
        let listed = Listed { record, version: None, options: Vec::new() };
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let mark =
            |one: &Fragment| if one.hit { format!("[{}]", one.text) } else { one.text.clone() };
        assert_eq!(of(&listed, &words).iter().map(mark).collect::<String>(), expected);
    }

    #[test]
    fn what_was_found_is_marked() {
        check("A small BERT for English.", &["bert"], "A small [BERT] for English.");
        check("Größe zählt, sagt Größe.", &["größe"], "[Größe] zählt, sagt [Größe].");
        check("Nothing here", &["bert"], "");
        check("", &["bert"], "");
    }

    #[test]
    fn a_long_text_is_cut_at_words() {
        let long = format!("{} bert {}", "before ".repeat(30), "after ".repeat(60));
        let record = |words: &[&str], expected: &dyn Fn(&str)| {
            let record = catalog::ModelRecord {
                summary: long.clone(),
                ..catalog::ModelRecord::new("a".parse().unwrap(), "b".parse().unwrap())
            };
            let listed = Listed { record, version: None, options: Vec::new() };
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            let text: String = of(&listed, &words).into_iter().map(|one| one.text).collect();
            expected(&text);
        };
        record(&["bert"], &|text| {
            assert!(text.starts_with("…before ") && text.ends_with("after…"), "{text}");
            assert!(text.chars().count() <= CHARS_MAX + 2, "{text}");
        });
    }
}
