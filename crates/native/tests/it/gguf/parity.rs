//! A GGUF file of a model computes what its safetensors compute.

use native::generate::{ChatMessage, Prompt};
use native::{Decoder, inspect};

use super::convert::{Written, convert};
use super::writer::{Gguf, Meta};
use crate::fixtures::{assert_close, cosine, path};

/// Every fixture whose dialect GGUF files can say.
const MODELS: [&str; 10] = [
    "llama",
    "llama-bf16",
    "llama-linear",
    "qwen2",
    "qwen3",
    "phi3",
    "phi3-long",
    "gemma2",
    "gemma3",
    "llama-rope",
];
const TEXT: &str = "Grüße 日本 🙂 and three ships wait for the post on the narrow wall";

fn original(name: &str) -> Decoder {
    Decoder::load(&path("decoder").join(name)).expect("the model loads")
}

/// Files of Llama 3 hold a factor for each pair where `config.json` has the rule.
fn with_factors(mut gguf: Gguf) -> Gguf {
    // 500^(-i/4) for four pairs, scaled for 32 tokens as by `llama3` with 8, 1 and 4.
    let speed = |pair: i32| 500_f64.powf(-f64::from(pair) / 4.0);
    let factor = |pair: i32| {
        let turns = 32.0 * speed(pair) / std::f64::consts::TAU;
        let share = ((turns - 1.0) / 3.0).clamp(0.0, 1.0);
        1.0 / ((1.0 - share) / 8.0 + share)
    };
    let bytes = (0..4).flat_map(|pair| (factor(pair) as f32).to_le_bytes()).collect();
    let (name, shape) = ("rope_freqs.weight".to_owned(), vec![4]);
    gguf.tensors.push(super::writer::Matrix { name, shape, kind: 0, bytes });
    gguf
}

fn file(name: &str, written: Written) -> Gguf {
    let gguf = convert(name, written);
    if name == "llama-rope" { with_factors(gguf) } else { gguf }
}

fn scores(decoder: &Decoder) -> Vec<f32> {
    let tokens = decoder.prompt_tokens(&Prompt::Text(TEXT.into())).expect("tokens");
    decoder.scores(&tokens).expect("scores")
}

fn scores_of_file(name: &str, written: Written) -> Vec<f32> {
    let dir = file(name, written).save();
    scores(&Decoder::load(dir.path()).expect(name))
}

#[test]
fn scores_equal_those_of_the_safetensors() {
    for name in MODELS {
        let expected = scores(&original(name));
        assert_close(&scores_of_file(name, Written::F32), &expected, 1e-5, name);
        let found = scores_of_file(name, Written::F16);
        assert!(cosine(&found, &expected) > 0.9999, "{name} as F16");
        let found = scores_of_file(name, Written::Q8_0);
        assert!(cosine(&found, &expected) > 0.99, "{name} as Q8_0");
        // What is lost is lost in the file: its numbers are computed with exactly.
        assert_close(&found, &scores_of_file(name, Written::Rounded), 1e-5, name);
    }
    for name in ["llama-bf16", "qwen2"] {
        let expected = scores(&original(name));
        assert_close(&scores_of_file(name, Written::Bf16), &expected, 1e-5, name);
    }
}

#[test]
fn facts_endings_and_chats_equal_those_of_the_folder() {
    for name in MODELS {
        let (original, dir) = (original(name), file(name, Written::Q8_0).save());
        let decoder = Decoder::load(&dir.path().join("model.gguf")).expect(name);
        assert_eq!(inspect(dir.path()).expect("facts"), *decoder.facts(), "{name}");
        let (mut found, expected) = (decoder.facts().clone(), original.facts().clone());
        assert_eq!(found.dtype, "q8_0", "{name}");
        (found.dtype, found.size_bytes) = (expected.dtype.clone(), expected.size_bytes);
        // Each factor of rope is a number of the file.
        let extra = found.parameters - expected.parameters;
        assert!(extra <= 6, "{name}: {extra}");
        found.parameters = expected.parameters;
        assert_eq!(found, expected, "{name}");
        // The fixture's `<|im_end|>` ends a turn though no key says so.
        assert_eq!(decoder.ending_tokens(), [1, 3], "{name}");
        let chat = Prompt::Chat(vec![ChatMessage::new("user", "Who painted the door?")]);
        let expected = original.prompt_tokens(&chat).expect("tokens");
        assert_eq!(decoder.prompt_tokens(&chat).expect("tokens"), expected, "{name}");
    }
}

