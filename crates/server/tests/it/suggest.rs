//! Completing what a person types.

use serde_json::json;

use super::bench::Bench;

#[tokio::test]
async fn a_beginning_is_completed() {
    let bench = Bench::start().await;
    let models = bench.get("/api/v1/suggest?q=bert-base&limit=3").await.body;
    let models = models.as_array().unwrap();
    assert!((1..=3).contains(&models.len()), "{models:?}");
    for model in models {
        assert!(model["display_name"].as_str().unwrap().contains("bert"), "{model}");
        assert!(model["tasks"].is_array() && model["downloads"].is_u64(), "{model}");
    }
    for query in ["", "?q=", "?q=%20", "?q=-"] {
        assert_eq!(bench.get(&format!("/api/v1/suggest{query}")).await.body, json!([]), "{query}");
    }
}

#[tokio::test]
async fn a_wrong_number_is_refused() {
    let bench = Bench::start().await;
    bench.get("/api/v1/suggest?q=a&limit=51").await.refuses(400, "invalid", "at most 50");
    bench.get("/api/v1/suggest?q=a&limit=x").await.refuses(400, "invalid", "cannot read");
}
