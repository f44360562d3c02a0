//! Collections: built in, defined, filled, removed.

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Answer, Bench};

async fn put(bench: &Bench, name: &str, kind: &str, source: &str) -> Answer {
    let request = json!({ "kind": kind, "source": source, "title": "Ours" });
    bench.send(Method::PUT, &format!("/api/v1/collections/{name}"), Some(request)).await
}

async fn delete(bench: &Bench, name: &str) -> Answer {
    bench.send(Method::DELETE, &format!("/api/v1/collections/{name}"), None).await
}

/// Writes a folder with assets of these names.
fn assets(bench: &Bench, names: &[&str]) -> String {
    let root = bench.folder.path().join("assets-of-ours");
    for name in names {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let asset = format!("name: {name}\ntype: model\nspec: spec.yaml\n");
        std::fs::write(folder.join("asset.yaml"), asset).unwrap();
        let spec = format!(
            "name: {name}\npath: ./\nproperties: {{}}\ntags:\n  task: fill-mask\n  license: mit\n"
        );
        std::fs::write(folder.join("spec.yaml"), spec).unwrap();
    }
    root.display().to_string()
}

fn names(answer: &Answer) -> Vec<&str> {
    let all = answer.body.as_array().unwrap();
    all.iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// Returns capability, models and whether there is a reason.
fn uses<'a>(view: &'a Value) -> Vec<(&'a str, u64, bool)> {
    let all = view["capabilities"].as_array().unwrap();
    let read = |one: &'a Value| {
        let capability = one["capability"].as_str().unwrap();
        (capability, one["models"].as_u64().unwrap(), one["reason"].is_string())
    };
    all.iter().map(read).collect()
}

#[tokio::test]
async fn four_collections_are_built_in_and_say_what_they_are_good_for() {
    let bench = Bench::start().await;
    let all = bench.get("/api/v1/collections").await;
    assert_eq!(names(&all), ["curated", "workspace", "hub", "provider"]);
    let curated = bench.get("/api/v1/collections/curated").await.body;
    assert_eq!(curated, all.body[0]);
    assert_eq!((&curated["models"], &curated["kind"]), (&json!(156), &json!("curated")));
    let uses = uses(&curated);
    let order: Vec<_> = uses.iter().map(|(capability, _, _)| *capability).collect();
    assert_eq!(order, ["try", "evaluate", "finetune", "online", "batch", "import"]);
    for (capability, models, has_reason) in uses {
        assert!(models > 0 && models <= 156, "{capability}: {models}");
        assert_eq!(has_reason, models < 156, "{capability}: {models}");
    }
    let attributes = curated["attributes"].as_array().unwrap();
    let about: Vec<_> = attributes.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(about, ["Model format", "Hosting", "Isolated network", "Support"]);
    // The counts are those of the filter beside them.
    let query = "/api/v1/models?collection=curated&deployment=evaluate&limit=1";
    let found = bench.get(query).await.body;
    assert_eq!(found["total"], curated["capabilities"][1]["models"]);
    let unknown = bench.get("/api/v1/collections/ours").await;
    unknown.refuses(404, "not_found", "there is no collection `ours`");
    unknown.hints("`curated`");
}

#[tokio::test]
async fn a_model_whose_files_are_here_is_counted_as_its_card_says() {
    let bench = Bench::start().await;
    bench.add_model("mood", "parity/bert-classification").await;
    let view = bench.get("/api/v1/collections/workspace").await.body;
    let card = bench.get("/api/v1/models/workspace/mood").await.body;
    let of_card: Vec<_> = card["capabilities"].as_array().unwrap().iter().collect();
    for (one, on_card) in view["capabilities"].as_array().unwrap().iter().zip(of_card) {
        assert_eq!(one["capability"], on_card["capability"]);
        assert_eq!(one["models"] == json!(1), on_card["available"] == json!(true), "{one}");
        assert_eq!(one["reason"], on_card["reason"], "{one}");
    }
}

#[tokio::test]
async fn a_folder_of_assets_is_defined_read_and_removed() {
    let bench = Bench::start().await;
    let folder = assets(&bench, &["tiny", "small"]);
    let made = put(&bench, "ours", "assets", &folder).await;
    assert_eq!((made.status, &made.body["models"]), (200, &json!(2)), "{made:?}");
    assert_eq!((&made.body["title"], &made.body["source"]), (&json!("Ours"), &json!(folder)));
    assert!(made.body["synced_ms"].is_i64(), "{made:?}");
    let all = bench.get("/api/v1/collections").await;
    assert_eq!(names(&all), ["curated", "workspace", "hub", "provider", "ours"]);
    put(&bench, "ours", "query", "q=a").await.refuses(409, "conflict", "of the kind `assets`");
    let removed = delete(&bench, "ours").await;
    let expected = json!({ "name": "ours", "models": 2, "kept": 0, "listed": false });
    assert_eq!((removed.status, &removed.body), (200, &expected));
    assert_eq!(bench.get("/api/v1/models?collection=ours").await.body["total"], 0);
    delete(&bench, "ours").await.refuses(404, "not_found", "there is no collection `ours`");
}

