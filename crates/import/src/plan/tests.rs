use hub::Odd;

use super::*;

fn resolved(paths: &[&str]) -> Resolved {
    let file = |(index, path): (usize, &&str)| SourceFile {
        path: path.parse().unwrap(),
        size: 10 + index as u64,
        checksum: None,
    };
    let files = paths.iter().enumerate().map(file).collect();
    Resolved { revision: "r".to_owned(), files, odd: Vec::new() }
}

fn check_needed(listed: &str, needed: &str) {
    let listed: Vec<&str> = listed.split_whitespace().collect();
    let plan = plan(&resolved(&listed), None).unwrap();
    let mut paths: Vec<&str> = plan.files().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, needed.split_whitespace().collect::<Vec<_>>());
    assert_eq!(plan.left_out, listed.len() - paths.len());
}

#[test]
fn a_sentence_encoder_comes_without_copies_for_other_programs() {
    check_needed(
        ".gitattributes 1_Pooling/config.json README.md config.json
         config_sentence_transformers.json data_config.json model.safetensors modules.json
         onnx/model.onnx openvino/openvino_model.bin pytorch_model.bin rust_model.ot
         sentence_bert_config.json tf_model.h5 tokenizer.json train_script.py vocab.txt",
        "1_Pooling/config.json README.md config.json config_sentence_transformers.json
         data_config.json model.safetensors modules.json sentence_bert_config.json tokenizer.json
         vocab.txt",
    );
    // A module with weights of its own.
    check_needed(
        "2_Dense/config.json 2_Dense/model.safetensors model.safetensors x/a.json",
        "2_Dense/config.json 2_Dense/model.safetensors model.safetensors",
    );
}

#[test]
fn a_decoder_comes_in_shards_without_the_copy_of_its_publisher() {
    check_needed(
        "LICENSE USE_POLICY.md additional_chat_templates/tools.jinja chat_template.jinja
         config.json consolidated.safetensors generation_config.json merges.txt
         model-00001-of-00002.safetensors model-00002-of-00002.safetensors
         model.safetensors.index.json original/params.json pytorch_model.bin.index.json
         tokenizer.json trainer_state.json",
        "LICENSE USE_POLICY.md additional_chat_templates/tools.jinja chat_template.jinja
         config.json generation_config.json merges.txt model-00001-of-00002.safetensors
         model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json",
    );
    // One file beside shards: the one file is enough.
    check_needed(
        "model-00001-of-00001.safetensors model.safetensors model.safetensors.index.json",
        "model.safetensors",
    );
}

#[test]
fn a_pipeline_and_an_adapter_come_with_whatever_safetensors_they_have() {
    check_needed(
        "model_index.json unet/config.json unet/diffusion.safetensors vae/vae.bin",
        "model_index.json unet/config.json unet/diffusion.safetensors",
    );
    check_needed(
        "adapter_config.json adapter_model.safetensors",
        "adapter_config.json adapter_model.safetensors",
    );
}

#[test]
fn one_gguf_file_is_enough() {
    check_needed(
        "README.md config.json mmproj-model-f16.gguf tiny-Q4_K_M.gguf x.bin",
        "README.md tiny-Q4_K_M.gguf",
    );
    check_needed("config.json model.safetensors tiny.gguf", "config.json model.safetensors");
    let several = ["LICENSE", "config.json", "model.safetensors", "q4.gguf", "q8.gguf"];
    let chosen = plan(&resolved(&several), Some("q8.gguf")).unwrap();
    let paths: Vec<&str> = chosen.files().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["q8.gguf", "LICENSE"]);
    for name in ["q2.gguf", "a/q4.gguf"] {
        let refusal = plan(&resolved(&several), Some(name)).unwrap_err();
        assert_eq!(refusal.to_string(), format!("it has no file `{name}` at its top"));
    }
}

#[test]
fn parts_of_a_gguf_file_come_together() {
    let parts = ["tiny-00001-of-00002.gguf", "tiny-00002-of-00002.gguf"];
    let [one, other] = parts;
    check_needed(&format!("README.md {one} {other} x.bin"), &format!("README.md {one} {other}"));
    let several = ["README.md", "tiny.gguf", one, other];
    for name in parts {
        let chosen = plan(&resolved(&several), Some(name)).unwrap();
        let paths: Vec<&str> = chosen.files().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [other, one, "README.md"]);
    }
    let whole = plan(&resolved(&several), Some("tiny.gguf")).unwrap();
    assert_eq!(whole.files().count(), 2);
    for named in [None, Some(one)] {
        let refusal = plan(&resolved(&["README.md", one]), named).unwrap_err();
        assert_eq!(refusal.to_string(), format!("it has no file `{other}` at its top"));
    }
    let refusal = plan(&resolved(&several), None).unwrap_err();
    assert!(refusal.to_string().starts_with("it has 3 GGUF files: "), "{refusal}");
}

