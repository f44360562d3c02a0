//! Searching and showing models.

use serde_json::{Value, json};

use super::bench::Bench;

fn facet(page: &Value, name: &str, value: &str) -> Option<u64> {
    let facets = page["facets"].as_array()?;
    let facet = facets.iter().find(|facet| facet["name"] == name)?;
    let values = facet["values"].as_array()?;
    values.iter().find(|one| one["value"] == value)?["count"].as_u64()
}

#[tokio::test]
async fn a_fresh_server_knows_its_curated_models() {
    let bench = Bench::start().await;
    let page = bench.get("/api/v1/models?limit=1").await.body;
    assert_eq!((&page["total"], &page["limit"]), (&json!(156), &json!(1)));
    assert_eq!(page["models"].as_array().map(Vec::len), Some(1));
    let masks = bench.get("/api/v1/models?task=fill-mask&limit=1000").await.body;
    assert_eq!(masks["total"].as_u64(), facet(&page, "task", "fill-mask"));
    assert_eq!(bench.get("/api/v1/collections").await.body[0]["name"], "curated");
    let info = bench.get("/api/v1/info").await.body;
    assert_eq!((&info["name"], &info["offline"]), (&json!("modeldex"), &json!(false)));
}

#[tokio::test]
async fn a_wrong_query_is_refused() {
    let bench = Bench::start().await;
    for (query, words) in [
        ("limit=x", "`limit=x` is not a number"),
        ("limit=1001", "at most 1000"),
        ("offset=-1", "`offset=-1` is not a number"),
        ("sort=loud", "`loud`"),
    ] {
        bench.get(&format!("/api/v1/models?{query}")).await.refuses(400, "invalid", words);
    }
}

#[tokio::test]
async fn a_card_says_what_can_be_done_and_an_unknown_name_what_is_near() {
    let bench = Bench::start().await;
    let card = bench.get("/api/v1/models/curated/bert-base-uncased").await.body;
    assert_eq!(card["model"], "curated/bert-base-uncased");
    for capability in card["capabilities"].as_array().unwrap() {
        let absent = capability["available"] == json!(false);
        assert_eq!(absent, capability["reason"].is_string(), "{capability}");
    }
    let unknown = bench.get("/api/v1/models/curated/bert-base-uncasd").await;
    unknown.refuses(404, "not_found", "there is no model `curated/bert-base-uncasd`");
    unknown.hints("curated/bert-base-uncased");
    bench.get("/api/v1/models/bert").await.refuses(400, "invalid", "write `collection/name`");
}

#[tokio::test]
async fn an_added_model_is_found_and_shown_with_its_files() {
    let bench = Bench::start().await;
    bench.add_model("mood", "parity/bert-classification").await;
    let page = bench.get("/api/v1/models?collection=workspace").await.body;
    assert_eq!((&page["total"], &page["models"][0]["version"]), (&json!(1), &json!("1")));
    let card = bench.get("/api/v1/models/workspace/mood@1").await.body;
    assert_eq!(card["shown_version"], "1");
    let files = card["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["path"] == "model.safetensors"), "{files:?}");
    assert_eq!(card["facts"]["labels"], json!(["calm", "busy", "odd"]));
    bench.get("/api/v1/models/workspace/mood@2").await.refuses(404, "not_found", "mood@2");
}

#[tokio::test]
async fn models_stand_side_by_side() {
    let bench = Bench::start().await;
    let two = "model=curated/bert-base-uncased&model=curated/gpt2";
    let view = bench.get(&format!("/api/v1/compare?{two}")).await.body;
    assert_eq!(view["models"].as_array().map(Vec::len), Some(2));
    let one = bench.get("/api/v1/compare?model=curated/gpt2").await;
    one.refuses(400, "invalid", "1 models were named: compare two to six");
}

#[tokio::test]
async fn a_folder_of_assets_becomes_a_collection() {
    let bench = Bench::start().await;
    let folder = bench.folder.path().join("assets-of-ours/tiny");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("asset.yaml"), "name: tiny\ntype: model\nspec: spec.yaml\n")
        .unwrap();
    let spec = "name: tiny\npath: ./\nproperties: {}\ntags:\n  task: fill-mask\n  license: mit\n";
    std::fs::write(folder.join("spec.yaml"), spec).unwrap();
    let request = json!({ "folder": folder.parent().unwrap(), "collection": "ours" });
    let added = bench.post("/api/v1/catalog/assets", request).await;
    assert_eq!((added.status, &added.body["added"]), (200, &json!(1)), "{added:?}");
    let page = bench.get("/api/v1/models?collection=ours&license=MIT").await.body;
    assert_eq!(page["models"][0]["model"], "ours/tiny");

    let ask = async |folder: &str, collection: &str| {
        let request = json!({ "folder": folder, "collection": collection });
        bench.post("/api/v1/catalog/assets", request).await
    };
    ask("/nonexistent", "ours").await.refuses(404, "not_found", "/nonexistent");
    ask("/nonexistent", "curated").await.refuses(400, "invalid", "built in");
    ask("/nonexistent", "a/b").await.refuses(400, "invalid", "is not a collection name");
}
