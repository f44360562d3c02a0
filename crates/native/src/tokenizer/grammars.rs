//! What grammars need to know of a vocabulary: the bytes of each token.

use std::sync::Arc;

use llguidance::ParserFactory;
use llguidance::toktrie::{ApproximateTokEnv, TokEnv, TokRxInfo, TokTrie};
use serde_json::Value;
use tokenizers::Tokenizer;

use crate::generate::bound_grammars;
use crate::{Error, Result};

/// A token of more bytes would never be chosen by a grammar.
const TOKEN_BYTES_MAX: usize = 255;
/// Vocabularies have a quarter of a million tokens; numbers far above them are a damaged file's.
const NUMBER_MAX: usize = 4 << 20;

/// Prepares grammars for a vocabulary; takes some hundred milliseconds for the largest.
pub(super) fn prepare(tokenizer: &Tokenizer, ends: &[u32]) -> Result<ParserFactory> {
    let mut words = token_bytes(tokenizer)?;
    let mut ends: Vec<u32> =
        ends.iter().copied().filter(|token| (*token as usize) < words.len()).collect();
    if ends.is_empty() {
        // A token that no model has: such answers end where nothing can follow.
        ends.push(words.len() as u32);
        words.push(special("<|end|>"));
    }
    let trie = TokTrie::from(&TokRxInfo::new(words.len() as u32, ends[0]), &words);
    let environment: TokEnv = Arc::new(ApproximateTokEnv::new(trie.with_eos_tokens(&ends)));
    let unusable = |error| unsupported(format!("{error}"));
    let mut factory = ParserFactory::new_simple(&environment).map_err(unusable)?;
    bound_grammars(&mut factory);
    Ok(factory)
}

/// Returns the bytes that each token stands for; none for those that stand for no text.
fn token_bytes(tokenizer: &Tokenizer) -> Result<Vec<Vec<u8>>> {
    let decoder = serde_json::to_value(tokenizer.get_decoder()).unwrap_or_default();
    let spelling = Spelling::of(&decoder)
        .ok_or_else(|| unsupported("its decoder's tokens have no bytes of their own"))?;
    let added = tokenizer.get_added_tokens_decoder();
    let mut words = Vec::new();
    for (text, number) in tokenizer.get_vocab(true) {
        let place = number as usize;
        if place > NUMBER_MAX {
            return Err(unsupported(format!("it has a token of number {number}")));
        }
        if words.len() <= place {
            words.resize(place + 1, Vec::new());
        }
        let bytes = match added.get(&number) {
            Some(added) if added.special => special(&text),
            Some(_) => text.into_bytes(),
            None => spelling.bytes(&text),
        };
        if bytes.len() <= TOKEN_BYTES_MAX {
            words[place] = bytes;
        }
    }
    Ok(words)
}

/// Marks a token that is no text, so that no text of a grammar matches it.
fn special(text: &str) -> Vec<u8> {
    [&[TokTrie::SPECIAL_TOKEN_MARKER], text.as_bytes()].concat()
}

fn unsupported(why: impl Into<String>) -> Error {
    let what = format!("answers of a given form do not work with this tokenizer: {}", why.into());
    Error::unsupported(what, "ask for a free text, or choose another model")
}

/// How a vocabulary spells bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// Each byte as a character of its own, as GPT-2 does.
    ByteLevel,
    /// As text, with `▁` for a space and `<0x0A>` for a byte.
    SentencePiece,
}

impl Spelling {
    fn of(decoder: &Value) -> Option<Self> {
        let kinds = match &decoder["decoders"] {
            Value::Array(several) => several.iter().collect(),
            _ => vec![decoder],
        };
        let has = |name: &str| kinds.iter().any(|kind| kind["type"] == name);
        if has("ByteLevel") {
            Some(Self::ByteLevel)
        } else if has("ByteFallback") || has("Metaspace") {
            Some(Self::SentencePiece)
        } else {
            None
        }
    }

    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            // A character that stands for no byte: no grammar allows the token.
            Self::ByteLevel => text.chars().map(byte_of).collect::<Option<_>>().unwrap_or_default(),
            Self::SentencePiece => match text.strip_prefix("<0x").and_then(|t| t.strip_suffix('>'))
            {
                Some(hex) if hex.len() == 2 => {
                    u8::from_str_radix(hex, 16).map(|byte| vec![byte]).unwrap_or_default()
                }
                _ => text.replace('\u{2581}', " ").into_bytes(),
            },
        }
    }
}

/// Returns the byte that a character stands for: printable ones stand for themselves, the others
/// follow from U+0100 on, in their order.
fn byte_of(character: char) -> Option<u8> {
    let own = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    match u32::from(character) {
        code @ 0..=0xff => u8::try_from(code).ok().filter(|byte| own(*byte)),
        code => (0..=u8::MAX).filter(|byte| !own(*byte)).nth((code - 0x100) as usize),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_stand_for_bytes() {
        let check = |decoder: Value, text: &str, expected: &[u8]| {
            assert_eq!(Spelling::of(&decoder).expect("known").bytes(text), expected, "{text}");
        };
        let bytes = json!({ "type": "ByteLevel" });
        check(bytes.clone(), "Ġa", b" a");
        check(bytes.clone(), "Ċ", b"\n");
        check(bytes.clone(), "Ã¼", "ü".as_bytes());
        check(bytes, "日", b"");
        let pieces = json!({ "type": "Sequence", "decoders": [{ "type": "ByteFallback" }] });
        check(pieces.clone(), "▁a", b" a");
        check(pieces.clone(), "<0x0A>", b"\n");
        check(pieces, "<0x0>", b"<0x0>");
        assert_eq!(Spelling::of(&json!({ "type": "WordPiece" })), None);
    }
}
