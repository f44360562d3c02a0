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
    assert_eq!(shape.norms.epsilon, 1e-6);
    assert!(shape.is_plain());
    let expected: Vec<f32> = frequencies(10_000.0, 8).iter().map(|x| *x as f32).collect();
    assert_eq!(shape.rope.speeds, expected);
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
    check(json!({"rope_scaling": {"type": "dynamic", "factor": 4}}), "type `dynamic`");
    check(json!({"rope_scaling": {"type": "yarn", "factor": -1}}), "is `-1`, not a number above");
    check(json!({"rope_scaling": {"type": "linear"}}), "`rope_scaling.factor`");
    check(json!({"rope_scaling": {"type": "linear", "factor": 0}}), "is `0`, not a number above");
    check(json!({"rope_theta": "big"}), "not a number above 0");
    check(json!({"partial_rotary_factor": 1.5}), "is 1.5 of heads of 8");
    check(json!({"partial_rotary_factor": 0.4}), "is 0.4 of heads of 8");
    let phi = json!(["Phi3ForCausalLM"]);
    let beyond = "original_max_position_embeddings";
    let short = json!({"type": "longrope", "short_factor": [1, 2], "long_factor": [1], beyond: 9});
    check(json!({"architectures": phi, "rope_scaling": short}), "`rope_scaling.short_factor` of");
    let gemma = json!(["Gemma3ForCausalLM"]);
    let layers = json!(["full_attention"]);
    check(
        json!({"architectures": gemma, "sliding_window": 4, "layer_types": layers}),
        "is not a list of 2 times",
    );
    check(
        json!({"architectures": gemma, "use_bidirectional_attention": true}),
        "in both directions",
    );
    check(
        json!({"architectures": gemma, "final_logit_softcapping": 0}),
        "`final_logit_softcapping`",
    );
    check(json!({"architectures": ["BertModel"]}), "`BertModel` does not write text");
}

#[test]
fn both_spellings_of_rope_are_read() {
    let check = |changes: Value, theta: f64, factor: f64| {
        let expected: Vec<f32> =
            frequencies(theta, 8).iter().map(|speed| (speed / factor) as f32).collect();
        assert_eq!(shape(changes).expect("a shape").rope.speeds, expected);
    };
    check(json!({"rope_theta": 500.0}), 500.0, 1.0);
    check(json!({"rope_theta": 500.0, "rope_scaling": null}), 500.0, 1.0);
    check(json!({"rope_scaling": {"type": "linear", "factor": 2.0}}), 10_000.0, 2.0);
    check(json!({"rope_scaling": {"rope_type": "linear", "factor": 4}}), 10_000.0, 4.0);
    check(json!({"rope_parameters": {"rope_type": "default", "rope_theta": 9}}), 9.0, 1.0);
}

#[test]
fn yarn_turns_as_in_transformers() {
    let check = |changes: Value, (scale, speeds): (f32, [f32; 8])| {
        let mut fields = json!({
            "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64,
        });
        for (name, value) in changes.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        let changes = json!({
            "head_dim": 16, "rope_theta": 1000.0, "rope_scaling": fields,
        });
        let rope = shape(changes).expect("a shape").rope;
        assert!((rope.scale - scale).abs() < 1e-6, "{} {scale}", rope.scale);
        for (found, expected) in rope.speeds.iter().zip(speeds) {
            assert!((found / expected - 1.0).abs() < 1e-5, "{:?} {speeds:?}", rope.speeds);
        }
    };
    // Numbers of `transformers` 5.24.
    let slow = [0.018_747_4, 0.007_905_69, 0.003_333_8, 0.001_405_85, 0.000_592_843];
    let with = |fast: [f32; 3], slow: [f32; 5]| {
        let mut all = [0.0; 8];
        all[..3].copy_from_slice(&fast);
        all[3..].copy_from_slice(&slow);
        all
    };
    let usual = with([1.0, 0.316_272, 0.088_914], slow);
    check(json!({}), (1.138_629_4, usual));
    check(json!({"attention_factor": 1.5}), (1.5, usual));
    check(json!({"original_max_position_embeddings": null}), (1.138_629_4, usual));
    check(
        json!({"factor": 40.0, "mscale": 1.0, "mscale_all_dim": 0.8}),
        (1.056_966_3, with([1.0, 0.284_645, 0.062_239_8], slow.map(|speed| speed / 10.0))),
    );
    let truncated = with([1.0, 0.304_036, 0.078_593_6], slow);
    check(json!({"truncate": false}), (1.138_629_4, truncated));
    let mut betas = with([1.0, 0.342_628, 0.111_142], slow);
    betas[3] = 0.032_807_9;
    check(json!({"beta_fast": 8.0, "beta_slow": 0.5}), (1.138_629_4, betas));
}

