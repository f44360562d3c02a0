use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Adapter, AdapterFacts, AdapterRows, Projection, check};
use crate::weights::save::{Numbers, save};
use crate::{Decoder, Result, inspect};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Checks an adapter of the small Llama whose fields are replaced by `changes`.
fn adapter(changes: Value, tensors: &[(&str, [usize; 2])]) -> Result<AdapterFacts> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut fields = json!({
        "peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "down_proj"],
        "base_model_name_or_path": "tiny/llama", "bias": "none", "use_dora": false,
    });
    for (name, value) in changes.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    std::fs::write(dir.path().join("adapter_config.json"), fields.to_string()).expect("written");
    let zeros = vec![0.0; 1 << 12];
    let names: Vec<String> =
        tensors.iter().map(|(name, _)| format!("base_model.model.{name}.weight")).collect();
    let numbers = names.iter().zip(tensors).map(|(name, (_, shape))| {
        let values = &zeros[..shape[0] * shape[1]];
        Numbers { name, shape, values }
    });
    let numbers: Vec<Numbers<'_>> = numbers.collect();
    let path = dir.path().join("adapter_model.safetensors");
    save(&path, &numbers, Default::default()).expect("written");
    check(dir.path(), &fixtures().join("decoder/llama"))
}

const QUERY: [(&str, [usize; 2]); 2] = [
    ("model.layers.1.self_attn.q_proj.lora_A", [2, 32]),
    ("model.layers.1.self_attn.q_proj.lora_B", [32, 2]),
];

#[test]
fn an_adapter_is_told_by_its_headers() {
    let facts = adapter(json!({}), &QUERY).expect("facts");
    assert_eq!(facts.base.as_deref(), Some("tiny/llama"));
    assert_eq!((facts.parameters, facts.size_bytes), (128, 512));
    let sound = [
        json!({ "target_modules": "all-linear" }),
        json!({ "target_modules": r"model\.layers\.[01]\.self_attn\.(q|k)_proj" }),
        json!({ "r": 8, "rank_pattern": { "layers.1.self_attn.q_proj": 2, "q_proj": 4 } }),
        json!({ "modules_to_save": [], "layer_replication": null, "task_type": "CAUSAL_LM" }),
        json!({ "init_lora_weights": "gaussian" }),
    ];
    for changes in sound {
        adapter(changes.clone(), &QUERY).unwrap_or_else(|error| panic!("{changes}: {error}"));
    }
    let error = inspect(&fixtures().join("adapters/llama-all")).expect_err("no model");
    let expected = "it is an adapter of `tiny/llama`, which runs with its base";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_is_no_plain_lora_is_refused() {
    let refuse = |changes: Value, words: &str| {
        let error = adapter(changes, &QUERY).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    refuse(json!({ "use_dora": true }), "asks for DoRA");
    refuse(json!({ "modules_to_save": ["lm_head"] }), "`modules_to_save`");
    refuse(json!({ "bias": "all" }), "`bias` is `all`");
    refuse(json!({ "peft_type": "IA3" }), "of the type `IA3`");
    refuse(json!({ "peft_type": null }), "`peft_type` of");
    refuse(json!({ "task_type": "SEQ_CLS" }), "the task `SEQ_CLS`");
    refuse(json!({ "init_lora_weights": "pissa_niter_4" }), "changes its base");
    refuse(json!({ "fan_in_fan_out": true }), "the other way round");
    refuse(json!({ "trainable_token_indices": [4] }), "words of its own");
    refuse(json!({ "target_modules": ["k_proj"] }), "does not name `model.layers.1.self_attn");
    refuse(json!({ "target_modules": 3 }), "neither a list of names nor a text");
    refuse(json!({ "target_modules": "(?=a)" }), "an expression that is not read");
    refuse(json!({ "target_modules": r"\w{1000}{1000}" }), "an expression that is not read");
    refuse(json!({ "r": 3 }), "is 3 for `model.layers.1.self_attn.q_proj`, whose matrices");
    refuse(json!({ "rank_pattern": { "q_proj": 1 } }), "is 1 for");
    refuse(json!({ "alpha_pattern": { "q_proj": "x" } }), "which is no number");
    refuse(json!({ "alpha_pattern": [] }), "is not an object");
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let [down, up] = QUERY;
    let refuse = |tensors: &[(&str, [usize; 2])], words: &str| {
        let all = json!({ "target_modules": "all-linear" });
        let error = adapter(all, tensors).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    refuse(&[down], "has no tensor `base_model.model.model.layers.1.self_attn.q_proj.lora_B");
    refuse(&[up], "has no tensor `base_model.model.model.layers.1.self_attn.q_proj.lora_A");
    refuse(&[(down.0, [2, 31]), up], "has shape [2, 31], expected [2, 32]");
    refuse(&[down, (up.0, [16, 2])], "has shape [16, 2], expected [32, 2]");
    refuse(&[("lm_head.lora_A", [2, 32])], "goes with `lm_head`, which is no projection");
    refuse(&[("model.layers.2.mlp.up_proj.lora_A", [2, 32])], "`model.layers.2.mlp.up_proj`");
    refuse(&[("model.layers.0.self_attn.qkv_proj.lora_A", [2, 32])], "qkv_proj`");
    refuse(&[("model.layers.0.mlp.up_proj.lora_magnitude_vector", [2, 32])], "magnitude");
}

#[test]
fn an_adapter_goes_with_models_of_its_sizes_only() {
    let load = |name: &str| Decoder::load(&fixtures().join("decoder").join(name)).expect("loads");
    let adapter = load("llama").adapter(&fixtures().join("adapters/llama-all")).expect("loads");
    let (same, other) = (load("llama-bf16"), load("qwen3"));
    assert!(same.check_adapter(Some(&adapter)).is_ok());
    let error = other.check_adapter(Some(&adapter)).expect_err("other sizes");
    assert_eq!(error.to_string(), "the adapter was loaded for a model of other sizes");
}

#[test]
fn rows_are_grouped_by_their_adapters() {
    let decoder = Decoder::load(&fixtures().join("decoder/llama")).expect("loads");
    let load =
        |name: &str| decoder.adapter(&fixtures().join("adapters").join(name)).expect("loads");
    let (one, two) = (load("llama-all"), load("llama-patterns"));
    let x: Vec<f32> = (0..9 * 32).map(|place| (place % 13) as f32 - 6.0).collect();
    let add = |runs: &[(Option<&Adapter>, usize)], x: &[f32]| {
        let mut out = vec![1.0; x.len()];
        AdapterRows::new(runs.iter().copied()).add(0, Projection::Query, x, &mut out);
        out
    };
    let runs = [(Some(&one), 2), (None, 1), (Some(&two), 1), (Some(&one), 3), (Some(&two), 2)];
    let together = add(&runs, &x);
    let mut first = 0;
    for (adapter, count) in runs {
        let own = first * 32..(first + count) * 32;
        assert_eq!(together[own.clone()], add(&[(adapter, count)], &x[own]), "from row {first}");
        first += count;
    }
    let rows = AdapterRows::new(runs.into_iter());
    let mut parts = vec![1.0; x.len()];
    for (first, (x, out)) in (0..).step_by(4).zip(x.chunks(4 * 32).zip(parts.chunks_mut(4 * 32))) {
        rows.part(first..first + 4).add(0, Projection::Query, x, out);
    }
    assert_eq!(parts, together, "in parts of four rows");
}
