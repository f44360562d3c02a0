//! The tokens of a GGUF file, and which of them are special.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::super::{GgufFile, Scalar};
use crate::{Error, Result};

const TOKENS: &str = "tokenizer.ggml.tokens";
const SORTS: &str = "tokenizer.ggml.token_type";

/// A part of other texts, as a rule.
const NORMAL: u64 = 1;
/// Stands for what is not known.
const UNKNOWN: u64 = 2;
/// Marks something and is never written by users.
const CONTROL: u64 = 3;
/// Found in texts before they are cut.
const USER_DEFINED: u64 = 4;

/// The tokens.
pub(super) struct Vocabulary<'a> {
    pub(super) tokens: Vec<&'a str>,
    sorts: Vec<u64>,
    numbers: HashMap<&'a str, u32>,
    /// Declared tokens, by names such as `bos`.
    declared: Vec<(&'static str, u32)>,
    begins: bool,
    ends: bool,
    strips: bool,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn read(file: &'a GgufFile) -> Result<Self> {
        let tokens = file.texts(TOKENS)?.ok_or_else(|| file.wrong(TOKENS, "is missing"))?;
        if u32::try_from(tokens.len()).is_err() || tokens.is_empty() {
            return Err(file.wrong(TOKENS, format!("has {} tokens", tokens.len())));
        }
        let sorts = file.list(SORTS, "counts", |value| match value {
            Scalar::Count(sort) => Some(sort),
            _ => None,
        })?;
        let sorts = sorts.unwrap_or_else(|| vec![NORMAL; tokens.len()]);
        if sorts.len() != tokens.len() {
            let why = format!("has {} entries for {} tokens", sorts.len(), tokens.len());
            return Err(file.wrong(SORTS, why));
        }
        let mut numbers = HashMap::with_capacity(tokens.len());
        for (number, token) in (0..).zip(&tokens) {
            numbers.entry(*token).or_insert(number);
        }
        let model = file.text(super::MODEL)?;
        let flag = |key: &str| file.flag(&format!("tokenizer.ggml.{key}"));
        let sentence_piece = model == Some("llama");
        Ok(Self {
            declared: declared(file, tokens.len())?,
            begins: flag("add_bos_token")?
                .unwrap_or(sentence_piece || super::byte_level::begins(file)?),
            ends: flag("add_eos_token")?.unwrap_or(false),
            // Phi-3's marks swallow the white space behind them, which no key says.
            strips: sentence_piece && super::super::config::architecture(file)? == "phi3",
            tokens,
            sorts,
            numbers,
        })
    }

    /// Returns the number of a token.
    pub(super) fn number(&self, token: &str) -> Option<u32> {
        self.numbers.get(token).copied()
    }

    /// Returns the number of a control token.
    pub(super) fn control(&self, token: &str) -> Option<u32> {
        let special = |number: &u32| matches!(self.sorts[*number as usize], CONTROL | USER_DEFINED);
        self.number(token).filter(special)
    }

    /// Returns every token with its number; of equal ones the first.
    pub(super) fn map(&self) -> Map<String, Value> {
        let is_first = |(number, token): &(u32, &&str)| self.number(token) == Some(*number);
        let numbered = (0..).zip(&self.tokens).filter(is_first);
        numbered.map(|(number, token)| ((*token).to_owned(), json!(number))).collect()
    }

    /// Returns the token that stands for what is not known.
    pub(super) fn unknown(&self) -> Option<&'a str> {
        let declared = self.declared("unknown");
        let marked = || self.sorts.iter().position(|sort| *sort == UNKNOWN);
        declared.map(|number| number as usize).or_else(marked).map(|number| self.tokens[number])
    }

    /// Lists the tokens that are found before texts are cut.
    pub(super) fn added(&self) -> Value {
        let special = |sort: u64| matches!(sort, CONTROL | UNKNOWN);
        let of = |((number, token), sort): ((u32, &&str), &u64)| {
            let strips = self.strips && token.starts_with("<|") && *token != "<|endoftext|>";
            let is_added = (special(*sort) || *sort == USER_DEFINED) && !token.is_empty();
            (is_added && self.number(token) == Some(number)).then(|| {
                json!({
                    "id": number,
                    "content": token,
                    "single_word": false,
                    "lstrip": false,
                    "rstrip": strips,
                    "normalized": false,
                    "special": special(*sort),
                })
            })
        };
        (0..).zip(&self.tokens).zip(&self.sorts).filter_map(of).collect()
    }

    /// Puts the first and the last token around texts, where the model expects them.
    pub(super) fn template(&self) -> Value {
        let around = |wanted: bool, name: &str| {
            self.declared(name).filter(|_| wanted).map(|number| self.tokens[number as usize])
        };
        let (first, last) = (around(self.begins, "bos"), around(self.ends, "eos"));
        if first.is_none() && last.is_none() {
            return Value::Null;
        }
        let mark = |token: &str| json!({"SpecialToken": {"id": token, "type_id": 0}});
        let text = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
        let sequence = |texts: &[&str]| -> Vec<Value> {
            let texts = texts.iter().map(|id| text(id));
            first.map(mark).into_iter().chain(texts).chain(last.map(mark)).collect()
        };
        let special = |token: &str| {
            let ids = [self.number(token)];
            (token.to_owned(), json!({"id": token, "ids": ids, "tokens": [token]}))
        };
        let specials: Map<String, Value> = first.into_iter().chain(last).map(special).collect();
        json!({
            "type": "TemplateProcessing",
            "single": sequence(&["A"]),
            "pair": sequence(&["A", "B"]),
            "special_tokens": specials,
        })
    }

    /// Returns the declared tokens that end texts or turns.
    pub(super) fn ends(&self) -> Vec<u32> {
        let ends = self.declared.iter().filter(|(name, _)| ["eos", "eot", "eom"].contains(name));
        ends.map(|(_, number)| *number).collect()
    }

    /// Returns the declared tokens as chat templates know them.
    pub(super) fn specials(&self) -> Vec<(String, String)> {
        let names = [("bos", "bos_token"), ("eos", "eos_token"), ("unknown", "unk_token")];
        let token = |(name, known): (&str, &str)| {
            Some((known.to_owned(), self.tokens[self.declared(name)? as usize].to_owned()))
        };
        names.into_iter().filter_map(token).collect()
    }

    fn declared(&self, name: &str) -> Option<u32> {
        self.declared.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }
}

fn declared(file: &GgufFile, tokens: usize) -> Result<Vec<(&'static str, u32)>> {
    let mut declared = Vec::new();
    for name in ["bos", "eos", "eot", "eom", "unknown"] {
        let key = format!("tokenizer.ggml.{name}_token_id");
        match file.count(&key)? {
            None => {}
            Some(number) if number < tokens as u64 => declared.push((name, number as u32)),
            // Files without such a token may say so by a number that is none.
            Some(number) if number >= u64::from(u32::MAX) => {}
            Some(number) => return Err(out_of_range(file, &key, number, tokens)),
        }
    }
    Ok(declared)
}

fn out_of_range(file: &GgufFile, key: &str, number: u64, tokens: usize) -> Error {
    file.wrong(key, format!("is {number}, and there are {tokens} tokens"))
}
