//! Sorting texts by labels that the model was not taught, by asking whether a text implies them.

use serde::{Deserialize, Serialize};
use tokenizers::Encoding;

use crate::encoder::batch::Sequence;
use crate::encoder::{Encoder, Head, SEQUENCES_MAX};
use crate::tokenizer::{PairTokenizer, cut};
use crate::{Error, Result};

/// What is said of a text for each label, where nobody says.
const TEMPLATE: &str = "This example is {}.";

/// A text, and the labels that it may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidates {
    /// The text.
    pub text: String,
    /// The labels.
    pub labels: Vec<String>,
}

/// How to sort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZeroShotOptions {
    /// A sentence with `{}` for a label; `This example is {}.` where absent.
    pub template: Option<String>,
    /// Whether several labels may fit: each has a probability of its own.
    pub multi_label: bool,
}

/// A text with its labels, best first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sorted {
    /// The text.
    pub sequence: String,
    /// The labels.
    pub labels: Vec<String>,
    /// Their probabilities.
    pub scores: Vec<f32>,
}

/// The classes of a model that say whether a text implies another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Classes {
    entails: usize,
    contradicts: usize,
}

impl Encoder {
    /// Finds which of its labels fits each text.
    pub fn sort(
        &self,
        candidates: &[Candidates],
        options: &ZeroShotOptions,
    ) -> Result<Vec<Sorted>> {
        let lacks = || {
            let hint = "choose a model for natural language inference: one class is `entailment`";
            self.lacks("a class for `entailment`", hint)
        };
        let Head::Classification(head, Some(pairs)) = &self.head else { return Err(lacks()) };
        let classes = Classes::of(&self.facts.labels).ok_or_else(lacks)?;
        let template = options.template.as_deref().unwrap_or(TEMPLATE);
        let sequences = self.hypotheses(pairs, candidates, template)?;
        let width = self.shape.hidden;
        let logits =
            self.run(sequences, |_, hidden| head.scores(&head.pooling.apply(hidden, width)))?;
        let mut logits = logits.into_iter();
        let rank = |one: &Candidates| {
            let own: Vec<_> = logits.by_ref().take(one.labels.len()).collect();
            rank(one, &own, classes, options.multi_label)
        };
        Ok(candidates.iter().map(rank).collect())
    }

    /// Pairs each text with what its labels say of it; the text gives way where it is too long.
    fn hypotheses(
        &self,
        pairs: &PairTokenizer,
        candidates: &[Candidates],
        template: &str,
    ) -> Result<Vec<Sequence>> {
        if !template.contains("{}") {
            let why = format!("`hypothesis_template` is `{template}`, which has no `{{}}`");
            return Err(Error::input(why));
        }
        let count: usize = candidates.iter().map(|one| one.labels.len()).sum();
        if count > SEQUENCES_MAX {
            let why = format!(
                "{count} pairs of a text and a label are more than the {SEQUENCES_MAX} of one \
                 request: send fewer"
            );
            return Err(Error::input(why));
        }
        let mut sequences = Vec::with_capacity(count);
        for (number, one) in candidates.iter().enumerate() {
            if one.labels.is_empty() {
                return Err(Error::input(format!("text {} has no labels", number + 1)));
            }
            let text = pairs.encode(&one.text)?;
            for label in &one.labels {
                let said = pairs.encode(&template.replace("{}", label))?;
                let room = self.shape.context_max.saturating_sub(said.len() + pairs.marks());
                sequences.push(Sequence::of_pair(&self.beside(pairs, (&text, room), said)?));
            }
        }
        self.check(&sequences)?;
        Ok(sequences)
    }

    fn beside(
        &self,
        pairs: &PairTokenizer,
        (text, room): (&Encoding, usize),
        said: Encoding,
    ) -> Result<Encoding> {
        if room == 0 {
            let (tokens, tokens_max) = (said.len() + pairs.marks() + 1, self.shape.context_max);
            return Err(Error::Context { tokens, tokens_max });
        }
        let mut text = text.clone();
        cut(&mut text, room);
        pairs.join(text, said)
    }
}

impl Classes {
    /// Finds the class for implication by its name. That for contradiction is the first of the
    /// others, or the last where implication is the first.
    fn of(labels: &[String]) -> Option<Self> {
        let entails = labels.iter().position(|label| is_entailment(label))?;
        let contradicts = if entails == 0 { labels.len() - 1 } else { 0 };
        (entails != contradicts).then_some(Self { entails, contradicts })
    }
}

fn is_entailment(label: &str) -> bool {
    label.to_lowercase().starts_with("entail")
}

/// Tells whether classes are those of natural language inference.
pub(crate) fn can_sort(labels: &[String]) -> bool {
    Classes::of(labels).is_some()
}

/// Ranks the labels of a text by the logits of what they say of it.
fn rank(
    candidates: &Candidates,
    logits: &[Vec<f32>],
    classes: Classes,
    multi_label: bool,
) -> Sorted {
    let Classes { entails, contradicts } = classes;
    let mut scores: Vec<f32> = logits.iter().map(|logits| logits[entails]).collect();
    if multi_label || scores.len() == 1 {
        let beside = scores.iter_mut().zip(logits);
        beside.for_each(|(score, logits)| *score = sigmoid(*score - logits[contradicts]));
    } else {
        let labels = scores.len();
        kernels::softmax_rows(&mut scores, labels);
    }
    let mut ranked: Vec<_> = candidates.labels.iter().zip(scores).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    Sorted {
        sequence: candidates.text.clone(),
        labels: ranked.iter().map(|(label, _)| (*label).clone()).collect(),
        scores: ranked.iter().map(|(_, score)| *score).collect(),
    }
}

/// What a softmax over two logits gives the first, by their difference.
fn sigmoid(difference: f32) -> f32 {
    1.0 / (1.0 + (-difference).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn the_class_for_implication_is_found_by_its_name() {
        let check = |labels: &[&str], expected: Option<(usize, usize)>| {
            let found = Classes::of(&owned(labels));
            let found = found.map(|classes| (classes.entails, classes.contradicts));
            assert_eq!(found, expected, "{labels:?}");
        };
        check(&["contradiction", "neutral", "entailment"], Some((2, 0)));
        check(&["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], Some((0, 2)));
        check(&["entailment", "not_entailment"], Some((0, 1)));
        check(&["entailment"], None);
        check(&["yes", "no"], None);
        check(&[], None);
    }

    #[test]
    fn labels_share_a_probability_or_have_their_own() {
        let classes = Classes { entails: 1, contradicts: 0 };
        let check = |logits: &[[f32; 2]], multi_label, expected: &[(&str, f32)]| {
            let labels = owned(&["a", "b", "c"][..logits.len()]);
            let candidates = Candidates { text: "t".into(), labels };
            let logits: Vec<_> = logits.iter().map(|row| row.to_vec()).collect();
            let found = rank(&candidates, &logits, classes, multi_label);
            let (labels, scores): (Vec<&str>, Vec<f32>) = expected.iter().copied().unzip();
            assert_eq!(found.labels, labels);
            assert!(
                found.scores.iter().zip(scores).all(|(a, b)| (a - b).abs() < 1e-6),
                "{found:?}"
            );
        };
        let ln3 = 3_f32.ln();
        check(&[[9.0, 0.0], [-9.0, ln3]], false, &[("b", 0.75), ("a", 0.25)]);
        check(&[[0.0, ln3], [ln3, 0.0]], true, &[("a", 0.75), ("b", 0.25)]);
        check(&[[0.0, ln3]], false, &[("a", 0.75)]);
    }
}
