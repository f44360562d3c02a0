//! Published results, leaderboards and models side by side.

use serde_json::{Value, json};

use super::bench::Bench;

const RESULTS: &str = "\
model,dataset,task,accuracy_metric_name,m:accuracy,p:n_shot
Llama_2_7b,boolq,question-answering,exact_match,0.80,5
llama-2-13b,boolq,question-answering,exact_match,0.85,5
Llama-2-70b,boolq,question-answering,exact_match,0.85,5
unheard-of,boolq,question-answering,exact_match,0.99,5
Llama-2-7b,gsm8k,question-answering,exact_match,0.20,8
Llama-2-13b,gsm8k,question-answering,exact_match,0.30,8
Llama-2-13b,gsm8k,question-answering,exact_match,much,8
";

async fn page(bench: &Bench, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", bench.server.url())).await.unwrap();
    answer.text().await.unwrap()
}

async fn add(bench: &Bench) -> Value {
    let data = bench.upload("results.csv", RESULTS).await;
    let request = json!({ "data": data, "publisher": "acme" });
    bench.post("/api/v1/catalog/results", request).await.body
}

#[tokio::test]
async fn published_results_are_added_once_and_their_defects_are_told() {
    let bench = Bench::start().await;
    let added = add(&bench).await;
    assert_eq!(
        (&added["results"], &added["changed"], &added["skipped"]),
        (&json!(6), &json!(6), &json!(1))
    );
    assert_eq!(added["unmatched"], json!(["unheard-of"]));
    assert_eq!(added["matched"].as_array().map(Vec::len), Some(3));
    let defect = &added["defects"][0];
    assert_eq!(
        (&defect["file"], &defect["field"]),
        (&json!("results.csv:8"), &json!("m:accuracy"))
    );
    assert_eq!(add(&bench).await["changed"], 0);
    let card = bench.get("/api/v1/models/curated/Llama-2-7b").await.body;
    assert_eq!(card["evaluations"][0]["published_by"], "acme");
    let unknown = json!({ "data": { "digest": "00".repeat(32), "name": "x.csv" } });
    bench.post("/api/v1/catalog/results", unknown).await.refuses(404, "not_found", "no file");
}

#[tokio::test]
async fn models_are_ranked_with_what_they_cost() {
    let bench = Bench::start().await;
    let none = bench.get("/api/v1/leaderboard").await.body;
    assert_eq!((&none["rows"], none.get("metric")), (&json!([]), None));
    add(&bench).await;
    let board = bench.get("/api/v1/leaderboard?data=BOOLQ").await.body;
    let rows = board["rows"].as_array().unwrap();
    let ranks: Vec<_> =
        rows.iter().map(|row| (&row["rank"], row["model"].as_str().unwrap())).collect();
    let expected = [
        (&json!(1), "published/unheard-of"),
        (&json!(2), "curated/Llama-2-13b"),
        (&json!(2), "curated/Llama-2-70b"),
        (&json!(4), "curated/Llama-2-7b"),
    ];
    assert_eq!(ranks, expected);
    assert_eq!((&rows[0]["listed"], &rows[1]["listed"]), (&json!(false), &json!(true)));
    assert_eq!(rows[1]["result"]["setting"], "5-shot");
    assert_eq!(board["metric"]["lower_is_better"], false);
    let front: Vec<_> = board["trade_off"]["points"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|point| point["front"] == true)
        .map(|point| &point["model"])
        .collect();
    assert_eq!(front, [&json!("curated/Llama-2-13b"), &json!("curated/Llama-2-7b")]);
    assert_eq!(board["overview"]["rows"].as_array().map(Vec::len), Some(2));
    let sorted = bench.get("/api/v1/leaderboard?data=boolq&sort=-parameters&limit=1").await.body;
    assert_eq!(sorted["rows"][0]["model"], "curated/Llama-2-70b");
    for (query, status, code, words) in [
        ("task=fill-mask", 404, "not_found", "`fill-mask`"),
        ("task=dancing", 400, "invalid", "`dancing`"),
        ("data=nothing", 404, "not_found", "`nothing`"),
        ("sort=beauty", 400, "invalid", "`beauty`"),
        ("against=beauty", 400, "invalid", "`beauty`"),
        ("limit=x", 400, "invalid", "`limit=x`"),
    ] {
        bench.get(&format!("/api/v1/leaderboard?{query}")).await.refuses(status, code, words);
    }
}

#[tokio::test]
async fn compared_models_share_their_results_and_tell_their_cost() {
    let bench = Bench::start().await;
    add(&bench).await;
    let query =
        "model=curated/Llama-2-7b&model=curated/Llama-2-13b&model=curated/bert-base-uncased";
    let view = bench.get(&format!("/api/v1/compare?{query}")).await.body;
    let results = view["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!((&results[0]["data"], &results[0]["best"]), (&json!("boolq"), &json!(0.85)));
    assert_eq!(results[0]["values"][2], Value::Null);
    let costs = view["costs"].as_array().unwrap();
    assert_eq!(costs.len(), 3);
    assert!(costs[0]["memory_bytes"].as_u64() < costs[1]["memory_bytes"].as_u64());
    assert!(costs.iter().all(|cost| cost["because"].is_string()));
    assert_eq!(view["trade_off"]["points"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_model_is_added_to_the_page_by_search_or_by_its_name() {
    let bench = Bench::start().await;
    add(&bench).await;
    let html = page(&bench, "/compare").await;
    assert!(html.contains("Add two to six models"), "{html}");
    let html = page(&bench, "/compare?model=curated/Llama-2-7b&add=llama+13b").await;
    assert!(html.contains("/compare?model=curated/Llama-2-7b&amp;model=curated/Llama-2-13b"));
    let html = page(&bench, "/compare?model=curated/Llama-2-7b&model=curated/Llama-2-13b").await;
    assert!(html.contains(r#"href="/compare?model=curated/Llama-2-13b""#), "one can be taken away");
    let html = page(&bench, "/leaderboard?data=gsm8k").await;
    assert!(html.contains("published by acme") && html.contains("8-shot"), "{html}");
}
