//! Requests that were changed on purpose: each is answered or refused as the caller's fault.

use std::path::Path;
use std::time::Duration;

use domain::Task;
use serde_json::{Value, json};
use testkit::{Confined, Mutator};

use super::Worker;

fn fixture(name: &str, task: Task) -> Worker {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures");
    Worker::of(&fixtures.join(name), task)
}

fn decoder_requests() -> Vec<(&'static str, Value)> {
    let schema = json!({
        "type": "object", "properties": { "day": { "enum": ["a", "b"] } }, "required": ["day"],
    });
    let function = json!({ "name": "f", "description": "d", "parameters": schema });
    let call = json!({ "id": "c", "type": "function",
        "function": { "name": "f", "arguments": "{\"day\": \"a\"}" } });
    let messages = json!([
        { "role": "system", "content": "be" },
        { "role": "user", "content": [{ "type": "text", "text": "rain" }], "name": "n" },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "content": "7", "tool_call_id": "c" },
    ]);
    let sampling = json!({
        "model": "m", "max_tokens": 4, "temperature": 0.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1,
        "seed": -1, "n": 2, "stop": ["x", "y"], "logit_bias": { "7": -100, "3": 2.5 },
        "repetition_penalty": 1.1, "frequency_penalty": 0.5, "presence_penalty": -0.5,
        "stream": true, "stream_options": { "include_usage": true }, "user": "u",
    });
    let with = |more: Value| super::with(sampling.clone(), more);
    let form = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    vec![
        (
            "/v1/chat/completions",
            with(json!({ "messages": messages, "logprobs": true,
            "top_logprobs": 2, "stream": false })),
        ),
        (
            "/v1/chat/completions",
            with(json!({ "messages": messages, "tool_choice": "required",
            "tools": [{ "type": "function", "function": function }] })),
        ),
        ("/v1/chat/completions", with(json!({ "messages": messages, "response_format": form }))),
        ("/v1/completions", with(json!({ "prompt": ["rain", "a"], "echo": true, "logprobs": 2 }))),
        (
            "/v1/completions",
            with(json!({ "prompt": [[5, 6], [7]], "best_of": 3, "stream": false,
            "guided_regex": "[ab]{3}" })),
        ),
        ("/v1/completions", with(json!({ "prompt": [5, 6], "guided_choice": ["a", "b"] }))),
        (
            "/tokenize",
            json!({ "prompt": "rain", "add_special_tokens": false,
            "return_token_strs": true }),
        ),
        ("/tokenize", json!({ "model": "m", "messages": messages })),
        ("/detokenize", json!({ "model": "m", "tokens": [5, 6, 7] })),
        (
            "/score",
            json!({ "input_data": { "input_string": ["rain", "a"],
            "parameters": { "max_new_tokens": 3, "do_sample": true, "temperature": 0.5 } } }),
        ),
        ("/try", json!({ "inputs": ["rain"], "parameters": { "top_p": 0.5, "top_k": 3 } })),
    ]
}

fn encoder_requests() -> Vec<(&'static str, Value)> {
    vec![
        (
            "/v1/embeddings",
            json!({ "model": "m", "input": ["rain", "a"], "dimensions": 8,
            "encoding_format": "base64", "user": "u" }),
        ),
        ("/v1/embeddings", json!({ "model": "m", "input": [[5, 6], [7]] })),
        (
            "/v1/rerank",
            json!({ "model": "m", "query": "rain", "documents": ["a", { "text": "b" }],
            "top_n": 1, "return_documents": true }),
        ),
        (
            "/score",
            json!({ "input_data": { "columns": ["text"], "index": [0],
            "data": [["rain"]] }, "params": { "top_k": 2 } }),
        ),
        ("/v1/chat/completions", json!({ "model": "m", "messages": [] })),
    ]
}

fn label_requests() -> Vec<(&'static str, Value)> {
    vec![
        ("/score", json!({ "inputs": ["rain", "a"], "parameters": { "return_all_scores": true } })),
        ("/score", json!({ "input_data": { "data": [["rain", 1]], "columns": ["text", "n"] } })),
        ("/try", json!({ "input_data": { "text": ["a", "b"] }, "params": { "top_k": 2 } })),
    ]
}

/// Sends sound requests, which are answered, and changed ones.
fn check(test: &'static str, worker: fn() -> Worker, requests: &[(&'static str, Value)]) {
    let case_time = Duration::from_secs(20);
    let confined = Confined { test, memory_mib: 4_096, case_time, cases: 1_200 };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut started = None;
    confined.run(|seed| {
        let worker = started.get_or_insert_with(|| {
            let _entered = runtime.enter();
            worker()
        });
        let mut mutator = Mutator::new(seed);
        let (path, sound) = mutator.pick(requests).clone();
        let body = match mutator.below(5) {
            0 => mutator.bytes(sound.to_string().as_bytes()),
            _ => mutator.json(&sound).to_string().into_bytes(),
        };
        let shown = String::from_utf8_lossy(&body).into_owned();
        let (status, text) = runtime.block_on(worker.raw(path, body));
        assert!(is_answer(status, &text), "{path} {shown}: {status} {text}");
    });
}

/// Tells whether an answer is complete, or an error that a client can read.
fn is_answer(status: u16, text: &str) -> bool {
    let is_error = |body: &Value| body["error"]["message"].is_string();
    if let Some(stream) = text.strip_prefix("data: ") {
        let last = stream.trim_end().rsplit("\n\ndata: ").next().unwrap_or_default();
        let error = || serde_json::from_str(last).is_ok_and(|body| is_error(&body));
        return status == 200 && (last == "[DONE]" || error());
    }
    match (status, serde_json::from_str::<Value>(text)) {
        (200, Ok(body)) => !is_error(&body),
        (400..=499, Ok(body)) => is_error(&body),
        _ => false,
    }
}

#[test]
fn a_changed_request_to_a_decoder_is_answered_or_refused() {
    let name = "worker::tests::fuzz::a_changed_request_to_a_decoder_is_answered_or_refused";
    check(name, || fixture("decoder/llama", Task::TextGeneration), &decoder_requests());
}

#[test]
fn a_changed_request_to_an_encoder_is_answered_or_refused() {
    let name = "worker::tests::fuzz::a_changed_request_to_an_encoder_is_answered_or_refused";
    let worker = || fixture("parity/bert-sentence-cls", Task::FeatureExtraction);
    check(name, worker, &encoder_requests());
}

#[test]
fn a_changed_request_to_a_classifier_is_answered_or_refused() {
    let name = "worker::tests::fuzz::a_changed_request_to_a_classifier_is_answered_or_refused";
    let worker = || fixture("parity/bert-classification", Task::TextClassification);
    check(name, worker, &label_requests());
}
