use base64::Engine as _;
use domain::Task;
use serde_json::{Value, json};

use super::{Worker, list, with};

const PATH: &str = "/v1/embeddings";

fn worker() -> Worker {
    Worker::sample("encoder", Task::FeatureExtraction)
}

fn vector(answer: &Value, index: usize) -> Vec<f32> {
    serde_json::from_value(answer["data"][index]["embedding"].clone()).unwrap()
}

#[tokio::test]
async fn texts_and_their_tokens_have_equal_vectors() {
    let worker = worker();
    let ask = async |more: Value| worker.ask(PATH, with(json!({ "model": "m" }), more)).await;
    let texts = ask(json!({ "input": ["where can I print", "my card"] })).await;
    assert_eq!(list(&texts["data"]).len(), 2);
    let tokens = [101, 7, 8, 9, 102];
    let one = ask(json!({ "input": tokens })).await;
    let two = ask(json!({ "input": [tokens, tokens] })).await;
    assert_eq!(one["usage"], json!({ "prompt_tokens": 5, "total_tokens": 5 }));
    assert_eq!(two["usage"]["total_tokens"], 10);
    assert_eq!(vector(&one, 0), vector(&two, 1));
    assert_eq!(vector(&one, 0).len(), vector(&texts, 0).len());
}

#[tokio::test]
async fn vectors_come_short_and_as_base64() {
    let worker = worker();
    let ask = async |more: Value| {
        worker.ask(PATH, with(json!({ "model": "m", "input": "my card" }), more)).await
    };
    let short = vector(&ask(json!({ "dimensions": 8 })).await, 0);
    let length: f32 = short.iter().map(|x| x * x).sum();
    assert!(short.len() == 8 && (length - 1.0).abs() < 1e-5, "{short:?}");
    let encoded = ask(json!({ "dimensions": 8, "encoding_format": "base64" })).await;
    let text = encoded["data"][0]["embedding"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let expected: Vec<u8> = short.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(bytes, expected);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let worker = worker();
    let refuses = async |more: Value, param: &str, words: &str| {
        let body = with(json!({ "model": "m", "input": "a" }), more);
        worker.refuses(PATH, body, param, words).await;
    };
    refuses(json!({ "input": [] }), "input", "has 0 texts").await;
    refuses(json!({ "input": [4_000_000] }), "input", "gives token").await;
    refuses(json!({ "input": vec![7; 9_000] }), "input", "has room for").await;
    refuses(json!({ "dimensions": 0 }), "dimensions", "is 0").await;
    refuses(json!({ "dimensions": 99_999 }), "dimensions", "the model has").await;
    refuses(json!({ "encoding_format": "int8" }), "encoding_format", "`int8`").await;
}
