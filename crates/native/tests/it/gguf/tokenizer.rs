//! Tokenizers of GGUF files make of texts what their originals make.

use native::Decoder;
use serde::Deserialize;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

use super::convert::{Written, convert};
use super::writer::{Gguf, Meta};
use crate::fixtures::{json, path};

#[derive(Deserialize)]
struct SentencePiece {
    prefix: bool,
    tokens: Vec<String>,
    scores: Vec<f32>,
    sorts: Vec<i32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    tokens: Vec<u32>,
    decoded: String,
}

fn with_pieces(model: &str, pieces: &SentencePiece) -> Gguf {
    let mut gguf = convert(model, Written::F32);
    gguf.without("tokenizer.ggml.pre").without("tokenizer.ggml.merges");
    gguf.set("tokenizer.ggml.model", Meta::Text("llama".into()))
        .set("tokenizer.ggml.tokens", Meta::Texts(pieces.tokens.clone()))
        .set("tokenizer.ggml.scores", Meta::Floats(pieces.scores.clone()))
        .set("tokenizer.ggml.token_type", Meta::Numbers(pieces.sorts.clone()))
        .set("tokenizer.ggml.add_space_prefix", Meta::Flag(pieces.prefix))
        .set("tokenizer.ggml.unknown_token_id", Meta::U32(0))
        .set("tokenizer.ggml.bos_token_id", Meta::U32(1))
        .set("tokenizer.ggml.eos_token_id", Meta::U32(2));
    gguf
}

#[test]
fn pieces_equal_those_of_sentence_piece() {
    let both: Vec<SentencePiece> = json(&path("gguf/sentence_piece.json"));
    for pieces in both {
        let dir = with_pieces("llama", &pieces).save();
        let decoder = Decoder::load(dir.path()).expect("the model loads");
        let tokenizer = decoder.tokenizer();
        for Case { text, tokens, decoded } in pieces.cases {
            assert_eq!(tokenizer.encode_plain(&text).expect("tokens"), tokens, "{text}");
            assert_eq!(tokenizer.decode(&tokens).expect("text"), decoded, "{text}");
            let begun = tokenizer.encode(&text).expect("tokens");
            assert_eq!(begun, [vec![1], tokens].concat(), "{text}");
        }
        assert_eq!(decoder.ending_tokens(), [2]);
        // Marks are found wherever they are.
        let marked = tokenizer.encode_plain("the<|mark|>the</s>").expect("tokens");
        assert_eq!(marked.iter().filter(|token| [2, 3].contains(*token)).count(), 2, "{marked:?}");
    }
}

#[test]
fn marks_of_phi_swallow_the_white_space_behind_them() {
    let both: Vec<SentencePiece> = json(&path("gguf/sentence_piece.json"));
    for pieces in both {
        let tokens = |model: &str, text: &str| {
            let dir = with_pieces(model, &pieces).save();
            let decoder = Decoder::load(dir.path()).expect(model);
            decoder.tokenizer().encode_plain(text).expect("tokens")
        };
        let (spaced, close) = ("<|mark|> \n the", "<|mark|>the");
        assert_eq!(tokens("phi3", spaced), tokens("llama", close));
        assert_ne!(tokens("llama", spaced), tokens("llama", close));
    }
}

#[test]
fn a_piece_or_a_score_that_cannot_be_is_named() {
    let mut both: Vec<SentencePiece> = json(&path("gguf/sentence_piece.json"));
    let mut check = |change: fn(&mut SentencePiece), expected: &str| {
        let mut pieces = both.remove(0);
        change(&mut pieces);
        let dir = with_pieces("llama", &pieces).save();
        let message = Decoder::load(dir.path()).expect_err(expected).to_string();
        assert!(message.ends_with(expected), "{message}");
    };
    check(|pieces| pieces.scores.truncate(319), "has 319 entries for 320 tokens");
    check(|pieces| pieces.tokens[300] = "x".repeat(257), "has a piece of 257 bytes");
}

#[test]
fn texts_are_cut_as_the_named_model_cuts_them() {
    let check = |name: &str, expected: &[&str]| {
        let mut gguf = convert("llama", Written::F32);
        gguf.set("tokenizer.ggml.pre", Meta::Text(name.to_owned()));
        let dir = gguf.save();
        let decoder = Decoder::load(dir.path()).expect(name);
        let cutter = decoder.tokenizer().inner().get_pre_tokenizer().expect("one");
        let mut text = PreTokenizedString::from("It'S 12345 caFé!?\n\n  end");
        cutter.pre_tokenize(&mut text).expect("cut");
        let splits = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let whole = "It'S 12345 caFé!?\n\n  end";
        let found: Vec<&str> = splits.iter().map(|(_, at, _)| &whole[at.0..at.1]).collect();
        assert_eq!(found, expected, "{name}");
    };
    check("gpt-2", &["It", "'", "S", " 12345", " caFé", "!?", "\n\n ", " end"]);
    check("llama-bpe", &["It", "'S", " ", "123", "45", " caFé", "!?\n\n", " ", " end"]);
    check("dbrx", &["It", "'S", " ", "123", "45", " caFé", "!?\n\n", " ", " end"]);
    check("qwen2", &["It", "'S", " ", "1", "2", "3", "4", "5", " caFé", "!?\n\n", " ", " end"]);
    check(
        "smollm",
        &["It", "'", "S", " ", "1", "2", "3", "4", "5", " caFé", "!?", "\n\n ", " end"],
    );
    check("gpt-4o", &["It'S", " ", "123", "45", " ca", "Fé", "!?\n\n", " ", " end"]);
    check(
        "tekken",
        &["It", "'S", " ", "1", "2", "3", "4", "5", " ca", "Fé", "!?\n\n", " ", " end"],
    );
}

#[test]
fn texts_begin_with_a_token_where_the_file_or_the_model_wants_it() {
    let check = |pre: &str, flag: Option<bool>, begins: bool| {
        let mut gguf = convert("llama", Written::F32);
        gguf.set("tokenizer.ggml.pre", Meta::Text(pre.to_owned()));
        gguf.without("tokenizer.ggml.add_bos_token");
        if let Some(flag) = flag {
            gguf.set("tokenizer.ggml.add_bos_token", Meta::Flag(flag));
        }
        let dir = gguf.save();
        let decoder = Decoder::load(dir.path()).expect(pre);
        let tokens = decoder.tokenizer().encode("the lantern").expect("tokens");
        assert_eq!(tokens[0] == 0, begins, "{pre} {flag:?}");
    };
    check("gpt-2", None, false);
    check("gpt-2", Some(true), true);
    check("qwen2", None, false);
    check("llama-bpe", None, true);
    check("llama-bpe", Some(false), false);
    check("tekken", None, true);
}
