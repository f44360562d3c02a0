//! The card of an asset: its text, a summary where none is given, and its sample request.

use serde_json::Value;

use super::folder::AssetFolder;
use crate::ModelRecord;

/// A summary fits two lines of a list.
const SUMMARY_CHARS_MAX: usize = 240;

/// The files that a card is made of.
pub(super) struct CardFiles {
    pub(super) description: String,
    pub(super) notes: Option<String>,
    pub(super) evaluation: Option<String>,
}

impl Default for CardFiles {
    fn default() -> Self {
        Self { description: "description.md".to_owned(), notes: None, evaluation: None }
    }
}

/// Reads the files and fills the record's texts.
pub(super) fn read(folder: &mut AssetFolder, files: &CardFiles, record: &mut ModelRecord) {
    match folder.text(&files.description) {
        Ok(text) => {
            record.sample_input = sample(folder, &files.description, &text);
            if record.summary.is_empty() {
                record.summary = summarize(&text);
            }
            record.description = text;
        }
        Err(why) => folder.warn("model.yaml", "publish.description", format!("{why}: no card")),
    }
    let parts = [
        ("Notes", "system_metadata.notes", &files.notes),
        ("Evaluation results", "system_metadata.evaluation", &files.evaluation),
    ];
    for (title, field, name) in parts {
        let Some(name) = name else { continue };
        match folder.text(name) {
            Ok(text) => record.description.push_str(&format!("\n\n# {title}\n\n{text}")),
            Err(why) => folder.warn("spec.yaml", field, format!("{why}: left out")),
        }
    }
}

/// Finds the first request in a block of code below a heading that promises a sample.
fn sample(folder: &mut AssetFolder, file: &str, text: &str) -> Option<Value> {
    let mut promised = false;
    let mut block: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let fence = line.trim_start().starts_with("```");
        match &mut block {
            Some((start, code)) if fence => {
                return match serde_json::from_str(code) {
                    Ok(value) => Some(value),
                    Err(error) => {
                        let line = *start + error.line();
                        let message = format!("the sample input is not valid JSON: {error}");
                        folder.warn(file, &format!("line {line}"), message);
                        None
                    }
                };
            }
            Some((_, code)) => {
                code.push_str(line);
                code.push('\n');
            }
            None if fence && promised => block = Some((number + 1, String::new())),
            None if line.starts_with('#') => {
                promised = line.to_lowercase().contains("sample input");
            }
            None => {}
        }
    }
    None
}

/// Makes a summary from the first words of a card that are a sentence.
fn summarize(text: &str) -> String {
    let mut words = String::new();
    let mut fenced = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        let structure = line.starts_with(['#', '|', '<', '>', '!']) || line.contains("---");
        if fenced || structure || line.starts_with("```") {
            continue;
        }
        if line.is_empty() && words.len() > 40 {
            break;
        }
        words.push_str(&plain(line));
        words.push(' ');
    }
    shorten(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Takes the marks of Markdown and HTML out of a line; a link is its text.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['[', '<', '*', '`', '_']) {
        text.push_str(&rest[..at]);
        let mark = &rest[at..];
        let skipped = match mark.as_bytes()[0] {
            b'<' => mark.find('>').map_or(1, |end| end + 1),
            b'[' => match (mark.find("]("), mark.find(')')) {
                (Some(middle), Some(end)) if middle < end => {
                    text.push_str(&mark[1..middle]);
                    end + 1
                }
                _ => 1,
            },
            b'_' if !mark.starts_with("__") => {
                text.push('_');
                1
            }
            _ => 1,
        };
        rest = &mark[skipped..];
    }
    text.push_str(rest);
    text
}

/// Cuts a text after a sentence, or after a word where the first sentence is too long.
fn shorten(text: String) -> String {
    if text.chars().count() <= SUMMARY_CHARS_MAX {
        return text;
    }
    let end = text.char_indices().nth(SUMMARY_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    match head.rfind(". ") {
        Some(at) if at > 40 => head[..=at].to_owned(),
        _ => format!("{} …", head.rsplit_once(' ').map_or(head, |(words, _)| words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentences_without_marks() {
        let check = |text: &str, summary: &str| assert_eq!(summarize(text), summary);
        check(
            "# Description\n**Tiny** reads [text](http://a/b). It is small.\n\nMore follows here.",
            "Tiny reads text. It is small. More follows here.",
        );
        check("> quote\n\n`snake_case` is <a href=\"x\">kept</a>.\n", "snake_case is kept.");
        check("```\ncode\n```\n", "");
        let long =
            format!("One sentence that is long enough to be kept alone. {}", "word ".repeat(90));
        check(&long, "One sentence that is long enough to be kept alone.");
        assert!(summarize(&"word ".repeat(90)).ends_with("word …"));
        assert!(summarize(&"ä".repeat(900)).ends_with('…'));
    }
}