#[test]
fn windows_are_those_of_transformers() {
    let check = |architecture: &str, changes: Value, expected: [Option<usize>; 4]| {
        let mut fields = json!({
            "architectures": [architecture],
            "num_hidden_layers": 4,
            "sliding_window": 16,
        });
        for (name, value) in changes.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        let shape = shape(fields).expect("a shape");
        assert_eq!(shape.windows, expected, "{architecture} {changes}");
        assert_eq!(shape.context_max, 64, "a window bounds no text");
    };
    let (all, no) = (Some(16), None);
    check("LlamaForCausalLM", json!({}), [no; 4]);
    check("MistralForCausalLM", json!({}), [all; 4]);
    check("MistralForCausalLM", json!({"sliding_window": null}), [no; 4]);
    check("Phi3ForCausalLM", json!({}), [all; 4]);
    check("Qwen2ForCausalLM", json!({}), [no; 4]);
    let from_2 = json!({"use_sliding_window": true, "max_window_layers": 2});
    check("Qwen2ForCausalLM", from_2.clone(), [no, no, all, all]);
    check("Qwen3ForCausalLM", from_2, [no, no, all, all]);
    check("Gemma2ForCausalLM", json!({}), [all, no, all, no]);
    check("Gemma3ForCausalLM", json!({}), [all; 4]);
    check("Gemma3ForCausalLM", json!({"sliding_window_pattern": 3}), [all, all, no, all]);
    let (slides, full) = ("sliding_attention", "full_attention");
    let sorts = json!({"layer_types": [full, full, slides, full]});
    check("Gemma3ForCausalLM", sorts, [no, no, all, no]);
}

#[test]
fn both_spellings_of_two_bases_are_read() {
    let gemma3 = |changes: Value| {
        let mut fields = changes;
        fields["architectures"] = json!(["Gemma3ForCausalLM"]);
        shape(fields).expect("a shape")
    };
    let old = gemma3(json!({
        "rope_theta": 5000.0,
        "rope_local_base_freq": 200.0,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    }));
    let new = gemma3(json!({"rope_parameters": {
        "full_attention": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 8.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 200.0},
    }}));
    assert_eq!(old, new);
    let speeds = |theta: f64, factor: f64| -> Vec<f32> {
        frequencies(theta, 8).iter().map(|speed| (speed / factor) as f32).collect()
    };
    assert_eq!(old.rope.speeds, speeds(5000.0, 8.0));
    assert_eq!(old.window_rope.expect("one").speeds, speeds(200.0, 1.0));
}

#[test]
fn long_texts_turn_by_their_own_factors() {
    let check = |scaling: Value, scale: f32| {
        let shape = shape(json!({
            "architectures": ["Phi3ForCausalLM"],
            "original_max_position_embeddings": 16,
            "partial_rotary_factor": 0.5,
            "rope_scaling": scaling,
        }));
        let rope = shape.expect("a shape").rope;
        let speeds = |factors: [f64; 2]| -> Vec<f32> {
            let pairs = frequencies(10_000.0, 4).into_iter().zip(factors);
            pairs.map(|(speed, factor)| (speed / factor) as f32).collect()
        };
        assert_eq!((rope.speeds, rope.scale), (speeds([1.0, 2.0]), scale));
        let long = rope.long.expect("factors for long texts");
        assert_eq!((long.beyond, long.speeds), (16, speeds([3.0, 4.0])));
    };
    let factors = |kind: &str| json!({"type": kind, "short_factor": [1, 2], "long_factor": [3, 4]});
    // 64 positions are four times 16: √(1 + ln 4 / ln 16).
    check(factors("longrope"), 1.5_f32.sqrt());
    check(factors("su"), 1.5_f32.sqrt());
    let mut given = factors("longrope");
    given["attention_factor"] = json!(1.25);
    check(given, 1.25);
}
