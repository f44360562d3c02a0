//! With an adapter, a decoder computes and writes what `peft` computes and writes.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use native::generate::{GenerateRequest, Prompt};
use native::{Adapter, Decoder, Quantize};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::fixtures::{assert_close, cosine, json, path, precisely};

/// How far numbers may be apart, relative to the largest.
const TOLERANCE: f32 = 2e-3;
const ADAPTERS: [(&str, &str); 6] = [
    ("llama-all", "llama"),
    ("llama-patterns", "llama"),
    ("qwen2-attention", "qwen2"),
    ("qwen3-expression", "qwen3"),
    ("phi3-fused", "phi3"),
    ("gemma3-all", "gemma3"),
];

#[derive(Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: String,
    tokens: Vec<u32>,
    logits: Vec<f32>,
    written: Vec<u32>,
}

fn load(name: &str, base: &str) -> (Decoder, Arc<Adapter>, Vec<Case>) {
    let decoder = Decoder::load(&path("decoder").join(base)).expect("the model loads");
    let dir = path("adapters").join(name);
    let adapter = decoder.adapter(&dir).expect("the adapter loads");
    let expected: Expected = json(&dir.join("expected.json"));
    (decoder, Arc::new(adapter), expected.cases)
}

fn scores(decoder: &Decoder, adapter: Option<&Arc<Adapter>>, tokens: &[u32]) -> Vec<f32> {
    let mut cache = decoder.adapted_cache(adapter.cloned()).expect("it fits");
    decoder.prefill(&mut cache, tokens).expect("scores")
}

#[test]
fn scores_and_answers_equal_those_of_peft() {
    for (name, base) in ADAPTERS {
        precisely(|| {
            let (decoder, adapter, cases) = load(name, base);
            for case in cases {
                let found = scores(&decoder, Some(&adapter), &case.tokens);
                assert_close(&found, &case.logits, TOLERANCE, name);
                let plain = scores(&decoder, None, &case.tokens);
                assert!(cosine(&plain, &case.logits) < 0.99, "{name} changes what is said");
                let request = GenerateRequest {
                    tokens_max: 32,
                    adapter: Some(adapter.clone()),
                    ..GenerateRequest::new(Prompt::Text(case.prompt))
                };
                let answer = decoder.generate(&request, &mut |_| ControlFlow::Continue(()));
                let tokens = answer.expect("an answer").tokens;
                let written: Vec<u32> = tokens.iter().map(|entry| entry.token).collect();
                assert_eq!(written, case.written, "{name}");
            }
        });
    }
}

#[test]
fn a_base_in_fewer_bits_takes_the_same_adapter() {
    for (name, base) in ADAPTERS {
        let (_, _, cases) = load(name, base);
        let dir = path("decoder").join(base);
        let decoder = Decoder::load_quantized(&dir, Some(Quantize::Int8)).expect("it loads");
        let adapter = decoder.adapter(&path("adapters").join(name)).expect("the adapter loads");
        let adapter = Arc::new(adapter);
        for case in cases {
            let alike = cosine(&scores(&decoder, Some(&adapter), &case.tokens), &case.logits);
            assert!(alike >= 0.99, "{name}: a cosine of {alike}");
        }
    }
}

/// Reads every tensor of a file of f32 numbers.
fn tensors(path: &Path) -> HashMap<String, (Vec<usize>, Vec<f32>)> {
    let bytes = std::fs::read(path).expect("the fixture is committed");
    let file = SafeTensors::deserialize(&bytes).expect("sound");
    let read = |(name, view): (String, TensorView<'_>)| {
        let numbers =
            view.data().chunks_exact(4).map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]));
        (name, (view.shape().to_vec(), numbers.collect()))
    };
    file.tensors().into_iter().map(read).collect()
}

#[test]
fn an_adapter_says_what_its_base_says_once_they_are_merged() {
    const SCALE: f32 = 8.0 / 4.0;
    let (decoder, adapter, cases) = load("llama-all", "llama");
    let adapted = tensors(&path("adapters/llama-all/adapter_model.safetensors"));
    let mut merged = tensors(&path("decoder/llama/model.safetensors"));
    let mut count = 0;
    for (name, (shape, numbers)) in &mut merged {
        let module = format!("base_model.model.{}", name.trim_end_matches(".weight"));
        let Some((down, a)) = adapted.get(&format!("{module}.lora_A.weight")) else { continue };
        let (_, b) = &adapted[&format!("{module}.lora_B.weight")];
        let (rank, columns) = (down[0], shape[1]);
        for (place, number) in numbers.iter_mut().enumerate() {
            let (row, column) = (place / columns, place % columns);
            let products = (0..rank).map(|one| b[row * rank + one] * a[one * columns + column]);
            *number += SCALE * products.sum::<f32>();
        }
        count += 1;
    }
    assert_eq!(count, 2 * 7, "every projection is adapted");
    let dir = tempfile::tempdir().expect("a folder");
    for file in ["config.json", "tokenizer.json", "generation_config.json"] {
        std::fs::copy(path("decoder/llama").join(file), dir.path().join(file)).expect("a copy");
    }
    let bytes: HashMap<&String, Vec<u8>> = merged
        .iter()
        .map(|(name, (_, numbers))| (name, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let views = merged.iter().map(|(name, (shape, _))| {
        (name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).expect("a view"))
    });
    let file = dir.path().join("model.safetensors");
    safetensors::serialize_to_file(views, None, &file).expect("written");
    let whole = Decoder::load(dir.path()).expect("the model loads");
    for case in cases {
        let expected = whole.scores(&case.tokens).expect("scores");
        let expected = &expected[expected.len() - case.logits.len()..];
        let found = scores(&decoder, Some(&adapter), &case.tokens);
        assert_close(&found, expected, 1e-4, "merged");
    }
}
