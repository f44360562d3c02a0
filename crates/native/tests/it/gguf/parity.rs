//! A GGUF file of a model computes what its safetensors compute.

use native::generate::{ChatMessage, Prompt};
use native::{Decoder, inspect};

use super::convert::{Written, convert};
use super::writer::Gguf;
use crate::fixtures::{assert_close, cosine, path, precisely};

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
    precisely(|| decoder.scores(&tokens)).expect("scores")
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
        // What is lost is lost in the file, or where inputs are rounded to multiply with it.
        let rounded = cosine(&found, &scores_of_file(name, Written::Rounded));
        assert!(rounded > 0.995, "{name} as Q8_0: {rounded}");
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
        let chat = Prompt::Chat(vec![ChatMessage::new("user", "Who painted the door?")].into());
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

/// Reads a file with the `gguf` package and writes what it found, so many tensors to a part.
const COPY: &str = r#"
import sys, gguf
reader = gguf.GGUFReader(sys.argv[1])
architecture = reader.get_field("general.architecture").contents()
writer = gguf.GGUFWriter(sys.argv[2], architecture, split_max_tensors=int(sys.argv[3]))
for field in reader.fields.values():
    if field.name.startswith("GGUF.") or field.name == "general.architecture":
        continue
    kind = field.types[0]
    of = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
    writer.add_key_value(field.name, field.contents(), kind, sub_type=of)
for tensor in reader.tensors:
    writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
"#;

/// What the package calls the second of two parts.
const PART: &str = "copy-00002-of-00002.gguf";

#[test]
fn files_of_the_gguf_package_are_read() {
    let Some(python) = super::python() else { return };
    let check = |name: &str, written: Written| {
        let gguf = file(name, written);
        let dir = gguf.save();
        let from = dir.path().join("model.gguf");
        let original = Decoder::load(&from).expect(name);
        for (part_max, copy) in [(0, "copy.gguf"), (gguf.tensors.len() / 2 + 1, PART)] {
            let mut command = std::process::Command::new(&python);
            command.args(["-c", COPY]).arg(&from).arg(dir.path().join("copy.gguf"));
            assert!(command.arg(part_max.to_string()).status().expect("Python runs").success());
            let read = Decoder::load(&dir.path().join(copy)).expect(name);
            assert_eq!(scores(&original), scores(&read), "{name} as {written:?}");
            assert_eq!(original.ending_tokens(), read.ending_tokens());
        }
    };
    check("llama", Written::F32);
    check("qwen3", Written::Q8_0);
    check("phi3-long", Written::F16);
    check("gemma3", Written::Bf16);
}

/// The file that guides and other crates' tests import: made anew with `MODELDEX_RENEW=1`.
#[test]
fn the_committed_file_is_what_is_written() {
    let made = convert("qwen2", Written::Q8_0).bytes();
    let committed = path("gguf").join("tiny-q8_0.gguf");
    if std::env::var_os("MODELDEX_RENEW").is_some() {
        std::fs::write(&committed, &made).expect("the fixtures can be written");
    }
    let found = std::fs::read(&committed).expect("the file is committed");
    assert!(found == made, "`tiny-q8_0.gguf` is stale: run this test with MODELDEX_RENEW=1");
}
