//! Tokenizers of every kind that `tokenizer.json` knows, with other values in them.

use std::fs;

use native::tokenizer::TextTokenizer;
use native::{Constraint, Form};
use serde_json::{Value, json};
use testkit::Mutator;

use super::{TEXTS, ask, confined, copy_of};
use crate::fixtures::{json as read, path};

fn normalizers() -> Value {
    json!([
        null,
        { "type": "NFKC" },
        { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
          "strip_accents": null, "lowercase": true },
        { "type": "Replace", "pattern": { "Regex": "(a+)+$" }, "content": "▁" },
        { "type": "Replace", "pattern": { "String": " " }, "content": "▁" },
        { "type": "Precompiled", "precompiled_charsmap": "ALQCAACEAAAAAACAAQAAgMz8" },
        { "type": "Precompiled", "precompiled_charsmap": "" },
        { "type": "Prepend", "prepend": "▁" },
        { "type": "Strip", "strip_left": true, "strip_right": true },
        { "type": "Sequence", "normalizers": [{ "type": "NFD" }, { "type": "StripAccents" }] },
    ])
}

fn pre_tokenizers() -> Value {
    json!([
        null,
        { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        { "type": "BertPreTokenizer" },
        { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        { "type": "Split", "pattern": { "Regex": "(?i:'s|'t)|\\p{L}+|\\s+" },
          "behavior": "Isolated", "invert": false },
        { "type": "Split", "pattern": { "Regex": "(x*)*y|(?=a)|" },
          "behavior": "MergedWithNext", "invert": true },
        { "type": "Digits", "individual_digits": true },
        { "type": "CharDelimiterSplit", "delimiter": "e" },
        { "type": "FixedLength", "length": 3 },
        { "type": "Sequence", "pretokenizers": [{ "type": "Whitespace" },
          { "type": "Punctuation", "behavior": "Removed" }, { "type": "UnicodeScripts" }] },
    ])
}

fn decoders() -> Value {
    json!([
        null,
        { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        { "type": "WordPiece", "prefix": "##", "cleanup": true },
        { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        { "type": "BPEDecoder", "suffix": "</w>" },
        { "type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true },
        { "type": "Sequence", "decoders": [
            { "type": "Replace", "pattern": { "String": "▁" }, "content": " " },
            { "type": "ByteFallback" }, { "type": "Fuse" },
            { "type": "Strip", "content": " ", "start": 1, "stop": 1 } ] },
    ])
}

fn models(words: &Value) -> Value {
    let scored: Vec<Value> = words["vocab"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(word, number)| json!([word, -0.1 * number.as_f64().unwrap_or(1.0)]))
        .collect();
    json!([
        words,
        { "type": "WordPiece", "unk_token": "<s>", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100, "vocab": words["vocab"] },
        { "type": "WordLevel", "unk_token": "<s>", "vocab": words["vocab"] },
        { "type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": scored },
        { "type": "Unigram", "unk_id": null, "byte_fallback": false, "vocab": scored },
        { "type": "BPE", "dropout": 0.5, "unk_token": "nobody", "continuing_subword_prefix": "##",
          "end_of_word_suffix": "</w>", "fuse_unk": true, "byte_fallback": true,
          "ignore_merges": true, "vocab": words["vocab"], "merges": words["merges"] },
    ])
}

fn post_processors(own: &Value) -> Value {
    json!([
        null,
        own,
        { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        { "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
          "trim_offsets": true, "add_prefix_space": true },
    ])
}

/// Puts a tokenizer together of parts that fit or do not.
fn compose(mutator: &mut Mutator, sound: &Value) -> Value {
    let mut made = sound.clone();
    for (part, kinds) in [
        ("normalizer", normalizers()),
        ("pre_tokenizer", pre_tokenizers()),
        ("decoder", decoders()),
        ("model", models(&sound["model"])),
        ("post_processor", post_processors(&sound["post_processor"])),
    ] {
        let kinds = kinds.as_array().cloned().unwrap_or_default();
        made[part] = mutator.pick(&kinds).clone();
        if mutator.below(3) == 0 {
            made[part] = mutator.json(&made[part]);
        }
    }
    if mutator.below(3) == 0 {
        made["added_tokens"] = mutator.json(&made["added_tokens"]);
    }
    made
}

#[test]
fn a_tokenizer_of_other_parts_is_used_or_refused() {
    let dir = copy_of("decoder/llama");
    let file = dir.path().join("tokenizer.json");
    let sound: Value = read(&file);
    confined("fuzz::tokenizer::a_tokenizer_of_other_parts_is_used_or_refused", 2_000).run(|seed| {
        let mut mutator = Mutator::new(seed);
        fs::write(&file, compose(&mut mutator, &sound).to_string()).expect("written");
        let Ok(tokenizer) = TextTokenizer::load_unbounded(dir.path()) else { return };
        for text in TEXTS {
            let Ok(tokens) = tokenizer.encode(text) else { continue };
            let _ = tokenizer.decode(&tokens);
            let _ = tokenizer.decode_all(&tokens);
        }
        let _ = tokenizer.encode_batch(&TEXTS);
        let _ = tokenizer.decode_all(&[0, u32::MAX, 7]);
        let _ = TextTokenizer::load(dir.path(), 4).map(|short| short.encode(TEXTS[1]));
        let _ = Constraint::compile(&Form::Regex("a+".into()), &tokenizer, &[1]);
        ask(dir.path());
    });
}

#[test]
fn a_changed_tokenizer_of_a_model_is_used_or_refused() {
    let fixtures = ["parity/bert-classification", "parity/roberta-masked-lm", "decoder/qwen2"];
    let models =
        fixtures.map(|fixture| (copy_of(fixture), read(&path(fixture).join("tokenizer.json"))));
    let name = "fuzz::tokenizer::a_changed_tokenizer_of_a_model_is_used_or_refused";
    confined(name, 1_500).run(|seed| {
        let (dir, sound): &(_, Value) = &models[seed as usize % models.len()];
        let mut mutator = Mutator::new(seed);
        let changed = match mutator.below(4) {
            0 => mutator.bytes(sound.to_string().as_bytes()),
            _ => mutator.json(sound).to_string().into_bytes(),
        };
        fs::write(dir.path().join("tokenizer.json"), changed).expect("written");
        ask(dir.path());
    });
}
