use serde_json::{Value, json};

use super::{Detokenizer, certain_bytes, token_text};
use crate::tokenizer::TextTokenizer;

/// A tokenizer whose tokens are bytes.
fn bytes(decoder: Value, vocabulary: Value) -> TextTokenizer {
    let dir = tempfile::tempdir().expect("a folder");
    let tokenizer = json!({
        "version": "1.0",
        "added_tokens": [{
            "id": 0, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true
        }],
        "decoder": decoder,
        "model": {
            "type": "BPE", "vocab": vocabulary, "merges": [], "byte_fallback": true,
            "unk_token": null, "fuse_unk": true
        },
    });
    std::fs::write(dir.path().join("tokenizer.json"), tokenizer.to_string()).expect("written");
    TextTokenizer::load_unbounded(dir.path()).expect("a tokenizer")
}

fn byte_level() -> TextTokenizer {
    // `Ġ` is a space; `é`, `ħ` and `į` are the bytes E9, 85 and 8D, together `配`.
    let vocabulary = json!({"</s>": 0, "a": 1, "Ġ": 2, "é": 3, "ħ": 4, "į": 5, "Ġb": 6});
    bytes(
        json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
        }),
        vocabulary,
    )
}

fn byte_fallback() -> TextTokenizer {
    let decoders = json!({"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ]});
    let vocabulary =
        json!({"</s>": 0, "▁a": 1, "▁b": 2, "<0xE2>": 3, "<0x82>": 4, "<0xAC>": 5, "<0xFF>": 6});
    bytes(decoders, vocabulary)
}

fn pieces(tokenizer: &TextTokenizer, tokens: &[u32]) -> Vec<String> {
    let mut detokenizer = Detokenizer::after(tokenizer, &[]).expect("text");
    let mut pieces: Vec<String> =
        tokens.iter().map(|token| detokenizer.push(*token).expect("text")).collect();
    pieces.push(detokenizer.finish().expect("text"));
    pieces
}

#[test]
fn characters_come_whole() {
    let check = |tokenizer: &TextTokenizer, tokens: &[u32], expected: &[&str]| {
        let found = pieces(tokenizer, tokens);
        assert_eq!(found, expected, "{tokens:?}");
        assert_eq!(found.concat(), tokenizer.decode(tokens).expect("text"), "{tokens:?}");
    };
    let tokenizer = byte_level();
    check(&tokenizer, &[1, 6, 2, 1], &["a", " b", " ", "a", ""]);
    check(&tokenizer, &[1, 3, 4, 5, 1], &["a", "", "", "配", "a", ""]);
    check(&tokenizer, &[1, 3, 4], &["a", "", "", "\u{fffd}"]);
    check(&tokenizer, &[3, 1, 3], &["", "\u{fffd}a", "", "\u{fffd}"]);
    check(&tokenizer, &[1, 0, 1], &["a", "", "a", ""]);
    let tokenizer = byte_fallback();
    check(&tokenizer, &[1, 2, 1], &["a", " b", " a", ""]);
    check(&tokenizer, &[1, 3, 4, 5, 2], &["a", "", "", "€", " b", ""]);
}

#[test]
fn bytes_that_never_become_characters_are_not_held_back_forever() {
    let tokenizer = byte_fallback();
    let found = pieces(&tokenizer, &[6; 9]);
    assert_eq!(found.concat(), "\u{fffd}".repeat(9));
    assert_eq!(found[3], "\u{fffd}");
    assert_eq!(certain_bytes("a\u{fffd}\u{fffd}\u{fffd}\u{fffd}"), 4);
}

#[test]
fn an_answer_keeps_the_space_after_its_prompt() {
    let check = |prompt: &[u32], token: u32, expected: &str| {
        let tokenizer = byte_fallback();
        let mut detokenizer = Detokenizer::after(&tokenizer, prompt).expect("text");
        assert_eq!(detokenizer.push(token).expect("text"), expected);
    };
    check(&[1, 2, 1, 2, 1, 2], 2, " b");
    check(&[0], 2, "b");
    check(&[1, 3, 4], 5, "€");
}

#[test]
fn one_token_has_a_text_of_its_own() {
    let check = |tokenizer: &TextTokenizer, token: u32, expected: &str| {
        assert_eq!(token_text(tokenizer, token).expect("text"), expected);
    };
    check(&byte_level(), 6, " b");
    check(&byte_level(), 3, "é");
    check(&byte_level(), 0, "</s>");
    check(&byte_fallback(), 2, " b");
    check(&byte_fallback(), 3, "<0xE2>");
}
