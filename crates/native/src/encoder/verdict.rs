//! What a model makes of texts, by its own head: what two versions of it can be compared by.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::encoder::batch::Sequence;
use crate::encoder::{Encoder, Head, pooling};

/// From one gap to the next: about as often as such models are taught with.
const GAP_EVERY: usize = 7;

/// What a model decides about texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The class of a text, or whether it has one.
    Class,
    /// Which of two texts scores higher.
    Order,
    /// The label of a token.
    Label,
    /// Where an answer starts, and where it ends.
    End,
    /// The token that fills a gap.
    Gap,
    /// The text that is nearest to another.
    Nearest,
}

impl Choice {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Order => "order",
            Self::Label => "label",
            Self::End => "end",
            Self::Gap => "gap",
            Self::Nearest => "nearest",
        }
    }
}

/// What a model made of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// Its pooled hidden states.
    pub(crate) vector: Vec<f32>,
    /// The only score of a head that has one label.
    score: f32,
    /// What was decided about the text alone.
    choices: Vec<usize>,
}

impl Encoder {
    /// Returns what the model's head decides.
    pub(crate) fn choice(&self) -> Choice {
        match &self.head {
            Head::None => Choice::Nearest,
            Head::Classification(..) if self.facts.labels.len() == 1 => Choice::Order,
            Head::Classification(..) => Choice::Class,
            Head::MaskedLm(_) => Choice::Gap,
            Head::Tokens(_) => Choice::Label,
            Head::Spans(..) => Choice::End,
        }
    }

    /// Turns texts into tokens, with gaps where the head fills them.
    pub(crate) fn questions(&self, texts: &[&str]) -> Result<Vec<Sequence>> {
        let mut sequences = self.tokenize(&self.tokenizer, texts)?;
        if let (Head::MaskedLm(_), Some((_, mask))) = (&self.head, self.tokenizer.mask()) {
            for Sequence { tokens, .. } in &mut sequences {
                let last = tokens.len() - 1;
                gaps(last).for_each(|gap| tokens[gap] = mask);
            }
        }
        Ok(sequences)
    }

    /// Reads what [`Encoder::questions`] made.
    pub(crate) fn verdicts(&self, sequences: Vec<Sequence>) -> Result<Vec<Verdict>> {
        self.run(sequences, |_, hidden| {
            let vector = self.recipe.pooling.apply(hidden, self.shape.hidden);
            let (score, choices) = self.decide(hidden);
            Verdict { vector, score, choices }
        })
    }

    /// Returns the score of a head with one label, and the choices of others.
    fn decide(&self, hidden: &[f32]) -> (f32, Vec<usize>) {
        let width = self.shape.hidden;
        let choices = match &self.head {
            Head::None => Vec::new(),
            Head::Classification(head, _) => {
                let pooled = head.pooling.apply(hidden, width);
                match self.choice() {
                    Choice::Order => return (head.scores(&pooled)[0], Vec::new()),
                    _ => head.choices(&pooled),
                }
            }
            Head::MaskedLm(head) => {
                let rows =
                    gaps(hidden.len() / width - 1).map(|gap| &hidden[gap * width..][..width]);
                let rows: Vec<f32> = rows.flatten().copied().collect();
                best_of_each(&head.scores(&rows), head.vocabulary())
            }
            Head::Tokens(head) => best_of_each(&head.project(hidden), self.facts.labels.len()),
            Head::Spans(head, _) => {
                let scores = head.project(hidden);
                let side = |side| scores.iter().skip(side).step_by(2).copied().collect();
                [side(0), side(1)].map(|scores: Vec<f32>| kernels::argmax(&scores)).into()
            }
        };
        (0.0, choices)
    }
}

/// Returns where the gaps of a text are: not at the marks of its beginning and end.
fn gaps(last: usize) -> impl Iterator<Item = usize> {
    (1..last).skip(GAP_EVERY / 2).step_by(GAP_EVERY)
}

fn best_of_each(scores: &[f32], width: usize) -> Vec<usize> {
    scores.chunks_exact(width).map(kernels::argmax).collect()
}

/// Returns all decisions about texts; what only several texts together decide is decided here.
pub(crate) fn choices(choice: Choice, verdicts: &[Verdict]) -> Vec<usize> {
    match choice {
        Choice::Nearest => nearest(verdicts),
        Choice::Order => {
            let higher = |pair: &[Verdict]| usize::from(pair[0].score > pair[1].score);
            verdicts.windows(2).map(higher).collect()
        }
        _ => verdicts.iter().flat_map(|one| &one.choices).copied().collect(),
    }
}

/// Finds for each text the other one that is nearest to it; nothing where there is no other.
fn nearest(verdicts: &[Verdict]) -> Vec<usize> {
    if verdicts.len() < 2 {
        return Vec::new();
    }
    let mut vectors: Vec<Vec<f32>> = verdicts.iter().map(|one| one.vector.clone()).collect();
    vectors.iter_mut().for_each(|vector| pooling::normalize(vector));
    let of = |(number, own): (usize, &Vec<f32>)| {
        let near = |other: &Vec<f32>| own.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let mut scores: Vec<f32> = vectors.iter().map(near).collect();
        scores[number] = f32::NEG_INFINITY;
        kernels::argmax(&scores)
    };
    vectors.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(vector: &[f32], score: f32, choices: &[usize]) -> Verdict {
        Verdict { vector: vector.to_vec(), score, choices: choices.to_vec() }
    }

    #[test]
    fn gaps_lie_between_the_marks() {
        let check = |tokens: usize, expected: &[usize]| {
            assert_eq!(gaps(tokens - 1).collect::<Vec<_>>(), expected);
        };
        check(1, &[]);
        check(5, &[]);
        check(6, &[4]);
        check(12, &[4]);
        check(13, &[4, 11]);
    }

    #[test]
    fn what_several_texts_decide_is_decided_together() {
        let check = |choice, verdicts: &[Verdict], expected: &[usize]| {
            assert_eq!(choices(choice, verdicts), expected);
        };
        let all = [
            verdict(&[1.0, 0.0], 0.5, &[1, 2]),
            verdict(&[0.0, 3.0], 0.7, &[3]),
            verdict(&[2.0, 0.1], 0.2, &[]),
        ];
        check(Choice::Nearest, &all, &[2, 2, 0]);
        check(Choice::Nearest, &all[..1], &[]);
        check(Choice::Order, &all, &[0, 1]);
        check(Choice::Order, &all[..1], &[]);
        check(Choice::Label, &all, &[1, 2, 3]);
    }
}
