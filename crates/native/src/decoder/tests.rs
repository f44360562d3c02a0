use serde_json::{Value, json};

use super::rope::frequencies;
use super::shape::DecoderShape;
use crate::Result;
use crate::config::ConfigFile;

/// Reads the shape of a small Llama whose fields are replaced by `changes`.
fn shape(changes: Value) -> Result<DecoderShape> {
    let mut fields = json!({
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": 320,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "max_position_embeddings": 64,
    });
    for (name, value) in changes.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("config.json"), fields.to_string()).expect("written");
    DecoderShape::read(&ConfigFile::read(dir.path()).expect("a config"))
}

#[test]
fn absent_fields_have_the_defaults_of_transformers() {
    let shape = shape(json!({})).expect("a shape");
    assert_eq!((shape.kv_heads, shape.head_dim, shape.tied), (4, 8, false));
    assert_eq!(shape.norm_epsilon, 1e-6);
    let expected: Vec<f32> = frequencies(10_000.0, 8).iter().map(|x| *x as f32).collect();
    assert_eq!(shape.inverse_frequencies, expected);
}

#[test]
fn a_shape_that_cannot_be_is_refused() {
    let check = |changes: Value, part: &str| {
        let error = shape(changes).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    };
    check(json!({"num_attention_heads": 0}), "`num_attention_heads`");
    check(json!({"num_key_value_heads": 3}), "is 3, which does not divide 4");
    check(json!({"head_dim": 7}), "is 7, not even");
    check(json!({"hidden_act": "relu"}), "activation `relu`");
    check(json!({"rope_scaling": {"type": "yarn", "factor": 4}}), "type `yarn`");
    check(json!({"rope_scaling": {"type": "linear"}}), "`rope_scaling.factor`");
    check(json!({"rope_scaling": {"type": "linear", "factor": 0}}), "is `0`, not a number above");
    check(json!({"rope_theta": "big"}), "not a number above 0");
    check(json!({"partial_rotary_factor": 0.5}), "a part of each head (0.5)");
    check(json!({"architectures": ["BertModel"]}), "`BertModel` does not write text");
}

#[test]
fn both_spellings_of_rope_are_read() {
    let check = |changes: Value, theta: f64, factor: f64| {
        let expected: Vec<f32> =
            frequencies(theta, 8).iter().map(|speed| (speed / factor) as f32).collect();
        assert_eq!(shape(changes).expect("a shape").inverse_frequencies, expected);
    };
    check(json!({"rope_theta": 500.0}), 500.0, 1.0);
    check(json!({"rope_theta": 500.0, "rope_scaling": null}), 500.0, 1.0);
    check(json!({"rope_scaling": {"type": "linear", "factor": 2.0}}), 10_000.0, 2.0);
    check(json!({"rope_scaling": {"rope_type": "linear", "factor": 4}}), 10_000.0, 4.0);
    check(json!({"rope_parameters": {"rope_type": "default", "rope_theta": 9}}), 9.0, 1.0);
}

#[test]
fn a_window_bounds_the_context_where_it_is_used() {
    let check = |changes: Value, expected: usize| {
        assert_eq!(shape(changes).expect("a shape").context_max, expected);
    };
    let mistral = json!(["MistralForCausalLM"]);
    check(json!({"sliding_window": 16}), 64);
    check(json!({"sliding_window": 16, "architectures": mistral}), 16);
    check(json!({"sliding_window": null, "architectures": mistral}), 64);
    let qwen2 = json!(["Qwen2ForCausalLM"]);
    check(json!({"sliding_window": 16, "use_sliding_window": false, "architectures": qwen2}), 64);
    check(json!({"sliding_window": 16, "use_sliding_window": true, "architectures": qwen2}), 16);
}
