//! SentencePiece: pieces with scores, and bytes for what has no piece.
//!
//! Files have no merges; two pieces are merged in the order of the score of what they make.

use serde_json::{Value, json};

use super::super::{GgufFile, Scalar};
use super::Parts;
use super::vocabulary::Vocabulary;
use crate::Result;

const SCORES: &str = "tokenizer.ggml.scores";
/// Stands for a space.
const SPACE: &str = "\u{2581}";
/// The longest piece that is looked for in texts: bounds the work of finding its halves. Those in
/// use have up to 100 bytes.
const PIECE_BYTES_MAX: usize = 256;
/// The most ways in which two pieces make a third; the largest vocabularies have 600,000.
const MERGES_MAX: usize = 1 << 21;

pub(super) fn parts(file: &GgufFile, vocabulary: &Vocabulary<'_>) -> Result<Parts> {
    let prefix = file.flag("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
    let space = json!({"type": "Replace", "pattern": {"String": " "}, "content": SPACE});
    let normalizer = if prefix {
        let prepend = json!({"type": "Prepend", "prepend": SPACE});
        json!({"type": "Sequence", "normalizers": [prepend, space]})
    } else {
        space
    };
    let mut decoders = vec![
        json!({"type": "Replace", "pattern": {"String": SPACE}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if prefix {
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    Ok(Parts {
        model: json!({
            "type": "BPE",
            "vocab": vocabulary.map(),
            "merges": merges(file, vocabulary)?,
            "unk_token": vocabulary.unknown(),
            "fuse_unk": true,
            "byte_fallback": true,
        }),
        normalizer,
        pre_tokenizer: Value::Null,
        decoder: json!({"type": "Sequence", "decoders": decoders}),
    })
}

/// Finds every pair of pieces that makes a piece, the best first.
fn merges<'a>(file: &GgufFile, vocabulary: &Vocabulary<'a>) -> Result<Vec<[&'a str; 2]>> {
    let scores = file.list(SCORES, "numbers", |value| match value {
        Scalar::Float(score) if !score.is_nan() => Some(score),
        _ => None,
    })?;
    let tokens = &vocabulary.tokens;
    let scores = scores.ok_or_else(|| file.wrong(SCORES, "is missing"))?;
    if scores.len() != tokens.len() {
        let why = format!("has {} entries for {} tokens", scores.len(), tokens.len());
        return Err(file.wrong(SCORES, why));
    }
    let mut merges = Vec::new();
    for (token, score) in tokens.iter().zip(scores) {
        if token.len() > PIECE_BYTES_MAX {
            let why = format!("has a piece of {} bytes", token.len());
            return Err(file.wrong("tokenizer.ggml.tokens", why));
        }
        if merges.len() > MERGES_MAX {
            let why = format!("has pieces that make others in more than {MERGES_MAX} ways");
            return Err(file.wrong("tokenizer.ggml.tokens", why));
        }
        for (at, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(at);
            if let (Some(first), Some(second)) = (vocabulary.number(left), vocabulary.number(right))
            {
                merges.push((score, (first, second), [left, right]));
            }
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(merges.into_iter().map(|(_, _, pair)| pair).collect())
}
