//! The tag of every word, as Azure's clients of token classification expect it.

use native::Entity;
use serde_json::{Value, json};

use crate::Inputs;

/// Writes a list in Python's spelling for each text: the tag of each word is that of the first
/// token in it.
pub(super) fn tags(inputs: &Inputs, rows: &[Vec<Entity>]) -> Value {
    let Inputs::Texts(texts) = inputs else { return json!([]) };
    let row = |(text, entities): (&String, &Vec<Entity>)| {
        let tag = |word: (usize, usize)| {
            let inside = |one: &&Entity| one.start < word.1 && one.end > word.0;
            let label = entities.iter().find(inside).and_then(|one| one.entity.as_deref());
            format!("'{}'", label.unwrap_or("O").replace('\\', "\\\\").replace('\'', "\\'"))
        };
        let tags: Vec<_> = words(text).into_iter().map(tag).collect();
        json!({ "0": format!("[{}]", tags.join(", ")) })
    };
    texts.iter().zip(rows).map(row).collect()
}

/// Finds the words between spaces, by their characters.
fn words(text: &str) -> Vec<(usize, usize)> {
    let characters: Vec<char> = text.chars().collect();
    let mut place = 0;
    let alike = |a: &char, b: &char| a.is_whitespace() == b.is_whitespace();
    let run = |run: &[char]| {
        let start = place;
        place += run.len();
        (!run[0].is_whitespace()).then_some((start, place))
    };
    characters.chunk_by(alike).filter_map(run).collect()
}
