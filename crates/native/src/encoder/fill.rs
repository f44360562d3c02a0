//! Filling the gap in a text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::encoder::{Encoder, Head};
use crate::generate::likeliest;
use crate::{Error, Result};

/// How families write a gap.
const MASKS: [&str; 2] = ["[MASK]", "<mask>"];
/// Gaps whose probabilities are computed at once: they share each weight of the vocabulary, and
/// with the largest vocabularies take 64 MB.
const GAPS_MAX: usize = 64;

/// A token that may fill the gap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MaskCandidate {
    /// Its number in the vocabulary.
    pub token_id: u32,
    /// Its text.
    pub token: String,
    /// Its probability.
    pub score: f32,
    /// The text with the gap filled.
    pub sequence: String,
}

impl Encoder {
    /// Finds the `top_k` likeliest tokens for the one gap in each text, the likeliest first. A gap
    /// may be written as another family writes it.
    pub fn fill_mask(&self, texts: &[&str], top_k: usize) -> Result<Vec<Vec<MaskCandidate>>> {
        let Head::MaskedLm(head) = &self.head else {
            return Err(self.lacks("a head for masked tokens", "choose a fill-mask model"));
        };
        let Some((mask, mask_id)) = self.tokenizer.mask() else {
            return Err(self.lacks("a mask token", "choose a model whose tokenizer has one"));
        };
        let texts: Vec<_> = texts.iter().map(|text| with_own_mask(text, mask)).collect();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let texts = self.tokenize(&self.tokenizer, &texts)?;
        let gaps = texts
            .iter()
            .enumerate()
            .map(|(number, one)| only_gap(&one.tokens, mask_id, mask, number))
            .collect::<Result<Vec<usize>>>()?;
        let width = self.shape.hidden;
        let hidden = self.run(texts.clone(), |number, hidden| {
            hidden[gaps[number] * width..][..width].to_vec()
        })?;
        let mut filled = Vec::with_capacity(texts.len());
        let cases: Vec<_> = texts.iter().zip(gaps).zip(hidden).collect();
        for group in cases.chunks(GAPS_MAX) {
            let hidden: Vec<f32> = group.iter().flat_map(|(_, hidden)| hidden).copied().collect();
            let probabilities = head.probabilities(&hidden);
            let rows = probabilities.chunks(head.vocabulary());
            for (((text, gap), _), probabilities) in group.iter().zip(rows) {
                filled.push(self.fill((&text.tokens, *gap), probabilities, top_k)?);
            }
        }
        Ok(filled)
    }

    fn fill(
        &self,
        (tokens, gap): (&[u32], usize),
        probabilities: &[f32],
        top_k: usize,
    ) -> Result<Vec<MaskCandidate>> {
        let candidate = |token: u32| {
            let mut filled = tokens.to_vec();
            filled[gap] = token;
            Ok(MaskCandidate {
                token_id: token,
                token: self.tokenizer.decode_all(&[token])?.trim().to_owned(),
                score: probabilities[token as usize],
                sequence: self.tokenizer.decode(&filled)?,
            })
        };
        let highest = probabilities.get(kernels::argmax(probabilities)).copied();
        let tokens = likeliest(probabilities, highest.unwrap_or(0.0), top_k);
        tokens.into_iter().map(candidate).collect()
    }
}

/// Writes gaps as the model does, in a text that has none written so.
fn with_own_mask<'a>(text: &'a str, mask: &str) -> Cow<'a, str> {
    let other = MASKS.into_iter().find(|other| *other != mask && text.contains(other));
    match other.filter(|_| !text.contains(mask)) {
        Some(other) => Cow::Owned(text.replace(other, mask)),
        None => Cow::Borrowed(text),
    }
}

/// Returns the place of the only gap.
fn only_gap(tokens: &[u32], mask_id: u32, mask: &str, number: usize) -> Result<usize> {
    let mut gaps = tokens.iter().enumerate().filter(|(_, token)| **token == mask_id);
    let text = number + 1;
    match (gaps.next(), gaps.count()) {
        (Some((gap, _)), 0) => Ok(gap),
        (None, _) => Err(Error::input(format!("text {text} has no `{mask}` to fill"))),
        (Some(_), more) => {
            let why = format!("text {text} has {} `{mask}`, one is filled at a time", more + 1);
            Err(Error::input(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_known_however_it_is_written() {
        let check = |text: &str, mask: &str, expected: &str| {
            assert_eq!(with_own_mask(text, mask), expected);
        };
        check("the [MASK] is high", "<mask>", "the <mask> is high");
        check("the <mask> is high", "[MASK]", "the [MASK] is high");
        check("the [MASK] is high", "[MASK]", "the [MASK] is high");
        check("[MASK] means <mask> here", "<mask>", "[MASK] means <mask> here");
        check("no gap", "<mask>", "no gap");
        check("the [MASK] is [MASK]", "<mask>", "the <mask> is <mask>");
    }

    #[test]
    fn there_must_be_exactly_one_gap() {
        let check = |tokens: &[u32], expected: Result<usize, &str>| {
            let found = only_gap(tokens, 9, "[MASK]", 0).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned));
        };
        check(&[1, 9, 2], Ok(1));
        check(&[1, 2], Err("text 1 has no `[MASK]` to fill"));
        check(&[9, 2, 9], Err("text 1 has 2 `[MASK]`, one is filled at a time"));
    }
}
