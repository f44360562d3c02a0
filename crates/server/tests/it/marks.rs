//! Favorites, saved searches and models that were seen.

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Answer, Bench};

async fn favorite(bench: &Bench, method: Method, model: &str) -> Answer {
    bench.send(method, &format!("/api/v1/favorites/{model}"), None).await
}

async fn save(bench: &Bench, name: &str, query: &str) -> Answer {
    let request = json!({ "query": query });
    bench.send(Method::PUT, &format!("/api/v1/searches/{name}"), Some(request)).await
}

fn models(marked: &Value) -> Vec<&str> {
    let all = marked.as_array().unwrap();
    all.iter().map(|one| one["model"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn favorites_are_shown_as_searches_show_them() {
    let bench = Bench::start().await;
    let nothing = json!({ "favorites": [], "seen": [], "searches": [] });
    assert_eq!(bench.get("/api/v1/marks").await.body, nothing);
    bench.add_model("mood", "parity/bert-classification").await;
    favorite(&bench, Method::PUT, "curated/gpt2").await;
    let marks = favorite(&bench, Method::PUT, "workspace/mood@1").await;
    assert_eq!(marks.status, 200);
    assert_eq!(models(&marks.body["favorites"]), ["workspace/mood", "curated/gpt2"]);
    let page = bench.get("/api/v1/models?collection=workspace").await.body;
    assert_eq!(marks.body["favorites"][0], page["models"][0]);
    let marks = favorite(&bench, Method::DELETE, "workspace/mood").await;
    assert_eq!(models(&marks.body["favorites"]), ["curated/gpt2"]);
    favorite(&bench, Method::DELETE, "workspace/mood").await.refuses(404, "not_found", "favorite");
    let unknown = favorite(&bench, Method::PUT, "curated/gpt3").await;
    unknown.refuses(404, "not_found", "there is no model `curated/gpt3`");
    unknown.hints("curated/gpt2");
    favorite(&bench, Method::PUT, "gpt2").await.refuses(400, "invalid", "collection/name");
}

#[tokio::test]
async fn searches_are_saved_by_name_without_their_page() {
    let bench = Bench::start().await;
    save(&bench, "small%20ones", "?size=0-100m&offset=24&utm=1").await;
    let marks = save(&bench, "masks", "q=bert&task=fill_mask").await;
    let expected = json!([
        { "name": "masks", "query": "q=bert&task=fill_mask" },
        { "name": "small ones", "query": "size=0-100m" },
    ]);
    assert_eq!((marks.status, &marks.body["searches"]), (200, &expected));
    let delete = async |name: &str| {
        bench.send(Method::DELETE, &format!("/api/v1/searches/{name}"), None).await
    };
    assert_eq!(delete("masks").await.body["searches"].as_array().map(Vec::len), Some(1));
    delete("masks").await.refuses(404, "not_found", "there is no saved search `masks`");
    save(&bench, "a%2Fb", "q=a").await.refuses(400, "invalid", "cannot be the name of a search");
    save(&bench, "a", "task=fil-mask").await.refuses(400, "invalid", "`fil-mask` is not a task");
    save(&bench, "a", "offset=3").await.refuses(400, "invalid", "looks for nothing");
}

#[tokio::test]
async fn the_models_that_were_seen_last_are_shown() {
    let bench = Bench::start().await;
    let catalog = bench.stores().await.catalog;
    let records: Vec<_> = catalog::curated::records().iter().take(20).collect();
    for record in &records {
        catalog.note_seen(&record.model()).await.unwrap();
    }
    let gone = "workspace/gone".parse().unwrap();
    catalog.note_seen(&gone).await.unwrap();
    let seen = bench.get("/api/v1/marks").await.body["seen"].clone();
    let last: Vec<_> = records.iter().rev().take(12).map(|one| one.model().to_string()).collect();
    assert_eq!(models(&seen), last);
}
