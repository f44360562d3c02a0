//! Finding the things that a text names: a label for each token, and tokens joined to entities.

use serde::{Deserialize, Serialize};
use tokenizers::Encoding;

use crate::Result;
use crate::encoder::batch::Sequence;
use crate::encoder::{Encoder, Head};
use crate::tokenizer::TextTokenizer;

/// How tokens become entities, named and done as in the pipeline of `transformers`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Every token is an entity.
    None,
    /// Neighbors with the same label are one, even within a word.
    #[default]
    Simple,
    /// A word has the label of its first token.
    First,
    /// A word has the label with the greatest mean.
    Average,
    /// A word has the label of its surest token.
    Max,
}

/// Something that a text names. The places count characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// The label of a token, where every token is an entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The label of several tokens, without `B-` and `I-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_group: Option<String>,
    /// The label's probability.
    pub score: f32,
    /// The token's place among the tokens, where every token is an entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// What the tokens spell.
    pub word: String,
    /// Where it starts in the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A token, or a word, with the probability of each label or of one.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    word: String,
    scores: Vec<f32>,
    place: (usize, usize),
    index: usize,
    /// Whether it goes on with the word before it.
    goes_on: bool,
}

/// A piece whose label is decided.
#[derive(Clone, Debug)]
struct Labeled {
    label: usize,
    score: f32,
    word: String,
    place: (usize, usize),
    index: usize,
}

impl Encoder {
    /// Finds the entities of each text, in the order of the text; entities with one of the
    /// `ignored` labels are left out.
    pub fn find_entities(
        &self,
        texts: &[&str],
        aggregation: Aggregation,
        ignored: &[String],
    ) -> Result<Vec<Vec<Entity>>> {
        let Head::Tokens(head) = &self.head else {
            return Err(self.lacks("a head for tokens", "choose a token-classification model"));
        };
        let encodings = self.tokenizer.encode_places(texts)?;
        let sequences: Vec<_> =
            encodings.iter().map(|one| Sequence::of(one.get_ids().to_vec())).collect();
        self.check(&sequences)?;
        let labels = self.facts.labels.len();
        let probabilities = self.run(sequences, |_, hidden| {
            let mut scores = head.project(hidden);
            kernels::softmax_rows(&mut scores, labels);
            scores
        })?;
        let cases = texts.iter().zip(encodings).zip(probabilities);
        let find = |((text, encoding), probabilities): ((&&str, Encoding), Vec<f32>)| {
            let pieces = pieces(&self.tokenizer, text, &encoding, &probabilities);
            let join = |words| self.tokenizer.join(words);
            let mut entities = aggregate(pieces, aggregation, (&self.facts.labels, &join))?;
            entities.retain(|found| {
                let label = found.entity.as_ref().or(found.entity_group.as_ref());
                label.is_none_or(|label| !ignored.contains(label))
            });
            Ok(entities)
        };
        cases.map(find).collect()
    }
}

/// Pairs the tokens of a text with their probabilities; marks are left out.
fn pieces(
    tokenizer: &TextTokenizer,
    text: &str,
    encoding: &Encoding,
    probabilities: &[f32],
) -> Vec<Piece> {
    let characters: Vec<char> = text.chars().collect();
    let (tokens, places) = (encoding.get_tokens(), encoding.get_offsets());
    let labels = probabilities.len() / encoding.len().max(1);
    let (marks_pieces, unknown) = (tokenizer.marks_pieces(), tokenizer.unknown());
    let marks = encoding.get_special_tokens_mask();
    let piece = |(index, word): (usize, &String)| {
        let (start, end) = places[index];
        let seen = characters.get(start..end).unwrap_or_default();
        let is_unknown = Some(encoding.get_ids()[index]) == unknown;
        let goes_on = match marks_pieces {
            true => word.chars().count() != seen.len(),
            false => start > 0 && !characters[start - 1..].iter().take(2).any(|c| *c == ' '),
        };
        Piece {
            word: if is_unknown { seen.iter().collect() } else { word.clone() },
            scores: probabilities[index * labels..(index + 1) * labels].to_vec(),
            place: (start, end),
            index,
            goes_on: goes_on && !is_unknown,
        }
    };
    let is_text = |(index, _): &(usize, &String)| marks[*index] == 0;
    tokens.iter().enumerate().filter(is_text).map(piece).collect()
}

