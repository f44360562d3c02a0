use serde_json::json;

use super::ConfigFile;
use crate::registry::ARCHITECTURES;

fn config(fields: serde_json::Value) -> crate::Result<ConfigFile> {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("config.json"), fields.to_string()).expect("written");
    ConfigFile::read(dir.path())
}

#[test]
fn every_architecture_is_found_by_its_name() {
    for known in ARCHITECTURES {
        let config = config(json!({"architectures": [known.name]})).expect("sound");
        assert_eq!(config.architecture().expect("known"), known);
    }
}

#[test]
fn a_model_type_alone_names_the_bare_body() {
    let config = config(json!({"model_type": "mpnet"})).expect("sound");
    assert_eq!(config.architecture().expect("known").name, "MPNetModel");
}

#[test]
fn an_unknown_architecture_is_named_with_the_known_ones() {
    let config = config(json!({"architectures": ["MambaModel"]})).expect("sound");
    let fault: domain::Fault = config.architecture().expect_err("unknown").into();
    assert_eq!(fault.message(), "architecture `MambaModel` is not supported");
    let hint = fault.hint_text().expect("a hint");
    assert!(hint.starts_with("supported are BertModel,"), "{hint}");
}

#[test]
fn code_of_the_models_own_is_refused() {
    let check = |fields: serde_json::Value, refused: bool| {
        assert_eq!(config(fields.clone()).is_err(), refused, "{fields}");
    };
    check(json!({"auto_map": {"AutoModel": "x.Y"}}), true);
    check(json!({"trust_remote_code": true}), true);
    check(json!({"trust_remote_code": false}), false);
    check(json!({"auto_map": null}), false);
    let (settings, class) = ("configuration_phi3.Phi3Config", "modeling_phi3.Phi3ForCausalLM");
    check(json!({"auto_map": {"AutoConfig": settings, "AutoModelForCausalLM": class}}), false);
    check(json!({"auto_map": {"AutoConfig": settings, "AutoModel": "modeling_phi3.Other"}}), true);
    check(json!({"auto_map": {"AutoConfig": [settings]}}), true);
    check(json!({"auto_map": settings}), true);
    check(json!([1, 2]), true);
}

#[test]
fn labels_come_in_the_order_of_their_numbers() {
    let check = |fields: serde_json::Value, expected: &[&str]| {
        assert_eq!(config(fields).expect("sound").labels().expect("labels"), expected);
    };
    check(json!({"id2label": {"1": "b", "0": "a"}}), &["a", "b"]);
    check(json!({}), &["LABEL_0", "LABEL_1"]);
    check(json!({"num_labels": 3}), &["LABEL_0", "LABEL_1", "LABEL_2"]);
}
