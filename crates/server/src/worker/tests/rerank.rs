use domain::Task;
use serde_json::{Value, json};

use super::{Worker, list, with};

const PATH: &str = "/v1/rerank";
const DOCUMENTS: [&str; 3] = ["the opening hours", "print a page", "where can I print a page"];

fn asked(more: Value) -> Value {
    with(json!({ "model": "m", "query": "where can I print", "documents": DOCUMENTS }), more)
}

#[tokio::test]
async fn the_nearest_document_comes_first() {
    let worker = Worker::sample("encoder", Task::FeatureExtraction);
    let all = worker.ask(PATH, asked(json!({}))).await;
    let results = list(&all["results"]);
    let scores: Vec<f64> = results.iter().map(|r| r["relevance_score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] <= 1.0 + 1e-5, "{scores:?}");
    assert!(results.len() == 3 && results[0]["index"] != 0, "{all}");
    for result in results {
        let index = result["index"].as_u64().unwrap() as usize;
        assert_eq!(result["document"]["text"], DOCUMENTS[index]);
    }
    let same = json!([{ "text": "the opening hours" }, "where can I print"]);
    let body = json!({ "documents": same, "top_n": 1, "return_documents": false });
    let one = worker.ask(PATH, asked(body)).await;
    assert_eq!(list(&one["results"]).len(), 1);
    assert_eq!(one["results"][0]["index"], 1);
    assert!((one["results"][0]["relevance_score"].as_f64().unwrap() - 1.0).abs() < 1e-5, "{one}");
    assert_eq!(one["results"][0].get("document"), None);
    assert!(one["usage"]["total_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let worker = Worker::sample("encoder", Task::FeatureExtraction);
    let refuses = async |more: Value, param: &str, words: &str| {
        worker.refuses(PATH, asked(more), param, words).await;
    };
    refuses(json!({ "documents": [] }), "documents", "0 entries").await;
    refuses(json!({ "top_n": 0 }), "top_n", "at least 1").await;
    let classifier = Worker::sample("encoder", Task::TextClassification);
    classifier.refuses(PATH, asked(json!({})), "documents", "10 labels").await;
}
