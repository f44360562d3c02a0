//! Byte-level BPE: merges are in the file, how texts are cut before is known by name.

use serde_json::{Value, json};

use super::super::GgufFile;
use super::Parts;
use super::vocabulary::Vocabulary;
use crate::{Error, Result};

const MERGES: &str = "tokenizer.ggml.merges";
const PRE: &str = "tokenizer.ggml.pre";

/// GPT-2's: words with the space before them, numbers, marks.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// Llama 3's: numbers in threes.
const LLAMA3: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
/// Qwen2's: numbers digit by digit.
const QWEN2: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
/// GPT-4o's: words are cut where capitals begin.
const GPT4O: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
/// Mistral's Tekken: as GPT-4o's, without endings such as `'s`, digit by digit.
const TEKKEN: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// Ways to cut of models whose texts begin with a token of their own, though no key says so.
const BEGINNING: [&str; 5] = ["llama-bpe", "llama3", "llama-v3", "falcon3", "tekken"];

/// Tells whether texts of a file begin with a token of their own where it does not say.
pub(super) fn begins(file: &GgufFile) -> Result<bool> {
    Ok(file.text(PRE)?.is_some_and(|name| BEGINNING.contains(&name)))
}

/// How texts are cut before tokens are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    pattern: &'static str,
    /// Numbers are cut digit by digit first.
    digits: bool,
    /// A word that is a token is taken whole, though no merges lead to it.
    whole_words: bool,
    /// Composed characters are written as one.
    composes: bool,
}

/// Knows a way to cut by its name.
fn cut(name: &str) -> Option<Cut> {
    let plain = |pattern| Cut { pattern, digits: false, whole_words: false, composes: false };
    Some(match name {
        "gpt-2" | "gpt2" | "phi-2" | "olmo" | "mpt" | "jais" => plain(GPT2),
        "llama-bpe" | "llama3" | "llama-v3" | "llama4" | "falcon3" => {
            Cut { whole_words: true, ..plain(LLAMA3) }
        }
        "dbrx" | "smaug-bpe" => plain(LLAMA3),
        "qwen2" | "deepseek-r1-qwen" => Cut { composes: true, ..plain(QWEN2) },
        "smollm" | "starcoder" | "refact" | "codeshell" => Cut { digits: true, ..plain(GPT2) },
        "gpt-4o" => plain(GPT4O),
        "tekken" => Cut { whole_words: true, ..plain(TEKKEN) },
        _ => return None,
    })
}

pub(super) fn parts(file: &GgufFile, vocabulary: &Vocabulary<'_>) -> Result<Parts> {
    let name = file.text(PRE)?.ok_or_else(|| file.wrong(PRE, "is missing"))?;
    let cut = cut(name).ok_or_else(|| {
        Error::unsupported(
            format!("the pre-tokenizer `{name}` of `{PRE}` is not known"),
            "import the original safetensors of the model, which hold their tokenizer",
        )
    })?;
    let merges = file.texts(MERGES)?.ok_or_else(|| file.wrong(MERGES, "is missing"))?;
    let pairs = merges.iter().enumerate().map(|(index, merge)| pair(file, index, merge));
    Ok(Parts {
        model: json!({
            "type": "BPE",
            "vocab": vocabulary.map(),
            "merges": pairs.collect::<Result<Vec<_>>>()?,
            "ignore_merges": cut.whole_words,
        }),
        normalizer: if cut.composes { json!({"type": "NFC"}) } else { Value::Null },
        pre_tokenizer: pre_tokenizer(cut),
        decoder: byte_level(),
    })
}

/// Splits a merge at its space; a space inside of a token is spelled otherwise.
fn pair<'a>(file: &GgufFile, index: usize, merge: &'a str) -> Result<[&'a str; 2]> {
    let wrong = || file.wrong(MERGES, format!("has `{merge}` as number {index}, not two parts"));
    merge.split_once(' ').map(|(left, right)| [left, right]).ok_or_else(wrong)
}

fn pre_tokenizer(cut: Cut) -> Value {
    let digits = cut.digits.then(|| json!({"type": "Digits", "individual_digits": true}));
    let words = json!({
        "type": "Split",
        "pattern": {"Regex": cut.pattern},
        "behavior": "Isolated",
        "invert": false,
    });
    let steps: Vec<Value> = digits.into_iter().chain([words, byte_level()]).collect();
    json!({"type": "Sequence", "pretokenizers": steps})
}

fn byte_level() -> Value {
    json!({
        "type": "ByteLevel",
        "add_prefix_space": false,
        "trim_offsets": true,
        "use_regex": false,
    })
}