#[tokio::test]
async fn a_saved_query_is_a_collection_of_what_it_finds() {
    let bench = Bench::start().await;
    let made = put(&bench, "masks", "query", "?task=fill-mask&limit=5&offset=3").await;
    let found = bench.get("/api/v1/models?task=fill-mask&limit=1").await.body;
    assert_eq!((made.status, &made.body["models"]), (200, &found["total"]), "{made:?}");
    assert_eq!(made.body["source"], "task=fill-mask");
    let removed = delete(&bench, "masks").await;
    assert_eq!((&removed.body["models"], &removed.body["listed"]), (&json!(0), &json!(false)));
    assert_eq!(bench.get("/api/v1/models?task=fill-mask&limit=1").await.body, found);
}

/// Returns how many models a search finds.
async fn total(bench: &Bench, query: &str) -> u64 {
    let found = bench.get(&format!("/api/v1/models?limit=0&{query}")).await;
    found.body["total"].as_u64().unwrap_or_else(|| panic!("{query}: {found:?}"))
}

#[tokio::test]
async fn a_search_in_a_saved_query_shows_what_the_collection_shows() {
    let bench = Bench::start().await;
    let made = put(&bench, "masks", "query", "q=bert&task=fill-mask&not_license=mit").await;
    let models = made.body["models"].as_u64().unwrap();
    put(&bench, "few-masks", "query", "collection=masks&size=0-100m&sort=name").await;
    let few = bench.get("/api/v1/collections/few-masks").await.body["models"].as_u64().unwrap();
    assert!(0 < few && few < models, "{few} of {models}");
    let check = async |query: &str, wanted: u64| {
        assert_eq!(total(&bench, query).await, wanted, "{query}");
    };
    check("collection=masks", models).await;
    check("q=collection:masks", models).await;
    check("collection=few-masks", few).await;
    check("collection=masks&size=0-100m", few).await;
    let narrower = total(&bench, "q=bert+roberta&task=fill-mask&not_license=mit").await;
    check("collection=masks&q=roberta", narrower).await;
    check("collection=masks&license=mit", 0).await;
    check("collection=few-masks&size=100b-", 0).await;
    // Nobody asked for an order: that of the collection.
    let page = bench.get("/api/v1/models?collection=few-masks").await.body;
    let same = "/api/v1/models?q=bert&task=fill-mask&not_license=mit&size=0-100m&sort=name";
    assert_eq!(page, bench.get(same).await.body);
    let values = bench.get("/api/v1/facets/publisher?collection=masks").await.body;
    let same = "/api/v1/facets/publisher?q=bert&task=fill-mask&not_license=mit";
    assert_eq!(values, bench.get(same).await.body);
    let page = bench.get("/?collection=masks").await;
    let same = bench.get("/?q=bert&task=fill-mask&not_license=MIT").await;
    assert_eq!(page, same);
}

#[tokio::test]
async fn what_cannot_be_asked_in_a_saved_query_is_refused() {
    let bench = Bench::start().await;
    put(&bench, "masks", "query", "task=fill-mask").await;
    for (query, words) in [
        ("collection=masks&collection=curated", "cannot be one of several collections"),
        ("not_collection=masks", "cannot be left out"),
        ("collection=masks&task=embeddings", "chooses its own values of the filter `task`"),
    ] {
        let answer = bench.get(&format!("/api/v1/models?{query}")).await;
        answer.refuses(400, "invalid", words);
        answer.hints("modeldex collections show masks");
    }
    let own = put(&bench, "masks", "query", "collection=masks").await;
    own.refuses(400, "invalid", "the collection `masks` is made of itself");
    put(&bench, "others", "query", "collection=masks").await;
    let own = put(&bench, "masks", "query", "collection=others").await;
    own.refuses(400, "invalid", "made of itself");
}

#[tokio::test]
async fn what_cannot_be_a_collection_is_refused() {
    let bench = Bench::start_with(|config| config.offline = true).await;
    for (name, kind, source, words) in [
        ("hub", "assets", "/x", "`hub` is built in"),
        ("a b", "assets", "/x", "is not a collection name"),
        ("ours", "folder", "/x", "`folder` is not a kind of collection"),
        ("ours", "curated", "/x", "of the kind `curated` is built in"),
        ("ours", "assets", "  ", "`ours` has no source"),
        ("ours", "query", "task=fil-mask", "`fil-mask` is not a task"),
        ("ours", "hub", "hub.example", "is not the address of a source"),
        ("ours", "hub", "ftp://hub.example", "must begin with http"),
        ("ours", "provider", "https://a:b@hub.example", "must hold no password"),
    ] {
        put(&bench, name, kind, source).await.refuses(400, "invalid", words);
    }
    put(&bench, "ours", "assets", "/nonexistent").await.refuses(404, "not_found", "/nonexistent");
    for name in ["curated", "workspace"] {
        delete(&bench, name).await.refuses(400, "invalid", "cannot be removed");
    }
    let made = put(&bench, "theirs", "hub", "https://hub.example/").await;
    assert_eq!(
        (&made.body["models"], &made.body["source"]),
        (&json!(0), &json!("https://hub.example"))
    );
    // Its source is known when it is synced.
    let sync = bench.post("/api/v1/collections/theirs/sync", json!({})).await;
    sync.refuses(503, "unavailable", "cannot list `https://hub.example`: the server is offline");
    let cleared = delete(&bench, "hub").await;
    assert_eq!((&cleared.body["models"], &cleared.body["listed"]), (&json!(0), &json!(true)));
}
