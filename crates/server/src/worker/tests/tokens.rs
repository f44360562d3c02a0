use serde_json::json;

use super::Worker;

#[tokio::test]
async fn a_text_goes_to_tokens_and_back() {
    let worker = Worker::chat();
    let body = json!({ "model": "m", "prompt": "my card is gone", "return_token_strs": true });
    let there = worker.ask("/tokenize", body).await;
    let count = there["count"].as_u64().unwrap() as usize;
    assert_eq!(there["max_model_len"], 512);
    assert!(count > 1 && there["tokens"].as_array().unwrap().len() == count, "{there}");
    assert_eq!(there["token_strs"].as_array().unwrap().len(), count);
    let body = json!({ "model": "m", "tokens": there["tokens"] });
    let back = worker.ask("/detokenize", body).await;
    assert_eq!(back, json!({ "prompt": "my card is gone" }));
}

#[tokio::test]
async fn a_conversation_is_laid_out_first() {
    let worker = Worker::chat();
    let messages = json!([{ "role": "user", "content": "hello" }]);
    let tokens = worker.ask("/tokenize", json!({ "model": "m", "messages": messages })).await;
    let body = json!({ "model": "m", "tokens": tokens["tokens"] });
    let text = worker.ask("/detokenize", body).await;
    let expected = "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n";
    assert_eq!(text["prompt"], expected);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let worker = Worker::chat();
    let both = json!({ "model": "m", "prompt": "a", "messages": [] });
    worker.refuses("/tokenize", both, "prompt", "either").await;
    worker.refuses("/tokenize", json!({ "model": "m" }), "prompt", "either").await;
    let unknown = json!({ "model": "m", "tokens": [70_000] });
    worker.refuses("/detokenize", unknown, "tokens", "70000").await;
}