#[test]
fn a_window_of_a_gemma_has_the_usual_pattern_where_the_file_has_none() {
    let mut gguf = convert("gemma2", Written::F32);
    gguf.without("gemma2.attention.sliding_window_pattern");
    let dir = gguf.save();
    let decoder = Decoder::load(dir.path()).expect("the model loads");
    let expected = scores(&original("gemma2"));
    assert_close(&scores(&decoder), &expected, 1e-5, "gemma2");
}

#[test]
fn a_folder_needs_one_file_or_a_name() {
    let dir = convert("llama", Written::F32).save();
    let other = dir.path().join("other.gguf");
    std::fs::copy(dir.path().join("model.gguf"), &other).expect("a copy");
    let error = Decoder::load(dir.path()).expect_err("two files");
    let message = error.to_string();
    assert!(message.ends_with("has several GGUF files: `model.gguf`, `other.gguf`"), "{message}");
    Decoder::load(&other).expect("a named file");
    std::fs::copy(path("decoder/llama/model.safetensors"), dir.path().join("model.safetensors"))
        .expect("a copy");
    let error = Decoder::load(dir.path()).expect_err("safetensors come first");
    assert!(error.to_string().contains("has no `config.json`"), "{error}");
}

#[test]
fn what_cannot_be_run_is_named() {
    let check = |change: &dyn Fn(&mut Gguf), expected: &str| {
        let mut gguf = convert("llama", Written::F32);
        change(&mut gguf);
        let dir = gguf.save();
        let inspected = inspect(dir.path()).expect_err(expected).to_string();
        let loaded = Decoder::load(dir.path()).expect_err(expected).to_string();
        assert_eq!(inspected, loaded);
        let place = format!("{}/model.gguf", dir.path().display());
        assert_eq!(inspected.replace(&place, "FILE"), expected);
    };
    let text = |text: &str| Meta::Text(text.to_owned());
    check(
        &|gguf| {
            gguf.set("general.architecture", text("mamba"));
        },
        "GGUF architecture `mamba` is not supported",
    );
    check(
        &|gguf| {
            gguf.without("general.architecture");
        },
        "`general.architecture` of `FILE` is missing",
    );
    check(
        &|gguf| {
            gguf.without("llama.embedding_length");
        },
        "`llama.embedding_length` of `FILE` is missing",
    );
    check(
        &|gguf| {
            gguf.set("llama.block_count", Meta::F32(2.0));
        },
        "`llama.block_count` of `FILE` is 2, not a count",
    );
    check(
        &|gguf| {
            gguf.set("llama.attention.head_count", Meta::U32(0));
        },
        "`llama.attention.head_count` of `FILE` is 0",
    );
    check(
        &|gguf| {
            gguf.set("llama.attention.head_count", Meta::Numbers(vec![4, 2]));
        },
        "`llama.attention.head_count` has a number for each block, which is not supported",
    );
    check(
        &|gguf| {
            gguf.set("llama.expert_count", Meta::U32(8));
        },
        "mixtures of experts are not supported; this model has 8",
    );
    check(
        &|gguf| {
            gguf.set("llama.rope.scaling.type", text("yarn"));
        },
        "rope scaling of type `yarn` is not supported",
    );
    check(
        &|gguf| {
            gguf.set("split.count", Meta::U32(3));
        },
        "`FILE` is one of 3 parts",
    );
    check(
        &|gguf| {
            let up = gguf.tensors.iter_mut().find(|tensor| tensor.name == "blk.1.ffn_up.weight");
            up.expect("a tensor").kind = 10;
        },
        "tensor `model.layers.1.mlp.up_proj.weight` of `FILE` is q2_k; f32, f16, bf16 and Q4_0, \
         Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K are read",
    );
    check(
        &|gguf| {
            gguf.set("tokenizer.ggml.pre", text("klingon"));
        },
        "the pre-tokenizer `klingon` of `tokenizer.ggml.pre` is not known",
    );
    check(
        &|gguf| {
            gguf.set("tokenizer.ggml.model", text("rwkv"));
        },
        "tokenizers of the sort `rwkv` are not read from GGUF files",
    );
    check(
        &|gguf| {
            gguf.set("tokenizer.ggml.eos_token_id", Meta::U32(320));
        },
        "`tokenizer.ggml.eos_token_id` of `FILE` is 320, and there are 320 tokens",
    );
    check(
        &|gguf| {
            gguf.set("tokenizer.ggml.merges", Meta::Texts(vec!["ab".into()]));
        },
        "`tokenizer.ggml.merges` of `FILE` has `ab` as number 0, not two parts",
    );
    check(
        &|gguf| {
            gguf.set("tokenizer.ggml.token_type", Meta::Numbers(vec![1]));
        },
        "`tokenizer.ggml.token_type` of `FILE` has 1 entries for 320 tokens",
    );
}
