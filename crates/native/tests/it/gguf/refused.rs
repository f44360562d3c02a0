//! Models in sound GGUF files that cannot be run: the reason names the key, tensor or type.

use native::{Decoder, inspect};

use super::convert::{Written, convert};
use super::writer::Meta;

/// Changes one key of a Llama and checks how it is refused, by inspection and by loading.
fn check(key: &str, value: Option<Meta>, expected: &str) {
    let mut gguf = convert("llama", Written::F32);
    gguf.without(key);
    if let Some(value) = value {
        gguf.set(key, value);
    }
    check_file(&gguf, expected);
}

fn check_file(gguf: &super::writer::Gguf, expected: &str) {
    let dir = gguf.save();
    let inspected = inspect(dir.path()).expect_err(expected).to_string();
    let loaded = Decoder::load(dir.path()).expect_err(expected).to_string();
    assert_eq!(inspected, loaded);
    let place = format!("{}/model.gguf", dir.path().display());
    assert_eq!(inspected.replace(&place, "FILE"), expected);
}

fn text(text: &str) -> Option<Meta> {
    Some(Meta::Text(text.to_owned()))
}

#[test]
fn another_architecture_is_named() {
    let key = "general.architecture";
    check(key, text("mamba"), "GGUF architecture `mamba` is not supported");
    check(key, None, "`general.architecture` of `FILE` is missing");
    let experts = "mixtures of experts are not supported; this model has 8";
    check("llama.expert_count", Some(Meta::U32(8)), experts);
    let scaling = "rope scaling of type `dynamic` is not supported";
    check("llama.rope.scaling.type", text("dynamic"), scaling);
    let nameless = "`FILE` is one of 3 parts, which its name does not say";
    check("split.count", Some(Meta::U32(3)), nameless);
}

#[test]
fn a_size_that_cannot_be_is_named_as_in_the_file() {
    let missing = "`llama.embedding_length` of `FILE` is missing";
    check("llama.embedding_length", None, missing);
    let no_count = "`llama.block_count` of `FILE` is 2, not a count";
    check("llama.block_count", Some(Meta::F32(2.0)), no_count);
    let heads = "llama.attention.head_count";
    let zero = "`llama.attention.head_count` of `FILE` is 0";
    check(heads, Some(Meta::U32(0)), zero);
    let each = "`llama.attention.head_count` has a number for each block, which is not supported";
    check(heads, Some(Meta::Numbers(vec![4, 2])), each);
}

#[test]
fn a_type_that_is_not_read_is_named_with_its_tensor() {
    let mut gguf = convert("llama", Written::F32);
    let up = gguf.tensors.iter_mut().find(|tensor| tensor.name == "blk.1.ffn_up.weight");
    up.expect("a tensor").kind = 10;
    check_file(
        &gguf,
        "tensor `model.layers.1.mlp.up_proj.weight` of `FILE` is q2_k; f32, f16, bf16 and Q4_0, \
         Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K are read",
    );
}

#[test]
fn a_tokenizer_that_is_not_known_is_named() {
    let pre = "the pre-tokenizer `klingon` of `tokenizer.ggml.pre` is not known";
    check("tokenizer.ggml.pre", text("klingon"), pre);
    let model = "tokenizers of the sort `rwkv` are not read from GGUF files";
    check("tokenizer.ggml.model", text("rwkv"), model);
    let end = "`tokenizer.ggml.eos_token_id` of `FILE` is 320, and there are 320 tokens";
    check("tokenizer.ggml.eos_token_id", Some(Meta::U32(320)), end);
    let merges = "`tokenizer.ggml.merges` of `FILE` has `ab` as number 0, not two parts";
    check("tokenizer.ggml.merges", Some(Meta::Texts(vec!["ab".into()])), merges);
    let sorts = "`tokenizer.ggml.token_type` of `FILE` has 1 entries for 320 tokens";
    check("tokenizer.ggml.token_type", Some(Meta::Numbers(vec![1])), sorts);
    let many = "`tokenizer.ggml.merges` of `FILE` has 2097153 values, more than 2097152";
    check("tokenizer.ggml.merges", Some(Meta::Flags(vec![true; (1 << 21) + 1])), many);
}