/// The names of labels, and what joins the spellings of tokens.
type Spelling<'a> = (&'a [String], &'a dyn Fn(Vec<String>) -> Result<String>);

fn aggregate(
    pieces: Vec<Piece>,
    aggregation: Aggregation,
    spelling: Spelling<'_>,
) -> Result<Vec<Entity>> {
    let (labels, join) = spelling;
    let labeled = match aggregation {
        Aggregation::None | Aggregation::Simple => pieces.into_iter().map(labeled).collect(),
        _ => words(&pieces, aggregation, join)?,
    };
    if aggregation == Aggregation::None {
        let token = |one: Labeled| Entity {
            entity: Some(labels[one.label].clone()),
            entity_group: None,
            score: one.score,
            index: Some(one.index),
            word: one.word,
            start: one.place.0,
            end: one.place.1,
        };
        return Ok(labeled.into_iter().map(token).collect());
    }
    let belongs = |before: &Labeled, after: &Labeled| {
        let (begins, name) = tag(&labels[after.label]);
        !begins && tag(&labels[before.label]).1 == name
    };
    labeled.chunk_by(belongs).map(|group| entity_of(group, spelling)).collect()
}

/// Joins the tokens of each word and decides its label.
fn words(
    pieces: &[Piece],
    aggregation: Aggregation,
    join: &dyn Fn(Vec<String>) -> Result<String>,
) -> Result<Vec<Labeled>> {
    let word = |pieces: &[Piece]| {
        let (label, score) = match aggregation {
            Aggregation::Average => best(&mean(pieces)),
            Aggregation::Max => {
                let bests = pieces.iter().map(|piece| best(&piece.scores));
                let surer = |a: (usize, f32), b: (usize, f32)| if b.1 > a.1 { b } else { a };
                bests.reduce(surer).unwrap_or_default()
            }
            _ => best(&pieces[0].scores),
        };
        Ok(Labeled {
            label,
            score,
            word: join(pieces.iter().map(|piece| piece.word.clone()).collect())?,
            place: (pieces[0].place.0, pieces[pieces.len() - 1].place.1),
            index: pieces[0].index,
        })
    };
    pieces.chunk_by(|_, piece| piece.goes_on).map(word).collect()
}

fn entity_of(group: &[Labeled], (labels, join): Spelling<'_>) -> Result<Entity> {
    let label = labels[group[0].label].as_str();
    Ok(Entity {
        entity: None,
        entity_group: Some(label.split_once('-').map_or(label, |(_, name)| name).to_owned()),
        score: group.iter().map(|one| one.score).sum::<f32>() / group.len() as f32,
        index: None,
        word: join(group.iter().map(|one| one.word.clone()).collect())?,
        start: group[0].place.0,
        end: group[group.len() - 1].place.1,
    })
}

fn labeled(piece: Piece) -> Labeled {
    let (label, score) = best(&piece.scores);
    Labeled { label, score, word: piece.word, place: piece.place, index: piece.index }
}

/// Tells whether a label begins an entity, and of which sort; a label without a prefix goes on.
fn tag(label: &str) -> (bool, &str) {
    match (label.strip_prefix("B-"), label.strip_prefix("I-")) {
        (Some(name), _) => (true, name),
        (None, Some(name)) => (false, name),
        (None, None) => (false, label),
    }
}

/// Returns the greatest score and its place; the first one of equals.
fn best(scores: &[f32]) -> (usize, f32) {
    let greater = |best: (usize, f32), one: (usize, f32)| if one.1 > best.1 { one } else { best };
    scores.iter().copied().enumerate().reduce(greater).unwrap_or_default()
}

fn mean(pieces: &[Piece]) -> Vec<f32> {
    let mut sums = vec![0.0; pieces[0].scores.len()];
    for piece in pieces {
        sums.iter_mut().zip(&piece.scores).for_each(|(sum, score)| *sum += score);
    }
    sums.iter_mut().for_each(|sum| *sum /= pieces.len() as f32);
    sums
}

#[cfg(test)]
mod tests;