#[test]
fn the_configuration_comes_first_and_then_the_largest() {
    let plan =
        plan(&resolved(&["config.json", "tokenizer.json", "model.safetensors"]), None).unwrap();
    assert_eq!(plan.config.as_ref().unwrap().path.as_str(), "config.json");
    let rest: Vec<&str> = plan.rest.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(rest, ["model.safetensors", "tokenizer.json"]);
    assert_eq!(plan.size_bytes(), 10 + 11 + 12);
}

#[test]
fn what_is_refused_has_its_reason_and_a_way_out() {
    let check = |listed: &[&str], reason: &str, kind: domain::Kind| {
        let refusal = plan(&resolved(listed), None).unwrap_err();
        assert_eq!(refusal.to_string(), reason);
        assert_eq!(refusal.kind(), kind);
        assert!(!refusal.hint().is_empty());
    };
    use domain::Kind::{Denied, Invalid, Unsupported};
    for file in ["pytorch_model.bin", "a.pt", "model.ckpt", "m.pkl", "tf_model.h5", "x/y.PTH"] {
        let reason =
            format!("its weights are pickles (`{file}`), which can run code when they are opened");
        check(&["config.json", file], &reason, Denied);
    }
    check(&["a.gguf", "b.gguf"], "it has 2 GGUF files: `a.gguf`, `b.gguf`", Invalid);
    let none = "it has no weights as safetensors or GGUF among its";
    check(&["a.json", "b.onnx"], &format!("{none} 2 files"), Invalid);
    check(&["mmproj-x.gguf"], &format!("{none} 1 files"), Invalid);
    check(&[], &format!("{none} 0 files"), Invalid);
    check(
        &["model.safetensors", "Vocab.txt", "vocab.txt"],
        "`Vocab.txt` and `vocab.txt` are the same file on some systems",
        Unsupported,
    );
    check(&["model.safetensors", "a.json", "a.json"], "it lists `a.json` twice", Invalid);
    check(
        &["1_a.json/config.json", "1_a.json", "model.safetensors"],
        "`1_a.json` is a file and a folder",
        Invalid,
    );
    let many: Vec<String> = (0..2_001).map(|number| format!("{number}.safetensors")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many, "it needs 2001 files, more than 2000", Invalid);
}

#[test]
fn odd_names_matter_where_they_are_hostile_or_needed() {
    let check = |path: &str, hostile: bool, reason: Option<&str>| {
        let mut listing = resolved(&["config.json", "model.safetensors"]);
        let (path, why) = (path.to_owned(), "it is odd".to_owned());
        listing.odd.push(Odd { path, why, hostile });
        let refused = plan(&listing, None).err().map(|refusal| refusal.to_string());
        assert_eq!(refused.as_deref(), reason);
    };
    check("../../etc/passwd", true, Some("it lists the file `../../etc/passwd`: it is odd"));
    check("tokenizer.json", false, Some("its file `tokenizer.json` cannot be taken: it is odd"));
    check("samples/a:b.wav", false, None);
}

#[test]
fn a_configuration_that_asks_for_code_is_refused() {
    let check = |text: &str, reason: Option<&str>| {
        let refused = check_config(text.as_bytes()).err().map(|refusal| refusal.to_string());
        assert_eq!(refused.as_deref(), reason, "{text}");
    };
    let own_code = "`config.json` asks for code of the model's own (`auto_map`)";
    check(r#"{"auto_map": {"AutoModel": "modeling_x.X"}}"#, Some(own_code));
    check(
        r#"{"trust_remote_code": true}"#,
        Some("`config.json` asks for code of the model's own (`trust_remote_code`)"),
    );
    check(r#"{"trust_remote_code": false, "auto_map": null}"#, None);
    check(r#"{"model_type": "bert"}"#, None);
    check(
        "[]",
        Some(
            "`config.json` is not a configuration: invalid type: sequence, expected a map at line \
             1 column 0",
        ),
    );
}

#[test]
fn space_is_wanted_for_what_is_missing_and_a_little_more() {
    let check = |missing: u64, free: Option<u64>, refused: bool| {
        assert_eq!(Plan::check_space(missing, free).is_err(), refused, "{missing} of {free:?}");
    };
    check(1_000, Some(1_000), true);
    check(1_000, Some(100_000_000), false);
    check(0, Some(0), false);
    check(u64::MAX, Some(u64::MAX - 1), true);
    check(u64::MAX, None, false);
    let refusal = Plan::check_space(5_000_000_000, Some(12_000_000)).unwrap_err();
    assert_eq!(refusal.to_string(), "it needs 5.1 GB and 12.0 MB are free");
}
