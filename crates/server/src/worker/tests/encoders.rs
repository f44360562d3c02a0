use std::path::Path;

use domain::Task;
use futures::future::join_all;
use serde_json::{Value, json};

use super::Worker;

/// Loads a tiny model of the parity tests.
fn fixture(name: &str, task: Task) -> Worker {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/tests/fixtures/parity");
    Worker::of(&folder.join(name), task)
}

const TEXT: &str = "nobody reads the map";

#[tokio::test]
async fn names_are_found_in_a_text() {
    let worker = fixture("bert-tokens", Task::TokenClassification);
    let body = |parameters: Value| json!({ "input_data": [TEXT, ""], "params": parameters });
    let plain = worker.ask("/score", body(json!({}))).await;
    assert_eq!(plain[1], json!([]));
    let first = &plain[0][0];
    assert!(first["entity_group"].is_string() && first["end"].as_u64() <= Some(20), "{plain}");
    let none = json!({ "aggregation_strategy": "none", "ignore_labels": [] });
    let tokens = worker.ask("/try", body(none)).await;
    assert_eq!(tokens["inputs"], 2);
    assert_eq!(tokens["output"][0][0]["index"], 1);
    assert_eq!(tokens["output"][0][0]["word"], "nobody");
    let azure = worker.ask("/score", json!({ "input_data": { "input_string": [TEXT] } })).await;
    assert_eq!(azure[0]["0"].as_str().map(|tags| tags.matches('\'').count()), Some(8), "{azure}");
    let (status, wrong) =
        worker.text("/score", &body(json!({ "aggregation_strategy": "x" }))).await;
    assert!(status == 400 && wrong.contains("a parameter is wrong"), "{status}: {wrong}");
}

#[tokio::test]
async fn questions_are_answered_from_their_texts() {
    let worker = fixture("bert-answers", Task::QuestionAnswering);
    let asked = json!({ "question": "who reads?", "context": TEXT });
    let full = worker.ask("/score", json!({ "inputs": [asked] })).await;
    let answer = full[0]["answer"].as_str().unwrap();
    let place = |name: &str| full[0][name].as_u64().unwrap() as usize;
    assert_eq!(answer, &TEXT[place("start")..place("end")]);
    let azure = worker.ask("/score", json!({ "input_data": asked })).await;
    assert_eq!(azure, json!([answer]));
    let params = json!({ "top_k": 3, "handle_impossible_answer": true });
    let three = worker.ask("/try", json!({ "input_data": [asked], "params": params })).await;
    assert_eq!(three["output"][0].as_array().map(Vec::len), Some(3));
    let long = json!([{ "question": "who?", "context": "rain and bread. ".repeat(200) }]);
    let read = worker.ask("/score", json!({ "input_data": long })).await;
    assert!(read[0]["score"].as_f64() > Some(0.0), "{read}");
    let (status, wrong) = worker.text("/score", &json!({ "input_data": ["who?"] })).await;
    assert!(status == 400 && wrong.contains("`question` and `context`"), "{status}: {wrong}");
}

#[tokio::test]
async fn texts_are_sorted_by_any_labels() {
    let worker = fixture("bert-inference", Task::ZeroShotClassification);
    let labels = json!({ "candidate_labels": ["rain", "bread", "map"] });
    let sorted = worker.ask("/score", json!({ "inputs": TEXT, "parameters": labels })).await;
    assert_eq!(sorted[0]["sequence"], TEXT);
    let scores: Vec<f64> =
        sorted[0]["scores"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert!(scores.len() == 3 && scores.is_sorted_by(|a, b| a >= b), "{sorted}");
    assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{sorted}");
    let (status, wrong) = worker.text("/score", &json!({ "inputs": [TEXT] })).await;
    assert!(status == 400 && wrong.contains("has no `candidate_labels`"), "{status}: {wrong}");
    let classifier = fixture("bert-inference", Task::TextClassification);
    let classes = classifier.ask("/score", json!({ "inputs": [TEXT] })).await;
    assert!(classes[0]["label"].is_string(), "{classes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_get_the_answers_that_each_would_get_alone() {
    let worker = fixture("roberta-classification", Task::TextClassification);
    let bodies: Vec<Value> = (1..40)
        .map(|number| {
            let texts: Vec<String> =
                (0..number % 5 + 1).map(|more| TEXT.repeat(more + 1)).collect();
            json!({ "input_data": texts, "params": { "return_all_scores": number % 2 == 0 } })
        })
        .collect();
    let together = join_all(bodies.iter().map(|body| worker.ask("/score", body.clone()))).await;
    for (body, found) in bodies.iter().zip(together) {
        assert_eq!(worker.ask("/score", body.clone()).await, found, "{body}");
    }
}
