//! Damaged and foreign models are refused with a sentence, never with a crash.

use std::fs;
use std::path::Path;

use domain::{Fault, Kind};
use native::{Encoder, inspect};
use serde_json::{Value, json};

use crate::fixtures::copy_of;

/// Changes one field of a copied model's `config.json`.
fn with_field(name: &str, field: &str, value: Value) -> tempfile::TempDir {
    let dir = copy_of(name);
    let path = dir.path().join("config.json");
    let mut config: Value = crate::fixtures::json(&path);
    config[field] = value;
    fs::write(&path, config.to_string()).expect("written");
    dir
}

fn refusal(dir: &Path) -> Fault {
    Encoder::load(dir).expect_err("the model is refused").into()
}

#[test]
fn a_wrong_field_is_named() {
    let check = |field: &str, value: Value, kind: Kind, part: &str| {
        let dir = with_field("bert-classification", field, value);
        let fault = refusal(dir.path());
        assert_eq!(fault.kind(), kind, "{field}");
        assert!(fault.chain().contains(part), "{}", fault.chain());
    };
    check("architectures", json!(["MambaModel"]), Kind::Unsupported, "`MambaModel`");
    check("architectures", json!(["LlamaForCausalLM"]), Kind::Unsupported, "not an encoder");
    check("auto_map", json!({"AutoModel": "code.Model"}), Kind::Unsupported, "`auto_map`");
    check("quantization_config", json!({}), Kind::Unsupported, "quantized");
    check("hidden_act", json!("mish"), Kind::Unsupported, "`mish`");
    check("position_embedding_type", json!("relative_key"), Kind::Unsupported, "`relative_key`");
    check("problem_type", json!("regression"), Kind::Unsupported, "regression");
    check("hidden_size", json!("wide"), Kind::Invalid, "`hidden_size`");
    check("hidden_size", json!(-1), Kind::Invalid, "`hidden_size`");
    check("hidden_size", json!(1_u64 << 60), Kind::Invalid, "`hidden_size`");
    check("num_attention_heads", json!(0), Kind::Invalid, "is 0");
    check("num_attention_heads", json!(5), Kind::Invalid, "does not divide");
    check("num_hidden_layers", json!(3), Kind::Invalid, "has no tensor `bert.encoder.layer.2.");
    check("vocab_size", json!(151), Kind::Invalid, "expected [151, 32]");
    check("max_position_embeddings", json!(0), Kind::Invalid, "is 0");
    check("id2label", json!({"0": "a", "2": "b"}), Kind::Invalid, "no name for class 1");
    check("id2label", json!({"0": "a", "1": "b"}), Kind::Invalid, "expected [2, 32]");
    check("modeldex_head", json!({"pooling": "last"}), Kind::Invalid, "`modeldex_head`");
}

#[test]
fn a_roberta_needs_positions_beyond_its_padding() {
    let dir = with_field("roberta-base", "max_position_embeddings", json!(2));
    assert!(refusal(dir.path()).message().contains("no place after the padding"));
}

#[test]
fn a_missing_file_is_named_with_what_to_do() {
    let check = |file: &str, hint: &str| {
        let dir = copy_of("bert-classification");
        fs::remove_file(dir.path().join(file)).expect("removed");
        let fault: Fault = inspect(dir.path()).expect_err("refused").into();
        assert!(fault.message().contains(file), "{}", fault.message());
        assert!(fault.hint_text().is_some_and(|text| text.contains(hint)), "{file}");
    };
    check("config.json", "model folder holds");
    check("tokenizer.json", "save_pretrained");
    check("model.safetensors", "model folder holds");
}

#[test]
fn pickled_weights_are_refused_with_the_reason() {
    let dir = copy_of("bert-classification");
    let weights = dir.path().join("model.safetensors");
    fs::rename(weights, dir.path().join("pytorch_model.bin")).expect("renamed");
    let fault = refusal(dir.path());
    assert!(fault.hint_text().is_some_and(|hint| hint.contains("never loaded")));
}

#[test]
fn a_shard_may_not_lie_elsewhere() {
    let check = |shard: &str| {
        let dir = copy_of("bert-sharded");
        let index = json!({"weight_map": {"classifier.weight": shard}});
        let path = dir.path().join("model.safetensors.index.json");
        fs::write(path, index.to_string()).expect("written");
        assert!(refusal(dir.path()).message().contains("not a safetensors file beside it"));
    };
    check("../model.safetensors");
    check("/etc/model.safetensors");
    check("..");
    check("");
    check("pytorch_model.bin");
}

#[test]
fn a_cut_weight_file_is_refused() {
    let dir = copy_of("bert-classification");
    let path = dir.path().join("model.safetensors");
    let bytes = fs::read(&path).expect("read");
    for len in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..len]).expect("written");
        let fault = refusal(dir.path());
        assert_eq!(fault.kind(), Kind::Invalid, "{len}");
        assert!(fault.message().contains("not a sound safetensors file"), "{}", fault.message());
    }
}

#[test]
fn what_cannot_be_loaded_is_refused_by_inspection_too() {
    let check = |field: &str, value: Value| {
        let dir = with_field("bert-base", field, value);
        let inspected = inspect(dir.path()).expect_err(field).to_string();
        assert_eq!(inspected, refusal(dir.path()).message());
    };
    check("hidden_act", json!("mish"));
    check("num_attention_heads", json!(5));
    check("position_embedding_type", json!("relative_key"));
}

#[test]
fn an_embedding_module_that_is_not_known_is_named() {
    let check = |modules: Value, part: &str| {
        let dir = copy_of("bert-base");
        fs::write(dir.path().join("modules.json"), modules.to_string()).expect("written");
        let message = refusal(dir.path()).chain();
        assert!(message.contains(part), "{message}");
    };
    check(json!([{"type": "a.models.Dense", "path": "2_Dense"}]), "`a.models.Dense`");
    check(json!([{"type": "a.models.Pooling", "path": "../x"}]), "`../x`");
    check(json!([{"type": "a.models.Pooling", "path": ""}]), "not a folder beside it");
    check(json!([{"type": "a.models.Pooling", "path": "1_Pooling"}]), "cannot read");
    check(json!({}), "not the JSON that was expected");
}

#[test]
fn a_broken_tokenizer_is_refused() {
    let dir = copy_of("bert-classification");
    fs::write(dir.path().join("tokenizer.json"), "{}").expect("written");
    assert!(refusal(dir.path()).message().contains("cannot use the tokenizer"));
}
