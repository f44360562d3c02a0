use std::path::{Path, PathBuf};

use domain::Task;
use serde_json::{Value, json};

use super::Worker;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures").join(name)
}

fn request(more: &[(&str, Value)]) -> Value {
    let mut body = json!({ "model": "m", "prompt": "the lantern keeper", "temperature": 0 });
    body["max_tokens"] = json!(12);
    more.iter().for_each(|(name, value)| body[*name] = value.clone());
    body
}

#[tokio::test]
async fn a_request_is_answered_with_the_adapter_that_the_server_names() {
    let worker = Worker::of(&fixture("decoder/llama"), Task::TextGeneration);
    let adapter = |name: &str| worker.with_adapter(&fixture("adapters").join(name));
    let (all, patterns) = (adapter("llama-all"), adapter("llama-patterns"));
    let text = async |worker: &Worker| {
        let answer = worker.ask("/v1/completions", request(&[])).await;
        answer["choices"][0]["text"].as_str().unwrap().to_owned()
    };
    let (plain, one, two) = (text(&worker).await, text(&all).await, text(&patterns).await);
    assert!(plain != one && one != two && two != plain, "{plain:?}, {one:?}, {two:?}");
    let expected = std::fs::read(fixture("adapters/llama-all/expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let written = expected["cases"][0]["text"].as_str().unwrap();
    assert!(written.starts_with(&one), "{written:?} begins with {one:?}");
    let again = tokio::join!(text(&patterns), text(&worker), text(&all), text(&patterns));
    assert_eq!(again, (two.clone(), plain, one, two.clone()), "side by side");

    assert_eq!(patterns.ask("/adapters/forget", json!({})).await, json!({}));
    assert_eq!(text(&patterns).await, two, "it is loaded again");
    let chunks = patterns.chunks("/v1/completions", request(&[])).await;
    let streamed: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str()).collect();
    assert_eq!(streamed, two);
    let scored =
        json!({ "input_data": ["the lantern keeper"], "params": { "max_new_tokens": 12 } });
    let (with, without) =
        (patterns.ask("/score", scored.clone()).await, worker.ask("/score", scored).await);
    assert_ne!(with, without);
    assert_eq!(with[0], two);
}

#[tokio::test]
async fn an_adapter_that_cannot_be_loaded_is_refused() {
    let worker = Worker::of(&fixture("decoder/llama"), Task::TextGeneration);
    let refuses = async |adapter: &str, expected: u16, words: &str| {
        let adapted = worker.with_adapter(&fixture(adapter));
        let (status, text) = adapted.text("/v1/completions", &request(&[])).await;
        assert_eq!(status, expected, "{text}");
        assert!(text.contains(words), "{text}");
    };
    refuses("adapters/none", 400, "has no `adapter_config.json`").await;
    refuses("adapters/phi3-fused", 400, "no projection of a block of its base").await;
    let encoder = Worker::of(&fixture("parity/bert-classification"), Task::TextClassification);
    let adapted = encoder.with_adapter(&fixture("adapters/llama-all"));
    let (status, text) = adapted.text("/score", &json!({ "input_data": ["x"] })).await;
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("not text generation"), "{text}");
}
